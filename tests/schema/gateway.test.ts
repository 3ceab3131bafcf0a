/**
 * The whole way of a person through the counter, over the real stores: from the application for a card to the consented
 * name at a bank, and back by withdrawal. Only the chip is played: its key signs what a chip would sign.
 */
import { createPublicKey, sign, verify } from 'node:crypto'
import type { Context as LambdaContext } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scopes, type Actor, type OfficerRole } from '../../core/law/actor.ts'
import { newId, type CertificateApplicationId } from '../../core/law/ids.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { Secret } from '../../core/chip/secret.ts'
import { orderHash, signKeyProof, signReceipt } from '../../core/chip/order.ts'
import { signOrders } from '../../core/law/card/order.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import type { GraphqlDoor } from '../../functions/graphql.ts'
import { byPath, paths, type Path, type Transcript } from '../harness/paths.ts'
import { keyNamed, testRandom, testWorld, worldOf, type TestWorld } from '../harness/world.ts'
import { global, sha256 } from './fixture.ts'

const transcripts: Readonly<Record<Path, Transcript>> = { yoga: [], ready: [] }

describe.each(paths)('by %s', (path) => {
let world: TestWorld
let door: GraphqlDoor
const everything = new Set(scopes)
const actors = new Map<string, Actor>()
const chipKey = keyNamed('card-orders')
const holderKey = keyNamed('holder-signature')
const chip = new Secret(chipKey.export({ format: 'der', type: 'pkcs8' }) as Uint8Array)
const spkiOf = (key: typeof chipKey): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' })

beforeAll(async () => {
  world = await testWorld({ random: 'gateway' })
  const random = testRandom('officers')
  const officer = (role: OfficerRole, municipality: 'own' | null): Actor => ({ kind: 'officer', officer: newId('officer', world.clock.now(), random), role, municipality: municipality === null ? null : world.persona('taro').resident.municipality, scopes: everything })
  actors.set('taro', { kind: 'citizen', person: world.persona('taro').person, scopes: everything })
  actors.set('hanako', { kind: 'citizen', person: world.persona('hanako').person, scopes: everything })
  actors.set('yokohama', officer('municipal', 'own'))
  actors.set('agency', officer('agency', null))
  actors.set('bank', { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank-web', scopes: everything })
  actors.set('platform', { kind: 'partner', partner: seededPartnerIds.platform, client: 'platform', scopes: everything })
  door = byPath(path, transcripts[path], async () => ({
    stage: 'test', world, worldFor: (actor) => worldOf(world, actor), sha256, issuer: 'https://login.example', audience: 'https://gateway.example', log: () => undefined,
    authenticate: async (authorization) => ({ actor: actors.get(authorization!.slice('Bearer '.length))! }),
  }))
}, 120_000)
afterAll(() => world.close())

async function ask(who: string, query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Record<string, any>> {
  const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', authorization: `Bearer ${who}` }, requestContext: { domainName: 'gateway.example', http: { method: 'POST' } }, body: JSON.stringify({ query, variables }), isBase64Encoded: false }
  const result = await door(event as never, { awsRequestId: 'aws' } as LambdaContext)
  const { data, errors } = JSON.parse(result.body!) as { data: Record<string, any>; errors?: unknown }
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}
let keys = 0
/** One act; a key of its own unless the input has one. */
async function act(who: string, name: string, input: Readonly<Record<string, unknown>>, type: string, fields: string): Promise<Record<string, any>> {
  const title = name[0]!.toUpperCase() + name.slice(1)
  const data = await ask(who, `mutation ($input: ${title}Input!) { ${name}(input: $input) { __typename ... on ${type} { ${fields} } ... on Refused { code foundState field } } }`, { input: { idempotencyKey: `key-${String(++keys).padStart(8, '0')}`, ...input } })
  return data[name] as Record<string, any>
}
const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const found = { card: '', certificate: '', cardNumber: '', consent: '', application: '' }

test('the card: application, production, notice, hand-over', async () => {
  const person = global(world.persona('taro').person)
  const apply = { person, channel: 'WEB', idempotencyKey: 'apply-once' }
  const first = await act('taro', 'applyForCard', apply, 'CardApplication', 'id state')
  expect(first).toMatchObject({ __typename: 'CardApplication', state: 'RECEIVED' })
  expect(await act('taro', 'applyForCard', apply, 'CardApplication', 'id state')).toEqual(first)
  expect(await act('taro', 'applyForCard', { ...apply, channel: 'PAPER' }, 'CardApplication', 'id')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  expect(await act('taro', 'applyForCard', { ...apply, idempotencyKey: 'apply-twice' }, 'CardApplication', 'id')).toMatchObject({ code: 'APPLICATION_OPEN' })

  const application = { application: first['id'] as string }
  const made = await act('agency', 'startProduction', application, 'Production', 'application { state } card { id cardNumber state expiresBy { limit article } }')
  expect(made['card']).toMatchObject({ expiresBy: { limit: 'ADULT_CARD', article: 'カード命令 第26条 · 民法 第4条' } })
  expect(made).toMatchObject({ application: { state: 'IN_PRODUCTION' }, card: { state: 'MADE' } })
  Object.assign(found, { card: made['card'].id, cardNumber: made['card'].cardNumber })
  expect(await act('agency', 'shipCard', { ...application, attestationKey: b64(spkiOf(chipKey)) }, 'CardApplication', 'state')).toMatchObject({ state: 'SHIPPED' })
  expect(await act('yokohama', 'sendNotice', application, 'CardApplication', 'state')).toMatchObject({ state: 'NOTICE_SENT' })
  expect(await act('yokohama', 'handOverCard', { ...application, documents: ['STUDENT_CARD'], pinsSetBy: 'HOLDER' }, 'CardApplication', 'state')).toMatchObject({ code: 'EVIDENCE_INSUFFICIENT' })
  expect(await act('yokohama', 'handOverCard', { ...application, documents: ['PASSPORT'], pinsSetBy: 'HOLDER' }, 'CardApplication', 'state card { state usable }')).toMatchObject({ state: 'DELIVERED', card: { state: 'ACTIVE', usable: true } })
  expect(await ask('hanako', 'query ($id: ID!) { card(id: $id) { id } node(id: $id) { id } cardApplication(id: $id) { id } }', { id: found.card })).toEqual({ card: null, node: null, cardApplication: null })
})

test('an order to the chip, signed by the authority, answered by the chip', async () => {
  const order = await act('yokohama', 'requestCardOrder', { card: found.card, operation: { personalise: { certificates: ['SIGNATURE'] } } }, 'CardOrder', 'id state operation counter signed { order }')
  expect(order).toMatchObject({ state: 'REQUESTED', operation: 'PERSONALISE', signed: null })
  expect(await signOrders(world, 10)).toBe(1)
  const { cardOrder } = await ask('yokohama', 'query ($id: ID!) { cardOrder(id: $id) { state counter signed { order signature } } }', { id: order['id'] })
  expect(cardOrder.state).toBe('SIGNED')
  const signed = Buffer.from(cardOrder.signed.order, 'base64')
  expect(verify('sha256', signed, createPublicKey(chipKey), Buffer.from(cardOrder.signed.signature, 'base64'))).toBe(true)
  const receipt = signReceipt({ cardNumber: found.cardNumber, counter: cardOrder.counter, orderHash: orderHash(signed), outcome: 'done' }, chip)
  expect(await act('yokohama', 'completeCardOrder', { order: order['id'], receipt: b64(receipt.subarray(0, -1)) }, 'CardOrder', 'state')).toMatchObject({ code: 'RECEIPT_INVALID' })
  expect(await act('yokohama', 'completeCardOrder', { order: order['id'], receipt: b64(receipt) }, 'CardOrder', 'state')).toMatchObject({ state: 'DONE' })
})

test('the signing certificate: Article 3, act by act', async () => {
  const { resident } = await ask('yokohama', 'query ($id: ID!) { resident(id: $id) { items { name nameSubstitutes birthDate sex address addressSubstitutes } } }', { id: global(world.persona('taro').person) })
  const entered = await act('yokohama', 'applyForCertificate', { card: found.card, kind: 'SIGNATURE', items: resident.items }, 'CertificateApplication', 'id state')
  const application = { application: entered['id'] as string }
  expect(await act('yokohama', 'recordKeyOnCard', { ...application, attestation: 'AAAA' }, 'CertificateApplication', 'state')).toMatchObject({ code: 'WRONG_STATE', foundState: 'APPLIED' })
  expect(await act('yokohama', 'confirmApplicant', application, 'CertificateApplication', 'state')).toMatchObject({ state: 'CONFIRMED' })
  const attestation = signKeyProof({ cardNumber: found.cardNumber, counter: 1, kind: 'signature', publicKey: Uint8Array.from(spkiOf(holderKey)) }, chip)
  expect(await act('yokohama', 'recordKeyOnCard', { ...application, attestation: b64(attestation) }, 'CertificateApplication', 'state')).toMatchObject({ state: 'KEY_ON_CARD' })
  expect(await act('yokohama', 'notifyAgency', application, 'CertificateApplication', 'state certificate { id }')).toMatchObject({ state: 'NOTIFIED', certificate: null })
  const issued = await issueCertificate(world, Buffer.from(application.application, 'base64url').toString() as CertificateApplicationId)
  expect(isRefusal(issued)).toBe(false)
  const { certificateApplication } = await ask('yokohama', 'query ($id: ID!) { certificateApplication(id: $id) { state certificate { id der serial state } } }', { id: application.application })
  expect(certificateApplication).toMatchObject({ state: 'ISSUED', certificate: { state: 'VALID' } })
  Object.assign(found, { certificate: certificateApplication.certificate.der as string, application: application.application })
  expect(await act('yokohama', 'deliverCertificate', application, 'CertificateApplication', 'state')).toMatchObject({ state: 'DELIVERED' })
  const { me } = await ask('taro', '{ me { certificates(first: 1) { nodes { kind state der deliveredAt } } } }')
  expect(me.certificates.nodes).toEqual([{ kind: 'SIGNATURE', state: 'VALID', der: found.certificate, deliveredAt: expect.any(String) }])
})

const signedBy = (content: Uint8Array): string => b64(sign('sha256', content, holderKey))

test('a partner asks for the verdict on a signature', async () => {
  const document = Buffer.from('契約書')
  const query = 'query ($input: VerifySignatureInput!) { verifySignature(input: $input) { ... on Verdict { valid checks { name section passed } status { status method } } ... on Refused { code } } }'
  const input = { certificate: found.certificate, hash: 'SHA256', digest: b64(sha256('契約書')), signature: signedBy(document) }
  const { verifySignature } = await ask('bank', query, { input })
  expect(verifySignature.checks.filter((check: { passed: boolean }) => !check.passed)).toEqual([])
  expect(verifySignature).toMatchObject({ valid: true, status: { status: 'GOOD', method: 'REGISTER' } })
  const other = await ask('bank', query, { input: { ...input, digest: b64(sha256('契約書2')) } })
  expect(other['verifySignature'].checks.filter((check: { passed: boolean }) => !check.passed).map((check: { name: string }) => check.name)).toEqual(['SIGNATURE'])
})

test('consent to the name alone: the bank gets the name alone, and the person sees it', async () => {
  const purpose = await act('bank', 'registerPurpose', { name: '口座開設', textJa: '口座開設の本人確認', textEn: 'Opening an account', items: ['NAME', 'ADDRESS'] }, 'Purpose', 'id version')
  expect(purpose).toMatchObject({ version: 1 })
  const request = await act('bank', 'requestConsent', { purpose: purpose['id'], required: ['NAME'], optional: ['ADDRESS'] }, 'ConsentRequest', 'id state')
  const { consentRequest } = await ask('taro', 'query ($id: ID!) { consentRequest(id: $id) { document(items: [NAME]) { ... on ConsentDocument { text sha256 } } } }', { id: request['id'] })
  const choice = { request: request['id'], items: ['NAME'], certificate: found.certificate, signature: signedBy(Buffer.from(consentRequest.document.text)) }
  expect(await act('hanako', 'giveConsent', choice, 'Consent', 'id')).toMatchObject({ code: 'CERTIFICATE_NOT_VALID', field: 'holder' })
  expect(await act('taro', 'giveConsent', { ...choice, items: ['NAME', 'ADDRESS'] }, 'Consent', 'id')).toMatchObject({ code: 'SIGNATURE_INVALID' })
  const consent = await act('taro', 'giveConsent', choice, 'Consent', 'id state items limitedBy')
  expect(consent).toMatchObject({ state: 'IN_FORCE', items: ['NAME'], limitedBy: 'TEN_YEARS' })
  found.consent = consent['id'] as string

  const release = 'query ($c: ID!) { fourInformation(consent: $c) { __typename ... on FourInformationRelease { name address birthDate sex items freshness } ... on Refused { code } } }'
  expect((await ask('bank', release, { c: found.consent }))['fourInformation']).toEqual({ __typename: 'FourInformationRelease', name: world.persona('taro').resident.items.name, address: null, birthDate: null, sex: null, items: ['NAME'], freshness: 'CURRENT' })
  expect((await ask('platform', release, { c: found.consent }))['fourInformation']).toEqual({ __typename: 'Refused', code: 'CONSENT_NOT_IN_FORCE' })
  const { me } = await ask('taro', '{ me { accessLog(first: 5) { nodes { released items partner { name } purpose { name } } } } }')
  expect(me.accessLog.nodes.filter((node: { released: boolean }) => node.released)).toEqual([{ released: true, items: ['NAME'], partner: { name: '見本銀行' }, purpose: { name: '口座開設' } }])
  expect(me.accessLog.nodes).toHaveLength(2)
})

test('the receipt is checked without the gateway; the bank’s gives nothing away that was not consented to', async () => {
  const receiptOf = async (who: string) => (await ask(who, 'query ($c: ID!) { consent(id: $c) { receipt } }', { c: found.consent }))['consent'].receipt as string
  const [own, bank] = [await receiptOf('taro'), await receiptOf('bank')]
  for (const [receipt, holder] of [[own, true], [bank, false]] as const) {
    const { certificate, record: { proof } } = JSON.parse(receipt) as { certificate?: string; record: { proof: { document: string; signature: string; certificate: { publicKey: string } } } }
    const spki = holder ? spkiOf(holderKey) : Buffer.from(proof.certificate.publicKey, 'hex')
    expect(verify('sha256', Buffer.from(proof.document), createPublicKey({ key: spki, format: 'der', type: 'spki' }), Buffer.from(proof.signature, 'hex'))).toBe(true)
    expect(certificate === undefined ? null : Buffer.from(certificate, 'hex').toString('base64')).toBe(holder ? found.certificate : null)
  }
  const { address, birthDate } = world.persona('taro').resident.items
  for (const secret of [address, birthDate, Buffer.from(address).toString('hex').toUpperCase()]) expect(bank).not.toContain(secret)
  expect(own).toContain(Buffer.from(address).toString('hex').toUpperCase())
})

test('what is withdrawn is over with the next question, and looks like what never was', async () => {
  world.clock.advance(1_000)
  expect(await act('taro', 'withdrawConsent', { consent: found.consent }, 'Consent', 'state')).toMatchObject({ state: 'WITHDRAWN' })
  // Rows of one instant have no order.
  world.clock.advance(1_000)
  const release = 'query ($c: ID!) { fourInformation(consent: $c) { ... on Refused { code foundState field message } } }'
  const [withdrawn, unknown] = [await ask('bank', release, { c: found.consent }), await ask('bank', release, { c: 'bm90aGluZw' })]
  expect(withdrawn).toEqual(unknown)
  const { me } = await ask('taro', '{ me { accessLog(first: 5) { nodes { released refusal } } } }')
  expect(me.accessLog.nodes[0]).toEqual({ released: false, refusal: 'CONSENT_NOT_IN_FORCE' })
})

test('the holder revokes; the verdict changes with the next question', async () => {
  const { me } = await ask('taro', '{ me { certificates(first: 1) { nodes { id } } } }')
  const certificate = me.certificates.nodes[0].id as string
  expect(await act('hanako', 'revokeCertificate', { certificate, ground: 'KEY_LEAK' }, 'Certificate', 'state')).toMatchObject({ code: 'NOT_FOUND' })
  expect(await act('taro', 'revokeCertificate', { certificate, ground: 'CA_INCIDENT' }, 'Certificate', 'state')).toMatchObject({ code: 'NOT_PERMITTED', field: 'ground' })
  expect(await act('taro', 'revokeCertificate', { certificate, ground: 'KEY_LEAK' }, 'Certificate', 'state revocation { ground article reason }')).toMatchObject({ state: 'REVOKED', revocation: { ground: 'KEY_LEAK', article: '公的個人認証法 第10条・第29条', reason: 1 } })
  const { verifySignature } = await ask('bank', 'query ($input: VerifySignatureInput!) { verifySignature(input: $input) { ... on Verdict { valid status { status reason } } } }', { input: { certificate: found.certificate, hash: 'SHA256', digest: b64(sha256('x')), signature: signedBy(Buffer.from('x')) } })
  expect(verifySignature).toEqual({ valid: false, status: { status: 'REVOKED', reason: 1 } })
})
})

test('both paths gave the same answers, octet for octet', () => {
  expect(transcripts.ready.length).toBeGreaterThan(20)
  expect(transcripts.ready).toEqual(transcripts.yoga)
})
