/**
 * A partner's app in small, against a gateway that runs on this machine: `npm start`, then in another terminal
 *
 *   node local/play/sample-partner.ts [--data DIR]
 *
 * The bank asks for name and address, hanako consents with her card, the bank reads, keeps the receipt, asks a question
 * instead of the date of birth, gets the items encrypted, and hears no once she has withdrawn. What is the partner's uses
 * the client library alone; the person's browser and card are played.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { sandboxCard } from '../../client/card.ts'
import { consentsOf, Refusal, type Consents, type Item } from '../../client/consent.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { verifyReceipt, type ReceiptTrust } from '../../client/receipt.ts'
import { keyName } from '../login/credentials.ts'
import { runningIn } from '../running.ts'

const { values } = parseArgs({ options: { data: { type: 'string', default: '.data' } } })
const data = resolve(values.data)
const url = runningIn(data)?.url
if (url == null) {
  console.error(`no gateway runs on ${data}: npm start`)
  process.exit(1)
}
const as = (name: string, scope: string): Gateway => connect({ url, clientId: name, key: JSON.parse(readFileSync(join(data, keyName(name)), 'utf8')) as JWK, scope, bound: name === 'bank' })
const said = (line: string): void => console.log(`✓ ${line}`)

// ---------------------------------------------------------------- the partner: ten lines to the items

const gateway = as('bank', 'consent four_info:name four_info:address predicate:is_adult')
const bank = consentsOf(gateway)
const purpose = await bank.registerPurpose({ name: '顧客情報の更新', textJa: '名義と住所を最新に保つため', textEn: 'To keep name and address up to date', items: ['NAME', 'ADDRESS', 'IS_ADULT'] })
const request = await bank.request({ purpose: purpose.id, required: ['NAME', 'IS_ADULT'], optional: ['ADDRESS'] })
const consent = await personConsents(request.id, ['NAME', 'IS_ADULT'])
const items = await bank.fourInformation(consent)
said(`${items.name} (${items.freshness}, ${items.source}); the address was not consented to: ${items.address}`)
said(`of age: ${(await bank.isAdult(consent)).holds}, and no date of birth has left`)

// ---------------------------------------------------------------- encrypted, extended, with a receipt, withdrawn

const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { extractable: true })
const kid = `sample-${crypto.randomUUID()}`
await gateway.query('mutation ($input: RegisterKeyInput!) { registerKey(input: $input) { ... on Refused { code } } }', { input: { jwk: JSON.stringify({ ...(await exportJWK(publicKey)), kid, alg: 'ECDH-ES', use: 'enc' }), idempotencyKey: crypto.randomUUID() } })
const opened = await bank.encrypted(consent, { ...(await exportJWK(privateKey)), alg: 'ECDH-ES' })
if (opened.values.name !== items.name) throw new Error('the encrypted release says something else')
said(`encrypted to ${kid}: ${opened.values.name}`)

const receipt = await sealed(bank, consent)
const trust = await trustFrom(gateway)
if (!verifyReceipt(receipt, trust).valid || verifyReceipt(receipt.replace('TEN_YEARS', 'CHOSEN'), trust).valid) throw new Error('the receipt does not verify as it should')
said(`receipt of ${receipt.length} characters: signed by the card and by the gateway`)

const more = await bank.request({ purpose: purpose.id, action: 'MERGE', grant: consent, required: ['ADDRESS'] })
const extended = await personConsents(more.id, ['ADDRESS'])
said(`extended, only the address was asked for: ${(await bank.fourInformation(extended)).address}`)

await bank.withdraw(extended)
const no = await bank.fourInformation(extended).then(() => null, (error: unknown) => error)
if (!(no instanceof Refusal) || no.code !== 'CONSENT_NOT_IN_FORCE') throw new Error('what was withdrawn was released')
said(`withdrawn; the next call: ${no.code} (${no.userMessageJa})`)

// ---------------------------------------------------------------- played: the person, its browser and card

async function personConsents(id: string, chosen: readonly Item[]): Promise<string> {
  const hanako = as('hanako', 'me')
  const card = await sandboxCard('hanako', { url: url! })
  const { data: asked } = await hanako.query<{ consentRequest: { document: { text: string } } }>('query ($id: ID!, $items: [AttributeName!]!) { consentRequest(id: $id) { document(items: $items) { ... on ConsentDocument { text } } } }', { id, items: chosen })
  const signed = await card.sign('ABC123', createHash('sha256').update(asked.consentRequest.document.text).digest())
  if (signed.outcome !== 'signed') throw new Error(`the card said ${signed.outcome}`)
  const input = { request: id, items: chosen, certificate: base64(await card.signingCertificate('ABC123')), signature: base64(signed.signature), idempotencyKey: crypto.randomUUID() }
  const { data: given } = await hanako.query<{ giveConsent: { id?: string; code?: string } }>('mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { ... on Consent { id } ... on Refused { code } } }', { input })
  if (given.giveConsent.id === undefined) throw new Error(`the person was refused: ${given.giveConsent.code}`)
  return given.giveConsent.id
}

async function sealed(of: Consents, id: string): Promise<string> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const text = await of.receipt(id)
    if (text !== null) return text
    await new Promise((wait) => setTimeout(wait, 250))
  }
  throw new Error('the gateway did not sign the receipt')
}

/** Once, from a source the partner trusts, and kept; here the gateway itself. */
async function trustFrom(from: Gateway): Promise<ReceiptTrust> {
  const { data: found } = await from.query<{ trustAnchors: { authority: string; certificate: string }[]; receiptKeys: { publicKey: string }[] }>('{ trustAnchors { authority certificate } receiptKeys { publicKey } }')
  const der = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
  const authorities = found.trustAnchors.filter((anchor) => anchor.authority === 'SIGNATURE').map((anchor) => der(anchor.certificate))
  for (const certificate of authorities) said(`trusts ${new X509Certificate(certificate).subject.replaceAll('\n', ', ')}`)
  return { authorities, gateway: found.receiptKeys.map((key) => der(key.publicKey)) }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
