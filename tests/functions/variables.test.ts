import { describe, expect, test } from 'vitest'
import { lazily } from '../../functions/environment.ts'
import { CannotStart, variables, type Variables } from '../../functions/environment/variables.ts'

const arn = 'arn:aws:kms:ap-northeast-1:000000000000:key/0b1c'
const key = { arn, spkiSha256: 'ab'.repeat(32), algorithm: 'rsa-pkcs1-sha256' }
const from = (source: Record<string, string>): Variables => variables((name) => source[name])
const fault = (v: Variables): CannotStart => {
  try {
    v.check()
  } catch (error) {
    if (error instanceof CannotStart) return error
  }
  throw new Error('it starts')
}

describe('the variables of a door', () => {
  test('are given as they are meant', () => {
    const v = from({ STAGE: 'dev', ISSUER_URL: 'https://issuer.example/oauth', PAIRWISE_SECRET: 'x'.repeat(32), KMS_KEYS: JSON.stringify({ 'signature-ca': key, 'ocsp-wrapping': { arn } }) })
    expect([v.text('STAGE'), v.url('ISSUER_URL'), v.secret('PAIRWISE_SECRET'), v.optional('CRL_BUCKET'), v.optionalUrl('CRL_BUCKET')]).toEqual(['dev', 'https://issuer.example/oauth', 'x'.repeat(32), null, null])
    expect(v.signingKey('signature-ca')).toEqual({ ...key, spkiSha256: 'AB'.repeat(32) })
    expect(v.sealingKey('ocsp-wrapping')).toEqual({ arn })
    expect(() => v.check()).not.toThrow()
  })

  test('that are wrong are named all at once, without their values', () => {
    const v = from({ ISSUER_URL: 'ftp://x', PAIRWISE_SECRET: 'short-secret', STAGE: '', CRL_BUCKET: 'bucket', KMS_KEYS: '{}' })
    v.text('STAGE'); v.url('ISSUER_URL'); v.secret('PAIRWISE_SECRET'); v.optionalUrl('CRL_BUCKET'); v.sealingKey('ocsp-wrapping'); v.text('DATABASE_URL')
    const { fault: kind, message } = fault(v)
    expect(kind).toBe('variables')
    for (const name of ['STAGE', 'ISSUER_URL', 'PAIRWISE_SECRET', 'CRL_BUCKET', 'ocsp-wrapping', 'DATABASE_URL']) expect(message).toContain(name)
    expect(message).not.toMatch(/ftp:|short-secret/)
  })

  test.each<[string, string]>([
    ['no JSON', '{'], ['no object', '[]'], ['no such role', '{}'], ['an alias', JSON.stringify({ 'signature-ca': { ...key, arn: 'arn:aws:kms:ap-northeast-1:000000000000:alias/ca' } })],
    ['no pin', JSON.stringify({ 'signature-ca': { arn, algorithm: key.algorithm } })], ['half a pin', JSON.stringify({ 'signature-ca': { ...key, spkiSha256: 'ab' } })],
    ['an algorithm of another world', JSON.stringify({ 'signature-ca': { ...key, algorithm: 'toString' } })],
  ])('a signing key is refused: %s', (_, KMS_KEYS) => {
    const v = from({ KMS_KEYS })
    v.signingKey('signature-ca')
    expect(fault(v).message).toMatch(/KMS_KEYS/)
  })

  test('a sealing key signs nothing', () => {
    expect(() => from({ KMS_KEYS: JSON.stringify({ 'personal-data': key }) }).signingKey('personal-data')).toThrow(RangeError)
  })
})

describe('a handler', () => {
  test('opens its door once, and tries again after a start that failed', async () => {
    let opens = 0
    const handler = lazily(async () => {
      if (++opens === 1) throw new CannotStart('variables', 'not yet')
      return async (n: number) => n + 1
    })
    await expect(handler(1)).rejects.toThrow('not yet')
    expect([await handler(1), await handler(2), opens]).toEqual([2, 3, 2])
  })
})
