/** What goes out under a consent: questions that leave the items at home, releases to the partner's key, records that the gateway signs. */
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRelease } from '../../client/release.ts'
import { withdrawConsent, type Consent } from '../../core/law/consent/consent.ts'
import { releaseEncrypted } from '../../core/law/consent/encrypted.ts'
import { answerPredicate } from '../../core/law/consent/predicate.ts'
import { readReceipt } from '../../core/law/consent/receipt.ts'
import { recordFor } from '../../core/law/consent/record.ts'
import { sealReceipts } from '../../core/law/consent/seal.ts'
import { registerKey } from '../../core/law/partner/key.ts'
import { completesAgeOn } from '../../core/law/person/person.ts'
import { addDays, endOf, legalDate, startOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { accessLog } from '../../db/tables/consents.ts'
import { encryptTo } from '../../functions/environment/encrypt.ts'
import { verifyReceipt } from '../../client/receipt.ts'
import { signerNamed } from '../harness/world.ts'
import { key, partner } from '../law/holder.ts'
import { ok, outcome } from '../db/rows.ts'
import { another, asking, bank, closeScene, given, hanako, openScene, purposeOf, released, world } from './chain-scene.ts'

beforeEach(openScene)
afterEach(closeScene)

describe('questions that leave the items at home', () => {
  const home = () => world.persona('hanako').resident.municipality!
  const ask = (consent: string, predicate: 'isAdult' | 'livesInMunicipality', municipality: string | null, client = bank) => answerPredicate(world, client, { consent, requestId: 'q', predicate, municipality: municipality as never })

  test('are consented to by their own name and answered with yes or no; no value leaves, none is logged', async () => {
    const consent = await given(['isAdult', 'livesInMunicipality'], { municipality: home() })
    expect(JSON.parse(consent.document)).toMatchObject({ items: ['isAdult', 'livesInMunicipality'], municipality: home() })
    const adult = ok(await ask(consent.id, 'isAdult', null))
    expect(adult).toMatchObject({ holds: true, source: 'CERTIFICATE', freshness: 'CURRENT' })
    expect(JSON.stringify(adult)).not.toMatch(/花子|清瀬市|1990-04-15/)
    world.clock.advance(1000)
    expect(ok(await ask(consent.id, 'livesInMunicipality', home())).holds).toBe(true)
    expect((await world.releases.ofPerson(hanako.actor.person, 9)).map((e) => [e.outcome, e.items])).toEqual([['RELEASED', ['livesInMunicipality']], ['RELEASED', ['isAdult']]])
    expect(JSON.stringify(await world.db.execute(sql`select * from access_log`))).not.toMatch(/花子|清瀬市|1990-04-15/)
    // The items themselves were not consented to.
    expect(outcome(await released(consent))).toBe('CONSENT_NOT_IN_FORCE')
  })

  test('no other municipality than the one consented to can be asked about', async () => {
    const consent = await given(['livesInMunicipality'], { municipality: home() })
    for (const other of ['011002', '131016', null]) expect(outcome(await ask(consent.id, 'livesInMunicipality', other))).toBe('CONSENT_NOT_IN_FORCE')
    const elsewhere = await given(['livesInMunicipality'], { municipality: '131016' as never }).catch((error: unknown) => error)
    expect(elsewhere instanceof Error ? elsewhere.message : ok(await ask((elsewhere as Consent).id, 'livesInMunicipality', '131016')).holds).toSatisfy((x: unknown) => x === false || /municipality/.test(String(x)))
  })

  test('an item does not answer a question, a question no other, and each needs its scope', async () => {
    const items = await given(['birthDate', 'address'])
    expect([outcome(await ask(items.id, 'isAdult', null)), outcome(await ask(items.id, 'livesInMunicipality', home()))]).toEqual(['CONSENT_NOT_IN_FORCE', 'CONSENT_NOT_IN_FORCE'])
    const adult = await given(['isAdult'])
    expect(outcome(await ask(adult.id, 'livesInMunicipality', home()))).toBe('CONSENT_NOT_IN_FORCE')
    expect(await ask(adult.id, 'isAdult', null, partner(seededPartnerIds.bank, 'consent', 'four_info:birth_date'))).toMatchObject({ code: 'NOT_PERMITTED', field: 'scope predicate:is_adult' })
    expect(outcome(await ask(adult.id, 'isAdult', null, another))).toBe('CONSENT_NOT_IN_FORCE')
  })

  test.each([[['livesInMunicipality'], null], [['name'], '132217']] as const)('a municipality is named where, and only where, it is asked about: %j %s', async (required, municipality) => {
    expect(await asking({ purpose: (await purposeOf()).id, required, municipality: municipality as never })).toMatchObject({ code: 'MALFORMED_INPUT', field: 'municipality' })
  })

  test('the day one is of age (民法 第4条), from its first moment', async () => {
    const consent = await given(['isAdult'])
    const last = completesAgeOn(world.persona('hanako').resident.items.birthDate, 18)
    const standing = { role: 'signature-verifier', basis: '法第17条第1項', through: null, from: legalDate('1990-01-01'), until: legalDate('2099-01-01'), suspended: false } as const
    const look = async () => ({ partner: { ...(await world.partners.load(bank.partner))!, standings: [standing] }, consent: { ...consent, from: 0 as never }, certificate: hanako.signature })
    const on = async (at: number) => ok(await answerPredicate({ ...world, clock: { now: () => at as never }, releases: { ...world.releases, look, release: async () => ({ ...hanako.signature.items!, municipality: home() }) } }, bank, { consent: consent.id, requestId: 'q', predicate: 'isAdult', municipality: null })).holds
    expect([await on(endOf(last)), await on(startOf(addDays(last, 1)))]).toEqual([false, true])
  })
})

describe('released to the partner’s key', () => {
  const keyOf = async (alg: 'ECDH-ES' | 'RSA-OAEP-256', kid: string): Promise<{ readonly own: JWK; readonly shown: string }> => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, crv: 'P-256' })
    return { own: { ...(await exportJWK(privateKey)), alg }, shown: JSON.stringify({ ...(await exportJWK(publicKey)), alg, kid, use: 'enc' }) }
  }
  test.each(['ECDH-ES', 'RSA-OAEP-256'] as const)('%s: only the partner opens it, and it holds exactly the consented items', async (alg) => {
    const consent = await given(['name', 'isAdult'])
    const { own, shown } = await keyOf(alg, 'k1')
    ok(await registerKey(world, bank, { jwk: shown, jwksUri: null, idempotencyKey: key() }))
    const answer = ok(await releaseEncrypted(world, bank, { consent: consent.id, requestId: 'e' }, encryptTo))
    expect(JSON.stringify(answer)).not.toMatch(/花子/)
    expect(answer).toMatchObject({ kid: 'k1', entry: { items: ['name'], outcome: 'RELEASED' } })
    expect(await openRelease(answer.jwe, own)).toEqual({ release: answer.entry.id, consent: consent.id, items: ['name'], values: { name: '青空　花子' }, freshness: 'CURRENT', asOf: expect.stringMatching(/Z$/) as string, source: 'CERTIFICATE', facts: [{ item: 'name', asOf: expect.stringMatching(/Z$/) as string, source: 'CERTIFICATE', checkedBy: 'REGISTER', checkedAt: expect.stringMatching(/Z$/) as string, sourceUpdatedAt: expect.stringMatching(/Z$/) as string }] })
    await expect(openRelease(answer.jwe, (await keyOf(alg, 'x')).own)).rejects.toThrow()
    await expect(openRelease(`${answer.jwe.slice(0, -2)}AA`, own)).rejects.toThrow()
    expect(await world.db.$count(accessLog, eq(accessLog.requestId, 'e'))).toBe(1)
  })

  test('without a key nothing is read, and the person sees that it was asked', async () => {
    const consent = await given(['name'])
    expect(outcome(await releaseEncrypted({ ...world, releases: { ...world.releases, release: () => Promise.reject(new Error('read')) } }, bank, { consent: consent.id, requestId: 'e' }, encryptTo))).toBe('NO_ENCRYPTION_KEY')
    expect((await world.releases.ofPerson(hanako.actor.person, 1))[0]).toMatchObject({ outcome: 'NO_ENCRYPTION_KEY', requestId: 'e' })
    // Nor does it tell whether a consent is there.
    expect(outcome(await releaseEncrypted(world, bank, { consent: 'cns_0', requestId: 'e' }, encryptTo))).toBe('CONSENT_NOT_IN_FORCE')
  })
})

