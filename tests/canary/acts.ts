/**
 * What is done with each of the people, by the doors: registered, asked about by officers, given a card and certificates, logged in
 * at a partner, consented for, released openly and by registered document, moved, revoked, withdrawn, explained, proven. Each
 * answer says whose values it may hold; another's in it is a leak.
 */
import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { newId, toHex, type CertificateApplicationId } from '../../core/law/ids.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { addMonths, dayOf } from '../../core/law/time.ts'
import { realClock, realRandom } from '../../functions/environment.ts'
import { actBy, type Answer, type Doors } from './gateway.ts'
import { home, type Canary } from './people.ts'
import { whose } from './search.ts'

export interface Trial {
  readonly doors: Doors
  take(place: string, piece: string | Buffer): void
  readonly leaks: string[]
  readonly counts: { requests: number; acts: number; refused: number }
  purpose: string
  /** Hash of the registered document by which the four items are read. */
  document: string
}

export interface Settled { readonly person: Canary; readonly card: string; readonly signing: CertificateRecord; readonly authentication: CertificateRecord; readonly keys: Readonly<Record<'signature' | 'authentication', KeyObject>>; consent: string | null; request: string | null }

export const gid = (id: string): string => Buffer.from(id).toString('base64url')
export const b64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')
const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
const sha = (text: string): string => digest(text).toString('hex')
const mark = (key: KeyObject, text: string): string => b64(sign('sha256', Buffer.from(text, 'utf8'), key))

type Data = Record<string, unknown> | null
type Asked = [trial: Trial, who: string, body: object | string, rightful?: readonly Canary[], over?: Parameters<Doors['graphql']>[2]]

export const ask = async (...asked: Asked): Promise<Data> => (await answerTo(...asked)).data

/** Asks for what must be told. */
export async function look(...asked: Asked): Promise<Data> {
  const { data, whole, body } = await answerTo(...asked)
  if (!whole) throw new Error(`${asked[1]} got no whole answer: ${body}`)
  return data
}

/** Whatever is no whole answer is kept as one that must hold nothing. */
async function answerTo(trial: Trial, who: string, body: object | string, rightful: readonly Canary[] = [], over: Parameters<Doors['graphql']>[2] = {}): Promise<{ readonly data: Data; readonly whole: boolean; readonly body: string }> {
  const answered: Answer = await trial.doors.graphql(who, typeof body === 'string' ? body : JSON.stringify(body), over)
  trial.counts.requests++
  const text = unescaped(answered.body)
  const foreign = [...whose(text)].filter((n) => !rightful.some((person) => person.n === n))
  if (foreign.length > 0) trial.leaks.push(`${who} was told of ${foreign.join(', ')}: ${text.slice(0, 200)}`)
  let parsed: { data?: Record<string, unknown> | null; errors?: unknown }
  try {
    parsed = JSON.parse(answered.body) as typeof parsed
  } catch {
    trial.counts.refused++
    trial.take('bodies of errors', answered.body)
    return { data: null, whole: false, body: answered.body }
  }
  const whole = answered.status === 200 && parsed.errors === undefined && !/"__typename":"Refused"/.test(answered.body)
  if (!whole) {
    trial.counts.refused++
    trial.take('bodies of errors', parsed.errors !== undefined ? JSON.stringify({ errors: parsed.errors }) : answered.body)
  }
  if (rightful.length === 0) trial.take('answers that are about nobody', answered.body)
  return { data: parsed.data ?? null, whole, body: answered.body }
}
const unescaped = (text: string): string => text.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** A mutation that must go through. */
export async function must<T>(trial: Trial, who: string, name: string, input: object, type: string, fields: string, rightful: readonly Canary[] = []): Promise<T> {
  const title = name[0]!.toUpperCase() + name.slice(1)
  const query = `mutation ($input: ${title}Input!) { ${name}(input: $input) { __typename ... on ${type} { ${fields} } ... on Refused { code message foundState field } } }`
  const { data, body } = await answerTo(trial, who, { query, variables: { input: { idempotencyKey: randomUUID(), ...input } } }, rightful)
  const answer = data?.[name] as ({ __typename: string; code?: string } & T) | undefined
  if (answer === undefined || answer.__typename === 'Refused') throw new Error(`${name} by ${who}: ${body}`)
  trial.counts.acts++
  return answer
}
const ok = <T>(result: Result<T>): T => {
  if (isRefusal(result)) throw new Error(`refused: ${result.code} ${result.field ?? ''}`)
  return result
}

