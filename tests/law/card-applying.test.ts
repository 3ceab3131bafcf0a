/** Applying for a card, its hand-over to somebody else, and who may read the number on it. */
import { describe, expect, test } from 'vitest'
import { printApplicationForm, specialGrounds, type ApplicationForm, type SpecialSpeed } from '../../core/law/card/application.ts'
import { applyForCard } from '../../core/law/card/card.ts'
import { handOver } from '../../core/law/card/hand-over.ts'
import { municipalityCode, newId } from '../../core/law/ids.ts'
import { myNumberReadings, readMyNumber } from '../../core/law/person/my-number.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import type { Resident, ResidentEvent } from '../../core/law/person/resident.ts'
import { addDays, legalDate, startOf, type LegalDate } from '../../core/law/time.ts'
import { defaultNow as now } from '../harness/world.ts'
import { applicationIn, by, cardIn, counter, holder, key, noteLines, person, random, resident, stage, today, town, type Scene, word } from './card-scene.ts'

describe('番号法 第16条の2: applying', () => {
  const apply = async (scene: Scene, over: Partial<Parameters<typeof applyForCard>[2]> = {}) => {
    const { world, stored } = stage(scene)
    return { result: await applyForCard(world, holder, { person, channel: 'web', idempotencyKey: key, ...over }), stored }
  }
  const code = async (scene: Scene, over: Partial<Parameters<typeof applyForCard>[2]> = {}) => word((await apply(scene, over)).result)
  const printed = async (): Promise<ApplicationForm> => {
    const form = await printApplicationForm(stage({}).world, counter, { person, idempotencyKey: key })
    if (isRefusal(form)) throw new Error(form.code)
    return form
  }

  test('申請書ID: 23 digits; a form is good for the address it was printed for, and for nobody else', async () => {
    const form = await printed()
    expect(form.id).toMatch(/^\d{23}$/)
    const by = { channel: 'qr-form', form: form.id } as const
    expect(await code({ form }, by)).toBe('GO')
    expect(await code({ form: { ...form, address: '見本町2' } }, by)).toBe('FORM_OUTDATED')
    expect(await code({ form: { ...form, municipality: municipalityCode('131016') } }, by)).toBe('FORM_OUTDATED')
    expect([await code({ form: null }, by), await code({ form: { ...form, person: newId('person', now, random) } }, by)]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect([await code({ form }, { channel: 'qr-form' }), await code({ form }, { channel: 'web', form: form.id })]).toEqual(['MALFORMED_INPUT', 'MALFORMED_INPUT'])
  })

  test('help at a support place is kept, its kind in the leaf', async () => {
    const { stored } = await apply({}, { support: { place: 'post-office', name: '見本郵便局' } })
    expect([stored.application?.support, stored.act?.facts]).toEqual([{ place: 'post-office', name: '見本郵便局' }, { channel: 'web', support: 'post-office', special: null }])
  })

  test('カード命令: a photo from one year of age', async () => {
    const born = (birthDate: LegalDate): Resident => ({ ...resident, items: { ...resident.items, birthDate } })
    expect(await code({}, { photo: false })).toBe('PHOTO_MISSING')
    expect((await apply({ resident: born(addDays(today, -300)) }, { photo: false })).stored.application?.photo).toBe(false)
    expect(await code({ resident: born(legalDate('2025-04-01')) }, { photo: false })).toBe('PHOTO_MISSING')
  })

  const special = (ground: SpecialSpeed['ground'], on = addDays(today, -30)): { special: SpecialSpeed } => ({ special: { ground, on } })
  const happened = (kind: ResidentEvent['kind'], occurredOn: LegalDate): ResidentEvent =>
    ({ id: 'rev_1' as ResidentEvent['id'], person, kind, municipality: town, occurredOn, recordedAt: startOf(occurredOn), plannedOn: null, cardPresented: false, continuedUse: false, correction: null })
  const back = (left: ResidentEvent['kind'], on: LegalDate): Scene => ({ history: [happened(left, legalDate('2020-01-01')), happened('move-in', on)] })
  const abroad: Resident = { ...resident, nationality: 'foreign' }
  /** What the register, or the counter, must hold for each ground. */
  const borneOut = (on: LegalDate): Readonly<Record<Exclude<SpecialSpeed['ground'], 'infant'>, Scene>> => ({
    'from-overseas': back('move-overseas', on), 'newly-recorded': back('status-lost', on), 'new-foreign-resident': { ...back('move-overseas', on), resident: abroad },
    lost: { cards: [cardIn('ABOLISHED')] }, 'number-changed': { cards: [cardIn('LAPSED', { end: { ground: 'number-changed', at: now } })] }, 'no-note-space': { cards: [cardIn('ACTIVE')], notes: noteLines }, damaged: { cards: [cardIn('ACTIVE')] }, released: {},
  })
  const atCounter = async (scene: Scene, over: Partial<Parameters<typeof applyForCard>[2]>) => word(await applyForCard(stage(scene).world, counter, { person, channel: 'counter', idempotencyKey: key, ...over }))
  test.each(specialGrounds.filter((g) => g !== 'infant'))('特急発行 %s: within 30 days, and borne out', async (ground) => {
    const ask = (on: LegalDate, scene = borneOut(on)[ground]) => atCounter(scene, special(ground, on))
    expect(await ask(addDays(today, -30))).toBe('GO')
    expect(await ask(addDays(today, -31))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await ask(addDays(today, 1))).toBe('MALFORMED_INPUT')
    if (ground !== 'released') expect(await ask(addDays(today, -30), {})).toBe('SPECIAL_SPEED_UNFOUNDED')
  })

  test('特急発行: what the register says is looked at, event by event; what it cannot know, the counter must have seen', async () => {
    const on = addDays(today, -3)
    for (const [ground, scene] of [['from-overseas', back('move-out', on)], ['from-overseas', back('move-overseas', addDays(on, -1))], ['newly-recorded', back('move-overseas', on)], ['new-foreign-resident', back('move-overseas', on)], ['new-foreign-resident', { ...back('move-out', on), resident: abroad }]] as const)
      expect([ground, await atCounter(scene, special(ground, on))]).toEqual([ground, 'SPECIAL_SPEED_UNFOUNDED'])
    for (const ground of ['damaged', 'released'] as const) expect([ground, await code(borneOut(on)[ground], special(ground, on))]).toEqual([ground, 'SPECIAL_SPEED_UNFOUNDED'])
  })

  test('特急発行: grounds that the register does not bear out', async () => {
    expect(await code({}, special('lost'))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await code({}, special('number-changed'))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await code({ cards: [cardIn('ACTIVE')], notes: noteLines - 1 }, special('no-note-space'))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await code({}, special('infant', resident.items.birthDate))).toBe('SPECIAL_SPEED_UNFOUNDED')
    const infant: Resident = { ...resident, items: { ...resident.items, birthDate: addDays(today, -90) } }
    expect(await code({ resident: infant }, { ...special('infant', addDays(today, -90)), photo: false })).toBe('GO')
  })

  test('who has a card applies for another only in its last three months, or on a ground that replaces it', async () => {
    expect(await code({ cards: [cardIn('ACTIVE')] })).toBe('APPLICATION_OPEN')
    expect(await code({ cards: [cardIn('ACTIVE')], ...back('move-overseas', addDays(today, -30)) }, special('from-overseas'))).toBe('APPLICATION_OPEN')
    expect(await code({ cards: [cardIn('SUSPENDED', { expiresOn: addDays(today, 60) })] })).toBe('GO')
    expect(await code({ cards: [cardIn('MADE', { expiresOn: addDays(today, 60) })] })).toBe('APPLICATION_OPEN')
    expect(await code({ cards: [cardIn('LAPSED'), cardIn('ABOLISHED')] })).toBe('GO')
  })
})

describe('番号法施行令 第13条・公的個人認証法施行規則 第6条第2項・第42条第2項: hand-over to a representative', () => {
  const card = cardIn('MADE')
  const application = applicationIn('NOTICE_SENT', card)
  const good = { relation: 'chosen', reason: 'illness', proof: 'power-of-attorney', documents: ['passport'] } as const
  const hand = async (proxy: Parameters<typeof handOver>[2]['proxy'], pinsSetBy: Parameters<typeof handOver>[2]['pinsSetBy'] = 'representative') =>
    word(await handOver(stage({ cards: [card], application }).world, counter, { application: application.id, documents: ['passport'], pinsSetBy, proxy: proxy ?? null, idempotencyKey: key }))

  test.each([
    ['a chosen one, with a letter of attorney, the holder being ill', good, 'GO', 'officer'],
    ['a chosen one does not set the PINs itself (規則 第6条第2項)', good, 'EVIDENCE_INSUFFICIENT', 'representative'],
    ['a parent of a minor, by the family register', { relation: 'parent', reason: 'minor', proof: 'family-register', documents: ['driving-licence'] }, 'GO', 'representative'],
    ['a guardian, by the register of guardians', { relation: 'guardian', reason: 'under-guardianship', proof: 'guardianship-register', documents: ['passport'] }, 'GO', 'representative'],
    ['without documents of its own', { ...good, documents: ['student-card'] }, 'EVIDENCE_INSUFFICIENT', 'officer'],
    ['a proof of something else', { ...good, proof: 'family-register' }, 'EVIDENCE_INSUFFICIENT', 'officer'],
    ['a reason of somebody else', { ...good, reason: 'minor' }, 'EVIDENCE_INSUFFICIENT', 'officer'],
    ['the holder came: nobody represents it in setting PINs', null, 'EVIDENCE_INSUFFICIENT', 'representative'],
  ] as const)('%s', async (_, proxy, expected, setter) => expect(await hand(proxy, setter)).toBe(expected))

  test('under 15 the legal representative comes and sets the PINs; from the 15th birthday the holder does', async () => {
    const born = (birthDate: LegalDate): Resident => ({ ...resident, items: { ...resident.items, birthDate } })
    const child = async (who: Resident, proxy: Parameters<typeof handOver>[2]['proxy'], pinsSetBy: Parameters<typeof handOver>[2]['pinsSetBy']) =>
      word(await handOver(stage({ cards: [card], application, resident: who }).world, counter, { application: application.id, documents: ['passport'], pinsSetBy, proxy: proxy ?? null, idempotencyKey: key }))
    const ten = born(legalDate('2016-01-05'))
    const parent = { relation: 'parent', reason: 'minor', proof: 'family-register', documents: ['driving-licence'] } as const
    expect([await child(ten, null, 'holder'), await child(ten, good, 'officer'), await child(ten, parent, 'holder')]).toEqual(Array(3).fill('EVIDENCE_INSUFFICIENT'))
    expect(await child(ten, parent, 'representative')).toBe('GO')
    expect([await child(born(legalDate('2011-04-02')), null, 'holder'), await child(born(legalDate('2011-04-01')), null, 'holder')]).toEqual(['EVIDENCE_INSUFFICIENT', 'GO'])
  })

  test('the holder did not set the PINs, who was not there', async () => expect(await hand(good, 'holder')).toBe('EVIDENCE_INSUFFICIENT'))
})

describe('番号法 第9条・第19条: readings of a My Number', () => {
  const card = cardIn('ACTIVE')
  const ask = async (actor: Parameters<typeof readMyNumber>[1], use: Parameters<typeof readMyNumber>[2]['use'], cards = [card]) => {
    const { world, stored } = stage({ cards })
    return { code: word(await readMyNumber(world, actor, { card: card.id, use, outcome: 'READ', idempotencyKey: key })), stored }
  }
  test('an entitled body names a use; the attempt is kept, and nothing of the number', async () => {
    const { code, stored } = await ask(by('municipal', 'my_number'), 'tax')
    expect([code, stored.reading?.result, stored.act?.facts]).toEqual(['GO', 'READ', { use: 'tax', result: 'READ' }])
    expect(Object.keys(stored.reading!).sort()).toEqual(['at', 'body', 'card', 'id', 'officer', 'result', 'use'])
  })

  test.each(['social-security', 'tax', 'disaster', 'ordinance', 'on-behalf'] as const)('the agency is entitled to none: %s is refused, and the refusal kept', async (use) => {
    const { code, stored } = await ask(by('agency', 'my_number'), use)
    expect([code, stored.reading?.result]).toEqual(['LEGAL_USE_MISSING', 'NOT_ENTITLED'])
  })

  test('a card that is not there is refused as one not in use, and the attempt kept without it', async () => {
    const { code, stored } = await ask(by('municipal', 'my_number'), 'tax', [])
    expect([code, stored.reading]).toEqual(['CARD_NOT_USABLE', expect.objectContaining({ card: null, result: 'CARD_NOT_USABLE' })])
  })

  test('a partner, the person and an officer without the scope cannot ask, and cannot tell whether there is a card', async () => {
    const partner = { kind: 'partner', partner: newId('partner', now, random), client: 'c', scopes: new Set(['my_number', 'verify']) } as never
    for (const actor of [partner, holder, counter]) for (const cards of [[card], []]) {
      const { code, stored } = await ask(actor, 'tax', cards)
      expect([code, stored.act]).toEqual(['NOT_PERMITTED', null])
      expect(word(await myNumberReadings(stage({ cards }).world, actor, 10))).toBe('NOT_PERMITTED')
    }
  })
})