describe('the gateway’s signature', () => {
  const signer = signerNamed('card-orders')
  const seal = (over: { limit?: number; sign?: typeof signer.sign } = {}) => sealReceipts({ clock: world.clock, seals: world.seals, receiptSigner: { ...signer, ...(over.sign === undefined ? {} : { sign: over.sign }) } }, (consent, event) => recordFor(world, consent, event), over.limit ?? 10)
  const trust = () => ({ authorities: [world.authorities.current('signature').certificate.der], gateway: [signer.spki] })

  test('one for the giving, one for the end; the receipt is that of how it stands', async () => {
    const consent = await given(['name'])
    expect(ok(await readReceipt(world, hanako.actor, consent.id)).sealed).toBe(false)
    expect([await seal(), await seal()]).toEqual([1, 0])
    const receipt = ok(await readReceipt(world, hanako.actor, consent.id))
    expect(receipt.sealed).toBe(true)
    expect(verifyReceipt(receipt.text, trust()).checks.filter((c) => !c.passed)).toEqual([])
    expect(verifyReceipt(ok(await readReceipt(world, bank, consent.id)).text, trust()).valid).toBe(true)
    ok(await withdrawConsent(world, bank, { consent: consent.id, idempotencyKey: key() }))
    expect(ok(await readReceipt(world, hanako.actor, consent.id)).sealed).toBe(false)
    expect(await seal()).toBe(1)
    const ended = ok(await readReceipt(world, hanako.actor, consent.id)).text
    expect([verifyReceipt(ended, trust()).valid, (JSON.parse(ended) as { record: { event: unknown[] } }).record.event]).toEqual([true, [expect.objectContaining({ state: 'given' }), expect.objectContaining({ state: 'withdrawn' })]])
    // What was signed first stays good.
    expect(verifyReceipt(receipt.text, trust()).valid).toBe(true)
  })

  test('what is asked of the key was written down first, and a round that dies is gone on with over the same text', async () => {
    const consent = await given(['name'])
    const asked: string[] = []
    await expect(seal({ sign: async (tbs) => { asked.push(Buffer.from(tbs).toString()); throw new Error('away') } })).rejects.toThrow('away')
    expect((await world.seals.of(consent.id)).map((s) => [s.record === asked[0], s.signature])).toEqual([[true, null]])
    expect(await seal({ sign: async (tbs) => { asked.push(Buffer.from(tbs).toString()); return signer.sign(tbs) } })).toBe(1)
    expect(new Set(asked).size).toBe(1)
    const [tally] = (await world.ledger.tally(0 as never)).filter((t) => t.key === 'receipt')
    expect(tally).toMatchObject({ stored: 1 })
  })

  test('given and ended between two rounds: both are signed, each as it was', async () => {
    const consent = await given(['name'])
    ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() }))
    expect(await seal()).toBe(2)
    expect((await world.seals.of(consent.id)).toSorted((a, b) => (a.event < b.event ? 1 : -1)).map((s) => [s.event, (JSON.parse(s.record) as { event: unknown[] }).event.length])).toEqual([['given', 1], ['ended', 2]])
  })

  test('no record holds a value of the person', async () => {
    const consent = await given(['name', 'address', 'birthDate'])
    await seal()
    const [s] = await world.seals.of(consent.id)
    for (const value of ['花子', '清瀬市', '1990-04-15', Buffer.from('清瀬市').toString('hex').toUpperCase()]) expect(s!.record).not.toContain(value)
  })
})
