/**
 * Between the notice of a move (転出届・国外転出届) and the day of it. The record stays where it is until the announced day
 * comes; then it is deleted, and who moved overseas stands in the annex of the family register (戸籍の附票). Which day it is
 * decides, not whether anybody wrote it down meanwhile: every reader asks for the register as of an instant.
 *
 * @law 住民基本台帳法 第17条・第24条 · 公的個人認証法 第3条の2・第7条第2項・第12条・第22条の2 · 番号法 第17条第10項
 */
import { continuedUseFrom } from '../card/lapse.ts'
import type { MunicipalityCode, PersonId } from '../ids.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { characters } from '../text.ts'
import { dayOf, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'
import { wareki } from './era.ts'
import { sameItems, type FourInformation } from './person.ts'
import type { Resident } from './resident.ts'

/** In force from the notice until a move-in or its cancellation (転出取消), also after the day has come. */
export interface Departure {
  readonly to: 'MOVING' | 'OVERSEAS'
  /** 転出予定年月日 */
  readonly on: LegalDate
  /** Where the notice was given: it keeps the removed record and stands here for the municipality of the annex (附票管理市町村). */
  readonly from: MunicipalityCode
  /** 国外継続利用 */
  readonly continuedUse: boolean
}

/** 日本国民かどうか: continued use overseas is for nationals; a foreign resident's card may end with the stay. */
export const nationalities = ['japanese', 'foreign'] as const
export type Nationality = (typeof nationalities)[number]

/** The record as it stands on that day. */
export function residentOn(resident: Resident, day: LegalDate): Resident {
  const { departure, state } = resident
  return departure !== null && state === 'RESIDENT' && day >= departure.on ? { ...resident, state: departure.to, municipality: null } : resident
}

/** The record as it stands now. */
export async function residentNow(world: Uses<'clock' | 'residents'>, person: PersonId): Promise<Resident | null> {
  const resident = await world.residents.load(person)
  return resident === null ? null : residentOn(resident, dayOf(world.clock.now()))
}

/** Through whom certificates are applied for: the municipality of residence, or, overseas with continued use, that of the annex. @law 公的個人認証法 第3条の2・第22条の2 */
export function registryOf({ municipality, state, departure }: Resident): MunicipalityCode | null {
  return municipality ?? (state === 'OVERSEAS' && departure?.continuedUse === true ? departure.from : null)
}

/** Who records what is still to be recorded: the municipality of residence, or the one that keeps the removed record or the annex. */
export const keeperOf = ({ municipality, departure }: Resident): MunicipalityCode | null => municipality ?? departure?.from ?? null

/**
 * The items as a certificate bears them. From the notice of a departure with continued use on, the address is the fact and
 * the announced day, so that the departure itself changes nothing in it; how the real one is worded is not public.
 * @law 公的個人認証法 第7条第1項第3号・第2項
 */
export function certificateItems({ items, departure, state }: Resident): FourInformation {
  if (departure === null || departure.to !== 'OVERSEAS' || !departure.continuedUse || (state !== 'RESIDENT' && state !== 'OVERSEAS')) return items
  const address = `国外転出（予定年月日　${wareki(departure.on)}）`
  return { ...items, address, addressSubstitutes: '0'.repeat(characters(address)) }
}

/** One in a phone bears what its parent bears, and ends with it: there the address of before the notice will do. */
export const bears = (resident: Resident, items: FourInformation, inPhone: boolean): boolean => sameItems(certificateItems(resident), items) || (inPhone && sameItems(resident.items, items))

/** 国外継続利用: nationals only, since 2024-05-27, and done by the day before the departure. */
export function continuedUseRefused({ nationality }: Resident, leaves: LegalDate, today: LegalDate): Refusal | null {
  const no = (state: string): Refusal => refuse('CONTINUED_USE_NOT_POSSIBLE', { state })
  if (nationality !== 'japanese') return no('not a Japanese national')
  if (leaves < continuedUseFrom) return no('not yet in force')
  return today < leaves ? null : no('the day of departure has come')
}