/** Card in use and both certificates applied for; the steps of the counter that the story plays are taken by the stores. */
export async function settle(trial: Trial, person: Canary): Promise<Omit<Settled, 'signing' | 'authentication'> & { readonly applications: Readonly<Record<'signature' | 'authentication', CertificateApplicationId>> }> {
  const { world } = trial.doors
  const now = realClock.now()
  const { resident } = person
  const id = gid(resident.person)
  await look(trial, 'home', { query: 'query ($id: ID!) { resident(id: $id) { id items { name address birthDate sex } kana nationality certificateItems { name address } } }', variables: { id } }, [person])
  await must(trial, 'home', 'printApplicationForm', { person: id }, 'ApplicationForm', '__typename', [person])
  const application = { id: newId('cardApplication', now, realRandom), person: resident.person, municipality: home, channel: 'counter' as const, state: 'RECEIVED' as const, receivedAt: now, card: null, handOver: null, form: null, support: null, special: null, photo: true }
  ok(await world.cardApplications.create(actBy('card.apply', application.id), application as never))
  const card = { id: newId('card', now, realRandom), person: resident.person, cardNumber: person.cardNumber, municipality: home, state: 'ACTIVE' as const, madeOn: dayOf(now), expiresBy: null, expiresOn: addMonths(dayOf(now), 108), deliveredAt: now, end: null, attestationKey: new Uint8Array(91) }
  const making = { ...application, state: 'IN_PRODUCTION' as const, card: card.id }
  ok(await world.cardApplications.advance(actBy('card.produce', application.id), 'RECEIVED', making as never, { ...card, state: 'MADE', deliveredAt: null }))
  const proxy = { relation: 'chosen' as const, reason: 'illness' as const, proof: 'power-of-attorney' as const, documents: ['passport' as const] }
  ok(await world.cardApplications.advance(actBy('card.hand-over', application.id), 'IN_PRODUCTION', { ...making, state: 'DELIVERED', handOver: { officer: 'ofc_1', documents: ['passport'], pinsSetBy: 'officer', proxy, at: now } } as never, card))
  const keys = { signature: generateKeyPairSync('ec', { namedCurve: 'P-384' }), authentication: generateKeyPairSync('ec', { namedCurve: 'P-384' }) }
  const applications = {} as Record<'signature' | 'authentication', CertificateApplicationId>
  for (const kind of ['signature', 'authentication'] as const) {
    const of = (applications[kind] = newId('certificateApplication', now, realRandom))
    ok(await world.issuances.create(actBy('certificate.apply', of), {
      id: of, kind, person: resident.person, card: card.id, municipality: home, state: 'NOTIFIED', appliedOn: dayOf(now), items: resident.items, lapseOfPresent: false, confirmation: { officer: 'ofc_1', at: now },
      publicKey: new Uint8Array(keys[kind].publicKey.export({ type: 'spki', format: 'der' })), smartphone: null, refusedFor: null,
    }))
  }
  trial.counts.acts += 5
  return { person, card: card.id, applications, keys: { signature: keys.signature.privateKey, authentication: keys.authentication.privateKey }, consent: null, request: null }
}

const releases = '{ __typename ... on FourInformationRelease { name address birthDate sex items freshness asOf } ... on Refused { code message foundState field requestId } }'
export const readItems = `query ($consent: ID!) { fourInformation(consent: $consent) ${releases} }`

