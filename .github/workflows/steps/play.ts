/**
 * play.ts GATEWAY KEYS [PERSONA]: a test person and a partner, through the doors of a preview or of `npm start`. The persona
 * gets its card from the sandbox, logs in at the bank with it, consents to name and address, the bank reads exactly those,
 * and hears no once the consent is withdrawn. KEYS is a folder with the private keys of both as clients.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { sandboxCard } from '../../../client/card.ts'
import { consentsOf, Refusal, type Item } from '../../../client/consent.ts'
import { connect, type Gateway } from '../../../client/gateway.ts'

const [url, keys, name = 'hanako'] = process.argv.slice(2)
if (url === undefined || keys === undefined) throw new Error('play.ts GATEWAY KEYS [PERSONA]')
/** A preview that has just been deployed wakes one door after the other. */
const patience = 300_000

const as = (client: string, scope: string): Gateway => connect({ url, clientId: client, key: JSON.parse(readFileSync(join(keys, `${client}.jwk.json`), 'utf8')) as JWK, scope })
const said = (line: string): void => console.log(`✓ ${line}`)
const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Runs a mutation; throws where it is refused. */
async function act<T>(gateway: Gateway, verb: string, input: object, type: string, fields: string): Promise<T> {
  const { data } = await gateway.query<Record<string, T & { code?: string; field?: string }>>(`mutation ($input: ${verb[0]!.toUpperCase()}${verb.slice(1)}Input!) { ${verb}(input: $input) { ... on ${type} { ${fields} } ... on Refused { code field } } }`, { input: { ...input, idempotencyKey: crypto.randomUUID() } })
  const answer = data[verb]!
  if (answer.code !== undefined) throw new Error(`${verb} was refused: ${answer.code} ${answer.field ?? ''}`)
  return answer
}

/** The authority issues meanwhile; a door that gives up answers late, and goes on where it was when asked again. */
async function given(): Promise<void> {
  for (const end = Date.now() + patience; ;) {
    const answer = await fetch(new URL(`/sandbox/personas/${name}/card`, url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).catch((fault: unknown) => fault as Error)
    if (answer instanceof Response && answer.ok) return
    const why = answer instanceof Response ? `${answer.status} ${await answer.text()}` : String(answer)
    if (Date.now() > end) throw new Error(`${name} has no card: ${why}`)
    console.log(`  no card yet: ${why.slice(0, 200)}`)
    await new Promise((wait) => setTimeout(wait, 3_000))
  }
}

await given()
const card = await sandboxCard(name, { url })
said(`${name} has the card ${card.cardNumber}`)

const bank = as('bank', 'login consent four_info:name four_info:address')
const challenge = await act<{ id: string; message: string }>(bank, 'createLoginChallenge', {}, 'LoginChallenge', 'id message')
const response = await card.authenticate('1234', sha256(challenge.message))
if (response.outcome !== 'signed') throw new Error(`the card said ${response.outcome}`)
const answer = { challenge: challenge.id, certificate: base64(await card.authenticationCertificate()), signature: base64(response.signature) }
const login = await act<{ subject: string; assurance: { identity: string; authentication: string } }>(bank, 'answerLoginChallenge', answer, 'Login', 'subject assurance { identity authentication }')
said(`logged in at the bank as ${login.subject.slice(0, 8)}…, ${login.assurance.identity} ${login.assurance.authentication}`)

const consents = consentsOf(bank)
const purpose = await consents.registerPurpose({ name: '顧客情報の更新', textJa: '名義と住所を最新に保つため', textEn: 'To keep name and address up to date', items: ['NAME', 'ADDRESS'] })
const request = await consents.request({ purpose: purpose.id, required: ['NAME', 'ADDRESS'] })
const person = as(name, 'me')
const items: readonly Item[] = ['NAME', 'ADDRESS']
const { data } = await person.query<{ consentRequest: { document: { text: string } } }>('query ($id: ID!, $items: [AttributeName!]!) { consentRequest(id: $id) { document(items: $items) { ... on ConsentDocument { text } } } }', { id: request.id, items })
const signed = await card.sign('ABC123', sha256(data.consentRequest.document.text))
if (signed.outcome !== 'signed') throw new Error(`the card said ${signed.outcome}`)
const consent = await act<{ id: string }>(person, 'giveConsent', { request: request.id, items, certificate: base64(await card.signingCertificate('ABC123')), signature: base64(signed.signature) }, 'Consent', 'id')
const read = await consents.fourInformation(consent.id)
if (typeof read.name !== 'string' || typeof read.address !== 'string' || (read.birthDate ?? null) !== null || (read.sex ?? null) !== null) throw new Error('the bank was given something else than was consented to')
said(`the bank reads ${read.name}, ${read.address}, and no more`)

await consents.withdraw(consent.id)
const no = await consents.fourInformation(consent.id).then(() => null, (fault: unknown) => fault)
if (!(no instanceof Refusal) || no.code !== 'CONSENT_NOT_IN_FORCE') throw new Error('what was withdrawn was given out')
said(`withdrawn; the next call: ${no.code}`)
