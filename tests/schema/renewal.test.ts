/** Early renewal over the API and the real stores: three months before the end, with the lapse of the present certificate. */
import { execute, parse } from 'graphql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import { newId, type CertificateApplicationId } from '../../core/law/ids.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { legalDate, type LegalDate } from '../../core/law/time.ts'
import * as rows from '../db/rows.ts'
import { ok } from '../db/rows.ts'
import { signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import { global, schema, sha256 } from './fixture.ts'

let world: TestWorld
let card: Card
let officer: Officer
beforeEach(async () => {
  world = await testWorld()
  card = await rows.deliveredCard(world, world.persona('hanako').person)
  officer = { kind: 'officer', officer: newId('officer', world.clock.now(), world.random), role: 'municipal', municipality: card.municipality, scopes: new Set(['card', 'certificate']) }
})
afterEach(() => world.close())

let keys = 0
async function tell(name: string, type: string, input: string, fields: string): Promise<Record<string, unknown>> {
  const document = `mutation { ${name}(input: { ${input}, idempotencyKey: "renewal-${keys++}" }) { ... on ${type} { ${fields} } ... on Refused { code foundState } } }`
  const result = await execute({ schema, document: parse(document), contextValue: { actor: officer, world, requestId: 'request-1', sha256, encrypt: async () => '', stage: 'test', docs: (code: string) => code } })
  if (result.errors !== undefined) throw result.errors[0]!
  return JSON.parse(JSON.stringify(result.data))[name] as Record<string, unknown>
}

function apply(kind: CardCertificateKind, lapseOfPresent: boolean): Promise<Record<string, unknown>> {
  const { name, birthDate, sex, address } = rows.resident(world).items
  return tell('applyForCertificate', 'CertificateApplication', `card: "${global(card.id)}", kind: ${kind.toUpperCase()}, lapseOfPresent: ${lapseOfPresent}, items: { name: "${name}", birthDate: "${birthDate}", sex: ${sex.toUpperCase()}, address: "${address}" }`, 'id state')
}

/** From the application to the certificate; the key stands in for what a chip attests. */
async function renew(kind: CardCertificateKind): Promise<Record<string, unknown>> {
  const applied = await apply(kind, true)
  const application = Buffer.from(String(applied['id']), 'base64url').toString() as CertificateApplicationId
  const id = `application: "${applied['id']}"`
  expect(await tell('confirmApplicant', 'CertificateApplication', id, 'state')).toEqual({ state: 'CONFIRMED' })
  const confirmed = (await world.issuances.load(application))!
  ok(await world.issuances.advance(rows.actOf(world, 'certificate.key'), 'CONFIRMED', { ...confirmed, state: 'KEY_ON_CARD', publicKey: signerNamed(`holder-${kind}`).spki }))
  expect(await tell('notifyAgency', 'CertificateApplication', id, 'state')).toEqual({ state: 'NOTIFIED' })
  ok(await issueCertificate(world, application))
  return tell('deliverCertificate', 'CertificateApplication', id, 'state certificate { kind state expiresOn expiresBy { limit article } }')
}

test('公的個人認証法施行規則 第13条・第49条: both certificates get the sixth birthday, and the present ones lapse as superseded', async () => {
  const ending = legalDate('2026-06-15')
  const present = { authentication: await rows.issued(world, card, 'authentication', ending), signature: await rows.issued(world, card, 'signature', ending) }
  world.clock.advance(1)
  expect(await renew('authentication')).toEqual({ state: 'DELIVERED', certificate: { kind: 'AUTHENTICATION', state: 'VALID', expiresOn: '2031-04-15', expiresBy: { limit: 'EARLY_RENEWAL', article: '公的個人認証法施行規則 第49条第1項' } } })
  expect(await renew('signature')).toEqual({ state: 'DELIVERED', certificate: { kind: 'SIGNATURE', state: 'VALID', expiresOn: '2031-04-15', expiresBy: { limit: 'EARLY_RENEWAL', article: '公的個人認証法施行規則 第13条第1項' } } })
  for (const kind of ['authentication', 'signature'] as const) {
    expect(await world.certificates.load(present[kind].id)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'superseded', reason: 4 } })
    expect((await world.certificates.live(card.person, kind, world.clock.now()))!.expiresOn).toBe('2031-04-15')
  }
})

test('a signing certificate renewed alone ends with the authentication certificate that is still the old one', async () => {
  await rows.issued(world, card, 'authentication', legalDate('2026-06-15'))
  await rows.issued(world, card, 'signature', legalDate('2026-06-15'))
  world.clock.advance(1)
  expect(await renew('signature')).toMatchObject({ certificate: { expiresOn: '2026-06-15', expiresBy: { limit: 'END_OF_AUTHENTICATION_CERTIFICATE', article: '公的個人認証法施行規則 第13条' } } })
})

test.each<[string, LegalDate, boolean, string | undefined]>([
  ['with exactly three months left', legalDate('2026-07-01'), true, 'CERTIFICATE_LIVE'],
  ['on the first day with fewer', legalDate('2026-06-30'), true, undefined],
  ['without asking for the lapse of the present one', legalDate('2026-06-15'), false, 'CERTIFICATE_LIVE'],
  ['on its last day', legalDate('2026-04-01'), true, undefined],
])('%s', async (_, expiresOn, lapse, code) => {
  await rows.issued(world, card, 'authentication', expiresOn)
  world.clock.advance(1)
  const applied = await apply('authentication', lapse)
  expect([applied['code'], applied['state']]).toEqual(code === undefined ? [undefined, 'APPLIED'] : [code, undefined])
})
