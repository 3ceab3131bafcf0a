/** A partner that asks, and a holder who answers with the card, in a world that each test has to itself. */
import type { Scope } from '../../core/law/actor.ts'
import { draftConsent, giveConsent, type Consent, type ConsentChoice } from '../../core/law/consent/consent.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import { registerPurpose, requestConsent, type RequestInput } from '../../core/law/consent/purpose.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { dayOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { holder, key, partner, sha256, signText, type Holder } from '../law/holder.ts'
import { ok } from '../db/rows.ts'

const all: Scope[] = ['consent', 'four_info:name', 'four_info:address', 'four_info:birth_date', 'four_info:sex', 'predicate:is_adult', 'predicate:lives_in_municipality']
export const bank = partner(seededPartnerIds.bank, ...all)
export const another = partner(seededPartnerIds.platform, ...all)
export let world: TestWorld
export let hanako: Holder
/** Before each test. */
export async function openScene(): Promise<void> {
  world = await testWorld()
  hanako = await holder(world)
}
export const closeScene = (): Promise<void> => world.close()

export const purposeOf = async (items: readonly ConsentItem[] = ['name', 'address', 'birthDate', 'isAdult', 'livesInMunicipality'], over: Partial<Parameters<typeof registerPurpose>[2]> = {}) =>
  ok(await registerPurpose(world, bank, { name: '口座', textJa: '口座のため', textEn: 'For the account', items, until: null, minors: 'from-15', idempotencyKey: key(), ...over }))
export const asking = (over: Partial<RequestInput>) => requestConsent(world, bank, { purpose: 'pur_0' as never, action: 'CREATE', grant: null, required: [], optional: [], municipality: null, idempotencyKey: key(), ...over })
export async function give(choice: ConsentChoice, by: Holder = hanako): Promise<Result<Consent>> {
  const text = await draftConsent(world, by.actor, choice)
  return isRefusal(text) ? text : giveConsent(world, by.actor, { ...choice, certificate: by.signature.der, signature: signText(by.keys.signature, text), idempotencyKey: key() }, sha256)
}
export const given = async (items: readonly ConsentItem[], over: Partial<RequestInput> = {}): Promise<Consent> => {
  const request = ok(await asking({ purpose: (await purposeOf()).id, required: items, ...over }))
  return ok(await give({ request: request.id, items, chosenUntil: null }))
}
export const released = (consent: Consent, client = bank) => releaseFourInformation(world, client, { consent: consent.id, requestId: 'r' })
export const day = () => dayOf(world.clock.now())
