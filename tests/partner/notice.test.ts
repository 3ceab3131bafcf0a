/**
 * What a person is told before consenting (重要事項, 公的個人認証法 第18条第3項・施行規則 第35条の2): part of the purpose, shown as it
 * was registered, its hash signed, its text in the receipt, where a change of any of the three is found.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verifyReceipt } from '../../client/receipt.ts'
import { draftConsent, giveConsent, type Consent } from '../../core/law/consent/consent.ts'
import { noticeHash, noticeKinds, suppliable, unstatedNotices, type SuppliedNotice } from '../../core/law/consent/notice.ts'
import { registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import { readReceipt } from '../../core/law/consent/receipt.ts'
import { recordFor } from '../../core/law/consent/record.ts'
import { sealReceipts } from '../../core/law/consent/seal.ts'
import { eq } from 'drizzle-orm'
import { seededPartnerIds } from '../../db/seed.ts'
import { partners, standings } from '../../db/tables/partners.ts'
import { purposes } from '../../db/tables/consents.ts'
import { canonicalJson } from '../../core/law/act.ts'
import { actOf, ok } from '../db/rows.ts'
import { signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import { holder, key, partner, sha256, signText, type Holder } from '../law/holder.ts'
import { ask } from '../schema/fixture.ts'

const bank = partner(seededPartnerIds.bank, 'consent', 'four_info:name')
const signer = signerNamed('card-orders')
let world: TestWorld
let hanako: Holder
beforeEach(async () => {
  world = await testWorld()
  hanako = await holder(world)
})
afterEach(() => world.close())

const own: SuppliedNotice = { kind: 'keeping', textJa: '契約の終了から5年で消します。', textEn: 'Erased five years after the contract.' }
const registered = (notices: readonly SuppliedNotice[] = [own]) => registerPurpose(world, bank, { name: '口座', textJa: '口座のため', textEn: 'For the account', items: ['name', 'isAdult'], until: null, minors: 'from-15', notices, idempotencyKey: key() })
async function given(): Promise<Consent> {
  const request = ok(await requestConsent(world, bank, { purpose: ok(await registered()).id, action: 'CREATE', grant: null, required: ['name'], optional: ['isAdult'], municipality: null, idempotencyKey: key() }))
  const choice = { request: request.id, items: ['name', 'isAdult'] as const, chosenUntil: null }
  const text = ok(await draftConsent(world, hanako.actor, choice))
  return ok(await giveConsent(world, hanako.actor, { ...choice, certificate: hanako.signature.der, signature: signText(hanako.keys.signature, text), idempotencyKey: key() }, sha256))
}
const seal = () => sealReceipts({ clock: world.clock, seals: world.seals, receiptSigner: signer }, (consent, event) => recordFor(world, consent, event), 10)
const trust = () => ({ authorities: [world.authorities.current('signature').certificate.der], gateway: [signer.spki] })

describe('the fifteen', () => {
  test('stand in every purpose, in order, eleven required, each with its source', async () => {
    const { notices } = ok(await registered())
    expect(notices.map((n) => [n.number, n.kind])).toEqual(noticeKinds.map((kind, i) => [i + 1, kind]))
    expect(notices.filter((n) => !n.required).map((n) => n.number)).toEqual([2, 7, 11, 14])
    expect(Object.fromEntries(notices.map((n) => [n.kind, n.source]))).toMatchObject({ purpose: 'PARTNER', keeping: 'PARTNER', contact: 'REGISTER', desk: 'REGISTER', 'disclosure-request': 'REGISTER', supply: 'LAW', validity: 'LAW', free: 'LAW' })
    expect([notices[2], notices[4], notices[14]!.textJa]).toMatchObject([{ textJa: '口座のため' }, own, '問い合わせ先は見本銀行（bank@partner.example）です。'])
  })

  test('stay as they were registered, whatever becomes of the partner’s record; another text is another version', async () => {
    const first = ok(await registered())
    await world.db.update(partners).set({ contact: 'elsewhere@partner.example' }).where(eq(partners.id, bank.partner))
    const second = ok(await registered())
    expect((await world.consents.loadPurpose(first.id))!.notices).toEqual(first.notices)
    expect([second.version, second.notices[14]!.textEn]).toEqual([2, 'For questions, turn to Sample Bank (elsewhere@partner.example).'])
  })

  test.each<[string, SuppliedNotice[]]>([['what is not the partner’s to word', [{ ...own, kind: 'free' }]], ['the purpose besides its text', [{ ...own, kind: 'purpose' }]], ['one of them twice', [own, own]]])('%s is refused', async (_, notices) => {
    expect(await registered(notices)).toMatchObject({ code: 'MALFORMED_INPUT', field: 'notices' })
  })

  test('all that a partner may word, it may word', async () => {
    const { notices } = ok(await registered(suppliable.map((kind) => ({ ...own, kind }))))
    expect(notices.filter((n) => n.source === 'PARTNER').map((n) => n.kind).toSorted()).toEqual([...suppliable, 'purpose'].toSorted())
  })

  test('of a purpose of before are those of the law', async () => {
    const purpose = ok(await registered())
    await world.db.update(purposes).set({ notices: null }).where(eq(purposes.id, purpose.id))
    expect((await world.consents.loadPurpose(purpose.id))!.notices).toEqual(unstatedNotices('口座のため', 'For the account'))
  })
})

describe('what was shown is what was signed', () => {
  test('their hash is signed, and the API shows them at the purpose, the request and the consent', async () => {
    const consent = await given()
    const { notices } = (await world.consents.loadPurpose(consent.purpose))!
    expect(JSON.parse(consent.document)).toMatchObject({ type: 'Mynagate consent v2', notices: noticeHash(notices) })
    const id = (text: string) => Buffer.from(text).toString('base64url')
    const fields = 'notices { number kind required source textJa textEn }'
    const { data } = await ask(hanako.actor, `query ($r: ID!, $c: ID!) { consentRequest(id: $r) { ${fields} purpose { ${fields} } } consent(id: $c) { ${fields} purpose { ${fields} } } }`, { r: id(consent.request), c: id(consent.id) }, world as never) as { data: Record<string, any> }
    const outside = notices.map((n) => ({ ...n, kind: n.kind.replaceAll('-', '_').toUpperCase() }))
    for (const there of [data['consentRequest'].notices, data['consentRequest'].purpose.notices, data['consent'].notices, data['consent'].purpose.notices]) expect(there).toEqual(outside)
  })

  test('the receipt holds their text and is found out where text, hash or signed hash is another', async () => {
    const consent = await given()
    await seal()
    const { text } = ok(await readReceipt(world, hanako.actor, consent.id))
    expect(verifyReceipt(text, trust())).toMatchObject({ valid: true })
    const receipt = JSON.parse(text)
    expect(receipt.record.piiProcessing.privacyNotice.notices[4]).toMatchObject(own)
    const document = (change: (record: any) => void) => {
      const changed = structuredClone(receipt)
      change(changed.record)
      return verifyReceipt(canonicalJson(changed), trust()).checks.find((c) => c.name === 'document')
    }
    expect(document((r) => { r.piiProcessing.privacyNotice.notices[4].textEn = 'Kept for ever.' })).toMatchObject({ passed: false, why: expect.stringMatching(/: notices$/) })
    expect(document((r) => { r.piiProcessing.privacyNotice.sha256 = 'AA' })).toMatchObject({ passed: false, why: expect.stringMatching(/hash of the notices$/) })
    expect(document((r) => { delete r.piiProcessing.privacyNotice })).toMatchObject({ passed: false })
    expect(document((r) => { r.parties.controller.name = 'x' })).toMatchObject({ passed: false, why: expect.stringMatching(/name of the controller$/) })
  })
})

describe('the record after ISO/IEC TS 27560', () => {
  test('says who controls what, on what ground, how long, where, who else, which rights, how to withdraw, under which law', async () => {
    const consent = await given()
    const record = JSON.parse((await recordFor(world, consent, 'given'))!)
    expect(record.recordMetadata).toMatchObject({ schemaVersion: '3', recordId: consent.id, jurisdiction: 'JP', piiController: bank.partner, piiPrincipalId: expect.stringMatching(/^sha256:[0-9A-F]{64}$/) })
    expect(record.piiProcessing).toMatchObject({
      lawfulBasis: { kind: 'consent', article: expect.stringContaining('第18条第3項') }, jurisdictions: ['JP'], retention: { ja: own.textJa, source: 'PARTNER' },
      piiInformation: [{ piiType: 'name', category: 'identity (氏名)', optional: false, specialCategory: false }, { piiType: 'isAdult', category: 'answer derived from the date of birth', optional: true, specialCategory: false }],
      withdrawalMethod: { acts: expect.arrayContaining(['withdrawConsent']), effective: 'with the next request', desk: { source: 'REGISTER' } }, recipientThirdParties: [{ id: seededPartnerIds.platform, mayKeep: false }],
    })
    expect(record.piiProcessing.rights.map((r: { right: string }) => r.right)).toEqual(['withdrawal', 'access to the log of supplies', 'disclosure and correction', 'complaint'])
    expect(record.piiProcessing.storage).toHaveLength(2)
    expect(record.parties).toMatchObject({ controller: { id: bank.partner, name: '見本銀行', contact: 'bank@partner.example' }, processor: { id: seededPartnerIds.platform }, authority: { name: '個人情報保護委員会' } })
    expect(record.event).toEqual([expect.objectContaining({ state: 'given', by: 'principal', validUntil: expect.stringMatching(/Z$/) })])
    // Nobody's name stands in it: both sides keep the same record.
    expect(JSON.stringify(record)).not.toMatch(/花子|清瀬市|psn_/)
  })

  test('names no third party where the recipient stands in its own right', async () => {
    const consent = await given()
    await world.db.update(standings).set({ endedAt: world.clock.now() }).where(eq(standings.partner, bank.partner))
    ok(await world.standings.grant(actOf(world, 'partner.accredit'), bank.partner, { role: 'signature-verifier', basis: '法第17条第1項', through: null, from: '2026-04-01' as never, until: '2027-03-31' as never, suspended: false }))
    const record = JSON.parse((await recordFor(world, consent, 'given'))!)
    expect([record.piiProcessing.recipientThirdParties, record.parties.processor]).toEqual([[], undefined])
  })
})
