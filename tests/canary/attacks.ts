/**
 * Requests of those who should not ask, and requests that are broken, each with a value of a person in it: what comes back,
 * and what is written down about it, must not repeat the value.
 */
import { ask, b64, gid, readItems, type Settled, type Trial } from './acts.ts'
import type { Canary } from './people.ts'

const event = 'mutation ($input: RecordResidentEventInput!) { recordResidentEvent(input: $input) { __typename ... on Refused { code message field foundState } } }'

export async function attack(trial: Trial, { person, signing, consent, card }: Settled, other: Canary): Promise<void> {
  const { items: { name, address, birthDate }, person: id } = person.resident
  const stranger = `citizen ${other.resident.person}`
  const items = { name, address, birthDate, sex: 'FEMALE' }
  const change = (over: object) => ({ query: event, variables: { input: { person: gid(id), kind: 'MOVE_WITHIN', occurredOn: '2026-11-01', idempotencyKey: `attack-${person.n}-${Math.random()}`, items, ...over } } })
  // Of another tenant, another municipality, another person.
  await ask(trial, 'hospital', { query: readItems, variables: { consent } })
  await ask(trial, stranger, { query: 'query ($c: ID!, $card: ID!, $r: ID!) { consent(id: $c) { __typename receipt } card(id: $card) { cardNumber } node(id: $r) { __typename ... on Resident { items { name } } } certificate(id: $r) { __typename } }', variables: { c: consent, card: gid(card), r: gid(id) } })
  await ask(trial, 'away', { query: 'query ($id: ID!) { resident(id: $id) { items { name address } kana } }', variables: { id: gid(id) } })
  await ask(trial, 'away', change({}))
  await ask(trial, 'bank', change({}))
  await ask(trial, stranger, { query: 'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { __typename ... on Refused { code message } } }', variables: { input: { request: gid(`crq_${'0'.repeat(26)}`), items: ['NAME'], certificate: b64(signing.der), signature: b64(Buffer.from(name)), idempotencyKey: `stolen-${person.n}-key` } } })
  // Values where ids, numbers, dates, words and keys belong.
  for (const value of [name, address, `' or name = '${name}' --`, `${name}\u0000`, `\ud800${address}`, `{{${name}}}`, `<script>${name}</script>`, name.repeat(200)]) await ask(trial, 'home', { query: 'query ($id: ID!) { resident(id: $id) { items { name } } }', variables: { id: value } })
  await ask(trial, 'home', change({ kind: name }))
  await ask(trial, 'home', change({ occurredOn: `${name} ${birthDate}` }))
  await ask(trial, 'home', change({ idempotencyKey: name }))
  await ask(trial, 'home', change({ items: { ...items, name: `${name}\u0000` } }))
  await ask(trial, 'home', change({ items: { ...items, name: `\udc00${name}` } }))
  await ask(trial, 'home', change({ items: { ...items, name: name.repeat(60) } }))
  await ask(trial, 'home', change({ items: { ...items, [name]: 1 } }))
  await ask(trial, 'home', change({ items: { ...items, birthDate: '1899-02-30' } }))
  await ask(trial, 'home', change({ items: name }))
  await ask(trial, 'home', change({ person: { name, address } }))
  await ask(trial, 'bank', { query: 'query ($first: Int!, $c: Bytes!) { auditEntries(first: $first, from: "0") { body } certificateStatus(certificate: $c) { __typename } }', variables: { first: name, c: `${b64(Buffer.from(address))}!` } })
  await ask(trial, 'bank', { query: 'query ($c: Bytes!) { certificateStatus(certificate: $c) { __typename } }', variables: { c: b64(Uint8Array.from(signing.der, (octet, i) => (i % 97 === 13 ? octet ^ 0x55 : octet))) } })
  await ask(trial, 'bank', { query: 'query ($c: Bytes!) { correspondingCertificate(certificate: $c, kind: AUTHENTICATION) { __typename } }', variables: { c: b64(signing.der.subarray(0, 700)) } })
  // Documents that are none, and HTTP that is none. Names in a document are its author's and are told back, so a name that could be a field's is not sent as one; values in it are not told.
  if (!/[_a-z]/i.test(name)) await ask(trial, 'home', { query: `{ me { ${name} } }` })
  for (const query of [ `{ resident(id: "${name}") { items { unknown } } }`, `{ fourInformation(consent: {name: "${name}"}) { __typename } }`, `{ auditEntries(first: "${name}", from: "${birthDate}") { body } }`, `{ me { id } } "${name}" { me { id } }`, `query { resident(id: "${address}`, `# ${name}\n{`, `{ livesInMunicipality(consent: "x", code: "${name}") { __typename } }`]) await ask(trial, 'home', { query })
  await ask(trial, 'home', `{"query":"{ me { id } }","variables":{"name":"${name}"`)
  await ask(trial, 'home', { documentId: name })
  await ask(trial, 'home', { documentId: `sha256:${'0'.repeat(64)}`, variables: { name } })
  await ask(trial, 'home', name, [], { headers: { 'content-type': `text/${person.account}` } })
  await ask(trial, `Bearer ${name}`, { query: '{ me { id } }' })
  await ask(trial, person.account, { query: '{ me { id } }' }, [], { headers: { 'x-request-id': person.account, traceparent: person.account, 'user-agent': `${person.account} ${birthDate}`, dpop: person.cardNumber } })
  await ask(trial, 'home', '', [], { method: 'GET', query: `query=${encodeURIComponent(`{ resident(id: "${name}") { kana } }`)}` })
  await ask(trial, 'home', '{}', [], { path: `/${encodeURIComponent(address)}` })
  await trial.doors.ocsp(Buffer.concat([Buffer.from([0x30, 0x60]), Buffer.from(name), Buffer.from(person.cardNumber)]))
}