/** Login, consent, release, a look at everything by those who may. */
export async function partnersActs(trial: Trial, settled: Settled): Promise<void> {
  const { person, signing, authentication, keys, card } = settled
  const citizen = `citizen ${person.resident.person}`
  const challenge = await must<{ id: string; message: string }>(trial, 'bank', 'createLoginChallenge', { linkAccount: person.account }, 'LoginChallenge', 'id message')
  await must(trial, 'bank', 'answerLoginChallenge', { challenge: challenge.id, certificate: b64(authentication.der), signature: mark(keys.authentication, challenge.message) }, 'Login', 'subject links { id }')

  const { id: request } = await must<{ id: string }>(trial, 'bank', 'requestConsent', { purpose: trial.purpose, required: ['NAME', 'ADDRESS'], optional: ['BIRTH_DATE', 'SEX'] }, 'ConsentRequest', 'id')
  const asked = await look(trial, citizen, { query: 'query ($id: ID!) { consentRequest(id: $id) { document(items: [NAME, ADDRESS, BIRTH_DATE, SEX]) { ... on ConsentDocument { text } } } }', variables: { id: request } })
  const { text } = (asked!['consentRequest'] as { document: { text: string } }).document
  const { id: consent } = await must<{ id: string }>(trial, citizen, 'giveConsent', { request, items: ['NAME', 'ADDRESS', 'BIRTH_DATE', 'SEX'], certificate: b64(signing.der), signature: mark(keys.signature, text) }, 'Consent', 'id')
  settled.consent = consent
  settled.request = request
  await look(trial, 'bank', { query: readItems, variables: { consent } }, [person])
  await look(trial, 'bank', { documentId: `sha256:${trial.document}`, variables: { consent } }, [person])
  await ask(trial, 'bank', { query: `query ($consent: ID!) { encryptedFourInformation(consent: $consent) { __typename } isAdult(consent: $consent) { __typename } }`, variables: { consent } })
  await look(trial, citizen, { query: '{ me { resident { items { name address birthDate sex } kana } cards(first: 5) { nodes { id cardNumber } } certificates(first: 5) { nodes { id } } accessLog(first: 10) { nodes { items } } consents(first: 5) { nodes { id receipt } } logins(first: 5) { nodes { __typename } } links { id } } }' }, [person])
  await look(trial, 'home', { query: 'query ($card: ID!) { card(id: $card) { cardNumber resident { items { name address } } } cardNotes(card: $card) { __typename } }', variables: { card: gid(card) } }, [person])
  await look(trial, 'bank', { query: 'query ($input: VerifySignatureInput!) { verifySignature(input: $input) { __typename ... on Verdict { valid checks { name passed why } } } }', variables: { input: { hash: 'SHA256', digest: b64(digest('x')), signature: mark(keys.signature, 'x'), certificate: b64(signing.der) } } })
  await ask(trial, 'platform', { query: 'query ($c: Bytes!) { certificateStatus(certificate: $c) { __typename } }', variables: { c: b64(signing.der) } })
  await ask(trial, citizen, { query: 'query ($act: ActReference!) { auditProof(act: $act) { __typename } }', variables: { act: { idempotencyKey: `of-nobody-${person.n}` } } })
}

/** The person moves, half of the people withdraw, and the partner asks again. */
export async function movesAndEnds(trial: Trial, settled: Settled): Promise<void> {
  const { person, card, consent } = settled
  const citizen = `citizen ${person.resident.person}`
  await must(trial, 'home', 'addCardNote', { card: gid(card), text: person.moved.address }, 'CardNotes', '__typename', [person])
  const { name, address, birthDate, sex } = person.moved
  await must(trial, 'home', 'recordResidentEvent', { person: gid(person.resident.person), kind: 'MOVE_WITHIN', occurredOn: dayOf(realClock.now()), cardPresented: true, items: { name, address, birthDate, sex: sex.toUpperCase() } }, 'RecordedResidentEvent', 'id resident { items { address } }', [person])
  await ask(trial, 'bank', { query: readItems, variables: { consent } })
  if (person.n % 2 === 0) await must(trial, citizen, 'withdrawConsent', { consent }, 'Consent', 'state')
  await ask(trial, 'bank', { query: readItems, variables: { consent } })
  await ask(trial, 'bank', { query: 'query ($id: ID!) { consentRadius(partner: $id) { __typename } consentDelta(request: $id, items: [NAME]) { __typename } }', variables: { id: settled.request } })
}
export { sha, toHex }
