/**
 * Generations of an authority: the same name, another key, both live. What the old one signed stays good; OCSP and lists are
 * by the key that issued; a key that is not the pinned one is found out before anything leaves.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { renewResponders } from '../../core/law/certificate/responder.ts'
import { publishCrl } from '../../core/law/certificate/status.ts'
import { after, hour, type Instant } from '../../core/law/time.ts'
import { judge } from '../../core/law/certificate/verification.ts'
import type { Authority } from '../../core/law/world.ts'
import { kmsClient, kmsSigner, PinMismatch, type KmsClient } from '../../core/pki/kms.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { parseCertificate, parseCrl } from '../../core/pki/parse.ts'
import { sha256Hex, SignerFault } from '../../core/pki/signer.ts'
import { verifySigned } from '../../core/pki/verify.ts'
import { ceremonyDoor, CeremonyRefused, type CeremonyRequest } from '../../functions/ceremony.ts'
import { ceremonyFrom, loadAuthorities } from '../../functions/environment/parts.ts'
import { ocspDoor } from '../../functions/ocsp.ts'
import { startKms, type RunningKms } from '../../local/cloud/kms.ts'
import { ok } from '../db/rows.ts'
import * as rows from '../db/rows.ts'
import { signerNamed, testRandom, testWorld, type TestWorld } from '../harness/world.ts'
import { certified, newKey, sha256, signText } from '../law/holder.ts'
import { noted } from '../law/holder.ts'

let world: TestWorld
let kms: RunningKms
let client: KmsClient
beforeAll(async () => {
  world = await testWorld({ random: 'generations' })
  kms = await startKms({ directory: 'memory', random: testRandom('kms') })
  client = kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
}, 60_000)
afterAll(async () => {
  client.close()
  await kms.close()
  await world.close()
})

const keyCalled = async (alias: string, spec: 'RSA_2048' | 'ECC_NIST_P384') => {
  const arn = await kms.ensureKey({ spec, usage: 'SIGN_VERIFY', alias: `alias/${alias}` })
  const { PublicKey } = await client.call((aws, sdk, options) => aws.send(new sdk.GetPublicKeyCommand({ KeyId: arn }), options))
  return { arn, spkiSha256: sha256Hex(Uint8Array.from(PublicKey!)), algorithm: spec === 'RSA_2048' ? 'rsa-pkcs1-sha256' as const : 'ecdsa-p384-sha384' as const }
}
async function ceremony(name: string, spec: 'RSA_2048' | 'ECC_NIST_P384', request: Partial<CeremonyRequest> = {}) {
  const keys = { signature: await keyCalled(`${name}-signature`, spec), authentication: await keyCalled(`${name}-authentication`, spec) }
  const environment = await ceremonyFrom({ clock: world.clock, random: world.random, settings: world.settings, stores: world, kms: client, keys, log: () => undefined })
  return ceremonyDoor(environment)({ authorities: ['signature', 'authentication'], by: '山田', witnesses: ['鈴木'], ...request })
}
/** As the authority's door loads them; the first generation's keys are of this machine. */
const authorities = () => loadAuthorities(world.issuers, world.clock, async (issuer, algorithm) =>
  issuer.key.startsWith('test:') ? signerNamed(`${issuer.ca}-ca`) : kmsSigner(client, { keyArn: issuer.key, spkiSha256: issuer.spkiSha256, algorithm }), () => undefined)

const found: Partial<Record<'old' | 'next' | 'p384', { record: CertificateRecord; key: KeyObject; authority: Authority }>> = {}
async function issued(name: string, key: KeyObject, settings = world.settings) {
  const all = await authorities()
  const person = world.persona(name).person
  const [card] = (await world.cards.ofPerson(person)).length > 0 ? await world.cards.ofPerson(person) : [await rows.deliveredCard(world, person)]
  const record = await certified({ ...world, authorities: all, settings }, card!, 'authentication', key)
  return { record, key, authority: all.all.find((a) => a.keyId === record.issuer)! }
}

test('a second generation has the same name and another key, and issues from the instant that was set', async () => {
  found.old = await issued('hanako', newKey())
  const from = after(world.clock.now(), 24 * hour)
  await expect(ceremony('past', 'RSA_2048', { activeFrom: after(world.clock.now(), -1) as Instant })).rejects.toThrow(CeremonyRefused)
  const made = await ceremony('second', 'RSA_2048', { activeFrom: from })
  expect(made.flatMap((g) => g.transcript)).toEqual(expect.arrayContaining([expect.stringContaining('invoked by 山田, before 鈴木'), expect.stringContaining('certificate SHA-256')]))
  await expect(ceremony('second', 'RSA_2048')).rejects.toThrow('has its certificate already')

  const all = await authorities()
  expect(all.all.map((a) => a.ca).toSorted()).toEqual(['authentication', 'authentication', 'signature', 'signature'])
  const [first, second] = all.all.filter((a) => a.ca === 'authentication')
  expect(second!.certificate.subjectDer).toEqual(first!.certificate.subjectDer)
  expect(second!.keyId).not.toBe(first!.keyId)
  expect(all.current('authentication').keyId).toBe(first!.keyId)
  world.clock.set(from)
  expect(all.current('authentication').keyId).toBe(made.find((g) => g.ca === 'authentication')!.keyId)
  found.next = await issued('taro', newKey())
  expect(found.next.authority.keyId).toBe(second!.keyId)
}, 60_000)

