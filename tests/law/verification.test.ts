/**
 * Verdicts over the real stores: documents attached and detached, batches, the instant asked for, what a partner may see, and
 * everything that must not be accepted: SHA-1, an anchor that comes along, another key, another content.
 */
import { createHash, privateEncrypt, constants, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeDocument, verifyDocument, type DocumentInput } from '../../core/law/certificate/document.ts'
import { certificateStatus } from '../../core/law/certificate/linking.ts'
import { revoke } from '../../core/law/certificate/revocation.ts'
import { publishCrl } from '../../core/law/certificate/status.ts'
import { hour, minute, after, type Instant } from '../../core/law/time.ts'
import { largestBatch, rawCertificate, verifySignature, verifySignatures } from '../../core/law/certificate/verification.ts'
import { buildSignedData } from '../../core/pki/cms.ts'
import { parseCertificate } from '../../core/pki/parse.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { ok, outcome } from '../db/rows.ts'
import { keyNamed, testWorld, type TestWorld } from '../harness/world.ts'
import { authority, endEntityInput, issue } from '../pki/authority.ts'
import { holder, key, partner, sha256, signText, spkiOf, type Holder } from './holder.ts'

let world: TestWorld
let person: Holder
let issuedAt: Instant
const platform = partner(seededPartnerIds.platform, 'verify', 'certificate:raw')
const bank = partner(seededPartnerIds.bank, 'verify', 'certificate:raw')
const text = '契約書'
const content = Buffer.from(text, 'utf8')

beforeAll(async () => {
  world = await testWorld({ random: 'verification' })
  person = await holder(world)
  issuedAt = world.clock.now()
  world.clock.advance(hour)
}, 60_000)
afterAll(() => world.close())

const signDigest = (digest: Uint8Array): Uint8Array => Uint8Array.from(privateEncrypt({ key: keyNamed('holder-signature'), padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest])))
const signedData = (how: Parameters<typeof buildSignedData>[0]['content']): Promise<Uint8Array> =>
  buildSignedData({ content: how, certificate: parseCertificate(person.signature.der), hash: 'sha256', signingTime: world.clock.now(), signDigest })
const nothing = { form: 'cades-bes' as const, content: null, digest: null, certificate: null, at: null }
const failed = (checks: readonly { name: string; passed: boolean }[]): string[] => checks.filter((c) => !c.passed).map((c) => c.name)
const judged = async (input: Omit<DocumentInput, keyof typeof nothing> & Partial<DocumentInput>) => ok(await verifyDocument(world, platform, { ...nothing, ...input }))
const raw = () => ({ certificate: person.signature.der, hash: 'sha256' as const, digest: sha256(text), signature: signText(person.keys.signature, text) })

describe('a signed document', () => {
  test('is valid attached, detached, and by its digest', async () => {
    const [attached, detached] = [await signedData({ attached: content }), await signedData({ detached: content })]
    for (const input of [{ signedData: attached }, { signedData: detached, content }, { signedData: detached, digest: { hash: 'sha256' as const, value: sha256(text) } }]) {
      const verdict = await judged(input)
      expect(verdict.signers.flatMap((s) => failed(s.verdict.checks))).toEqual([])
      expect([verdict.valid, verdict.malformed, verdict.signers.length, verdict.signers[0]!.claimedAt]).toEqual([true, null, 1, world.clock.now()])
      expect(verdict.signers[0]!.verdict.checks).toHaveLength(14)
    }
  })

  test('fails by name: other content, none, two, another form', async () => {
    const [attached, detached] = [await signedData({ attached: content }), await signedData({ detached: content })]
    const names = async (input: Parameters<typeof judged>[0]) => (await judged(input)).signers.flatMap((s) => failed(s.verdict.checks))
    expect(await names({ signedData: detached, content: Buffer.from('契約書2') })).toEqual(['messageDigest'])
    expect(await names({ signedData: detached })).toEqual(['messageDigest'])
    expect(await names({ signedData: attached, content })).toEqual(['messageDigest'])
    expect(outcome(await verifyDocument(world, platform, { ...nothing, signedData: detached, content, digest: { hash: 'sha256', value: sha256(text) } }))).toBe('MALFORMED_INPUT')
    expect(await judged({ signedData: attached.subarray(0, 200) })).toEqual({ valid: false, malformed: expect.any(String), signers: [] })
  })

  test('an authority that comes along is no anchor, however well it signed', async () => {
    const own = await authority('signature', 'rsa2048-sha256')
    const certificate = parseCertificate(await issue(own, endEntityInput('signature', own.certificate, { spki: spkiOf(keyNamed('holder-signature')) })))
    const message = await buildSignedData({ content: { attached: content }, certificate, hash: 'sha256', signingTime: null, signDigest })
    const verdict = await judgeDocument(world, { ...nothing, signedData: message, certificate: own.certificate.der })
    expect(verdict.valid).toBe(false)
    expect(failed(verdict.signers[0]!.verdict.checks)).toEqual(expect.arrayContaining(['anchor', 'revocation']))
    expect(verdict.signers[0]!.verdict).toMatchObject({ status: null, record: null, pin: 'NOT_SHOWN' })
  })

  test('is for partners in standing', async () => {
    expect(outcome(await verifyDocument(world, partner(seededPartnerIds.hospital, 'verify'), { ...nothing, signedData: content }))).toBe('PARTNER_NOT_IN_STANDING')
    expect(outcome(await verifyDocument(world, partner(seededPartnerIds.platform, 'login'), { ...nothing, signedData: content }))).toBe('NOT_PERMITTED')
    expect(outcome(await verifyDocument(world, person.actor, { ...nothing, signedData: content }))).toBe('NOT_PERMITTED')
  })
})

