/** The drafted next generation from end to end: authorities, cards, certificates, login and a signed document on P-384. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard, type SandboxCard } from '../../client/card.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { readCaCertificate } from '../../core/chip/client.ts'
import { parseCaCertificate } from '../../core/pki/certificate.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { parseCertificate, parsePublicKey } from '../../core/pki/parse.ts'
import { verifySigned } from '../../core/pki/verify.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

const data = mkdtempSync(join(tmpdir(), 'mynagate-p384-'))
let gateway: RunningGateway
let bank: Gateway
let card: SandboxCard
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data, quiet: true, cards: ['hanako'], generation: 'p384-sha384' })
  bank = connect({ url: gateway.url, ...gateway.credentials['bank']! })
  card = await sandboxCard('hanako', { url: gateway.url })
}, 120_000)
afterAll(async () => {
  await gateway.close()
  rmSync(data, { recursive: true, force: true })
})

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const ecdsaWithSha384 = '06082a8648ce3d040303'

describe('the next generation', () => {
  test('both authorities and both certificates are on P-384 with SHA-384, and good', async () => {
    for (const [kind, read] of [['authentication', () => card.authenticationCertificate()], ['signature', () => card.signingCertificate('ABC123')]] as const) {
      const ca = parseCaCertificate((await readCaCertificate(card.transmit, kind))!)
      const certificate = parseCertificate(await read())
      expect([parsePublicKey(ca.spki), parsePublicKey(certificate.spki)], kind).toMatchObject(Array(2).fill({ kind: 'ec', curve: 'P-384' }))
      expect(Buffer.from(certificate.algorithm.der).toString('hex')).toContain(ecdsaWithSha384)
      expect(verifySigned(certificate, ca.spki)).toBe(true)
      const answer = await fetch(`${gateway.url}/ocsp`, { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body: Buffer.from(buildOcspRequest([certIdFor(ca, certificate.serial)])) })
      expect(readOcspResponse(new Uint8Array(await answer.arrayBuffer()), ca, Date.now())).toMatchObject({ outcome: 'answered', responses: [{ status: 'good' }] })
    }
  })

  test('a login, answered by the card', async () => {
    const { data: asked } = await bank.query<{ createLoginChallenge: { id: string; digest: string } }>('mutation { createLoginChallenge(input: {idempotencyKey: "next-generation"}) { ... on LoginChallenge { id digest } } }')
    const { id, digest } = asked.createLoginChallenge
    const answer = await card.authenticate('1234', Buffer.from(digest, 'base64'))
    if (answer.outcome !== 'signed') throw new Error(answer.outcome)
    const input = { challenge: id, certificate: b64(await card.authenticationCertificate()), signature: b64(answer.signature), idempotencyKey: 'next-generation-answer' }
    const { data: said } = await bank.query<{ answerLoginChallenge: { __typename: string; subject?: string } }>('mutation ($input: AnswerLoginChallengeInput!) { answerLoginChallenge(input: $input) { __typename ... on Login { subject } ... on Refused { code } } }', { input })
    expect(said.answerLoginChallenge).toMatchObject({ __typename: 'Login', subject: expect.stringMatching(/^\S{20,}$/) })
  })

  test.each([['SHA384', 'sha384'], ['SHA512', 'sha512'], ['SHA256', 'sha256']] as const)('a document signed over %s, under OpenSSL and in the gateway’s verdict', async (name, hash) => {
    const document = Buffer.from('次世代カードの署名')
    const digest = createHash(hash).update(document).digest()
    const signed = await card.sign('ABC123', digest)
    if (signed.outcome !== 'signed') throw new Error(signed.outcome)
    const certificate = await card.signingCertificate('ABC123')
    expect(verify(hash, document, createPublicKey({ key: Buffer.from(parseCertificate(certificate).spki), format: 'der', type: 'spki' }), signed.signature)).toBe(true)
    const verdict = async (signature: Uint8Array) => {
      const input = { hash: name, digest: b64(digest), signature: b64(signature), certificate: b64(certificate) }
      return (await bank.query<{ verifySignature: { valid: boolean; checks: { name: string; passed: boolean }[] } }>('query ($input: VerifySignatureInput!) { verifySignature(input: $input) { ... on Verdict { valid checks { name passed } } } }', { input })).data.verifySignature
    }
    expect(await verdict(signed.signature)).toMatchObject({ valid: true })
    const torn = Uint8Array.from(signed.signature)
    torn[torn.length - 1]! ^= 1
    expect((await verdict(torn)).checks.filter((check) => !check.passed).map((check) => check.name)).toEqual(['SIGNATURE'])
  })

  test('a folder stays with the generation that it was begun with', async () => {
    const certificate = b64(await card.authenticationCertificate())
    await gateway.close()
    await expect(startGateway({ port: 0, data, quiet: true, cards: [], generation: 'rsa2048-sha256' })).rejects.toThrow('was begun with p384-sha384: choose another folder with --data')
    gateway = await startGateway({ port: 0, data, quiet: true, cards: [] })
    const same = await sandboxCard('hanako', { url: gateway.url })
    expect(b64(await same.authenticationCertificate())).toBe(certificate)
  }, 120_000)
})