test('a generation with P-384 stands beside those with RSA', async () => {
  world.clock.advance(hour)
  const settings = { ...world.settings, profile: { ...world.settings.profile, generation: 'p384-sha384' as const } }
  await ceremony('third', 'ECC_NIST_P384')
  found.p384 = await issued('kenta', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, settings)
  expect(found.p384.authority.certificate.algorithm).toBe('ecdsa-p384-sha384')
  expect((await authorities()).all).toHaveLength(6)
}, 60_000)

test('certificates of every generation are verified, each by its key', async () => {
  const all = await authorities()
  for (const { record, key, authority } of Object.values(found)) {
    const verdict = await judge({ ...world, authorities: all }, { certificate: record.der, purpose: 'authentication', hash: 'sha256', digest: sha256('login'), signature: signText(key, 'login') })
    expect(verdict.checks.filter((c) => !c.passed)).toEqual([])
    const signedBy = all.all.filter((a) => verifySigned(parseCertificate(record.der), a.certificate.spki)).map((a) => a.keyId)
    expect(signedBy).toEqual([authority.keyId])
  }
})

test('OCSP and lists are signed for the generation that issued', async () => {
  const all = await authorities()
  const make = async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return { spki: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })), sealedKey: Uint8Array.from(privateKey.export({ format: 'der', type: 'pkcs8' })) }
  }
  expect(await renewResponders({ ...world, authorities: all, responderKeys: { make } })).toBe(6)
  const door = ocspDoor({ world: { clock: world.clock, authorities: all, statuses: world.statuses, responders: world.responders, provisions: world.provisions, crls: world.crls }, unwrap: async (sealed) => Uint8Array.from(createPrivateKey({ key: Buffer.from(sealed), format: 'der', type: 'pkcs8' }).export({ format: 'der', type: 'pkcs8' })), log: () => undefined })
  for (const { record, authority } of Object.values(found)) {
    const body = Buffer.from(buildOcspRequest([certIdFor(authority.certificate, record.serial)])).toString('base64')
    const answer = await door({ rawPath: '/ocsp', body, isBase64Encoded: true, requestContext: { http: { method: 'POST' } } } as never)
    const der = Uint8Array.from(Buffer.from(answer.body!, 'base64'))
    expect(readOcspResponse(der, authority.certificate, world.clock.now())).toMatchObject({ outcome: 'answered', responses: [{ status: 'good' }] })
    for (const other of all.all) if (other.keyId !== authority.keyId) expect(readOcspResponse(der, other.certificate, world.clock.now()).outcome).not.toBe('answered')

    const list = ok(await publishCrl({ ...world, authorities: all }, record.issuer, record.shard))
    expect(all.all.filter((a) => verifySigned(parseCrl(list.der), a.certificate.spki)).map((a) => a.keyId)).toEqual([authority.keyId])
  }
}, 30_000)

test('a key that is not the pinned one is found out before anything leaves', async () => {
  const issuer = (await world.issuers.all()).find((i) => !i.key.startsWith('test:') && i.ca === 'authentication')!
  const other = await keyCalled('another', 'RSA_2048')
  await expect(kmsSigner(client, { keyArn: other.arn, spkiSha256: issuer.spkiSha256, algorithm: other.algorithm })).rejects.toThrow(PinMismatch)
  // An alias may move: it is no name for a key of an authority.
  await expect(kmsSigner(client, { keyArn: 'alias/another', spkiSha256: other.spkiSha256, algorithm: other.algorithm })).rejects.toThrow()

  const all = await authorities()
  const wrong = await kmsSigner(client, { keyArn: other.arn, spkiSha256: other.spkiSha256, algorithm: other.algorithm })
  const moved = { ...all, all: all.all.map((a) => ({ ...a, signer: wrong })) }
  const [card] = await world.cards.ofPerson(world.persona('taro').person)
  const application = await noted(world, card!, 'signature', newKey())
  world.clock.set(after(world.clock.now(), 0))
  const rsaOnly = { ...moved, current: (ca: Authority['ca']) => moved.all.find((a) => a.ca === ca)! }
  await expect(issueCertificate({ ...world, authorities: rsaOnly }, application.id)).rejects.toThrow(SignerFault)
  expect((await world.issuances.load(application.id))!.state).toBe('RESERVED')
  expect(await world.issuances.certificateOf(application.id)).toBeNull()
}, 30_000)