describe('a signature', () => {
  test('with SHA-1 is none, whatever hash is named', async () => {
    const sha1 = { ...raw(), signature: Uint8Array.from(sign('sha1', content, person.keys.signature)) }
    expect(failed(ok(await verifySignature(world, platform, sha1)).checks)).toEqual(['signature'])
    const digest = Uint8Array.from(createHash('sha1').update(content).digest())
    expect(failed(ok(await verifySignature(world, platform, { ...sha1, hash: 'sha1' as never, digest })).checks)).toEqual(['signature'])
  })

  test('is judged for the instant asked for, and the verdict says which', async () => {
    const verdict = ok(await verifySignature(world, platform, { ...raw(), at: after(issuedAt, minute) }))
    expect([verdict.valid, verdict.at, verdict.madeAt]).toEqual([true, after(issuedAt, minute), world.clock.now()])
    expect(failed(ok(await verifySignature(world, platform, { ...raw(), at: after(issuedAt, -24 * hour) })).checks)).toEqual(['validity'])
    expect(outcome(await verifySignature(world, platform, { ...raw(), at: after(world.clock.now(), 1) }))).toBe('MALFORMED_INPUT')
  })

  test('several are judged each by itself, at most so many', async () => {
    const verdicts = ok(await verifySignatures(world, platform, [raw(), { ...raw(), digest: sha256('x') }, { ...raw(), certificate: person.authentication.der }]))
    expect(verdicts.map((v) => v.valid)).toEqual([true, false, false])
    expect(outcome(await verifySignatures(world, platform, []))).toBe('MALFORMED_INPUT')
    expect(outcome(await verifySignatures(world, platform, Array.from({ length: largestBatch + 1 }, raw)))).toBe('MALFORMED_INPUT')
  })

  test('shows its certificate to a verifier in its own right alone, and only with the scope', async () => {
    const verdict = ok(await verifySignature(world, bank, raw()))
    expect(await rawCertificate(world, bank, verdict)).toBeNull()
    expect(await rawCertificate(world, platform, verdict)).toEqual(person.signature.der)
    expect(await rawCertificate(world, partner(seededPartnerIds.platform, 'verify'), verdict)).toBeNull()
    expect(await rawCertificate(world, partner(seededPartnerIds.suspended, 'verify', 'certificate:raw'), verdict)).toBeNull()
  })
})

describe('the status of a certificate', () => {
  const status = async (method: 'REGISTER' | 'LIST', who = platform, certificate = person.signature.der) => ok(await certificateStatus(world, who, { certificate, method }))

  test('comes with method, source time and freshness, and follows a lapse; before it, it was good', async () => {
    expect(await status('REGISTER')).toEqual({ answer: { status: 'good' }, method: 'REGISTER', sourceTime: world.clock.now(), nextUpdate: null, freshness: 'CURRENT' })
    expect(await status('LIST')).toMatchObject({ answer: { status: 'unknown' }, freshness: 'NONE' })
    ok(await publishCrl(world, person.signature.issuer, person.signature.shard))
    const published = await status('LIST')
    expect(published).toMatchObject({ answer: { status: 'good' }, freshness: 'CURRENT', sourceTime: world.clock.now() })

    world.clock.advance(minute)
    const lapsedAt = world.clock.now()
    ok(await revoke(world, person.actor, { certificate: person.signature.id, ground: 'key-leak', occurredAt: null, idempotencyKey: key() }))
    expect((await status('REGISTER')).answer).toEqual({ status: 'revoked', at: lapsedAt, reason: 1 })
    expect((await status('LIST')).answer).toEqual({ status: 'good' })
    ok(await publishCrl(world, person.signature.issuer, person.signature.shard))
    expect((await status('LIST')).answer).toMatchObject({ status: 'revoked', reason: 1 })
    expect(failed(ok(await verifySignature(world, platform, raw())).checks)).toEqual(['revocation'])
    const before = ok(await verifySignature(world, platform, { ...raw(), at: after(lapsedAt, -1) }))
    expect([before.valid, before.status]).toEqual([true, { answer: { status: 'good' }, method: 'REGISTER', asOf: after(lapsedAt, -1), sourceTime: lapsedAt }])

    world.clock.advance(1_000 * hour)
    expect(await status('LIST')).toMatchObject({ answer: { status: 'unknown' }, freshness: 'STALE' })
  })

  test('is told to verifiers of that kind, about certificates that are shown', async () => {
    const hospital = partner(seededPartnerIds.hospital, 'verify')
    expect(outcome(await certificateStatus(world, hospital, { certificate: person.signature.der, method: 'REGISTER' }))).toBe('PARTNER_NOT_IN_STANDING')
    expect((await status('REGISTER', hospital, person.authentication.der)).answer).toEqual({ status: 'good' })
    expect(outcome(await certificateStatus(world, platform, { certificate: content, method: 'REGISTER' }))).toBe('MALFORMED_INPUT')
    const own = await authority('signature', 'rsa2048-sha256')
    expect(await status('REGISTER', platform, await issue(own, endEntityInput('signature', own.certificate)))).toMatchObject({ answer: { status: 'unknown' }, freshness: 'NONE' })
  })
})
