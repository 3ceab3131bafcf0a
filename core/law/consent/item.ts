/**
 * What can be consented to: the four information items, and two questions about them whose answer is yes or no, so that
 * the items stay home. Each has a scope of its own; none opens another.
 *
 * @law 公的個人認証法施行規則 第35条の2第2項 (each item for itself) · 民法 第4条 (adult at 18)
 */
import type { Scope } from '../actor.ts'
import { ageOn, attributeNames, type AttributeName, type FourInformation } from '../person/person.ts'
import type { MunicipalityCode } from '../ids.ts'
import type { LegalDate } from '../time.ts'

export const predicateNames = ['isAdult', 'livesInMunicipality'] as const
export type PredicateName = (typeof predicateNames)[number]
export type ConsentItem = AttributeName | PredicateName

export const isAttribute = (item: ConsentItem): item is AttributeName => (attributeNames as readonly string[]).includes(item)

/** Name, address, birth date, sex, then the questions: the order of every list of items. */
export const inOrder = (items: readonly ConsentItem[]): readonly ConsentItem[] => [...attributeNames, ...predicateNames].filter((name) => items.includes(name))

export const scopeOf: Readonly<Record<ConsentItem, Scope>> = {
  name: 'four_info:name', address: 'four_info:address', birthDate: 'four_info:birth_date', sex: 'four_info:sex', isAdult: 'predicate:is_adult', livesInMunicipality: 'predicate:lives_in_municipality',
}

/** 成年. @law 民法 第4条 */
export const adultAge = 18

/** What is held of a person while a question is answered. */
export interface Held extends FourInformation {
  /** Where the person lived when the certificate was issued, or lives by the record. A change of the address ends the certificate. */
  readonly municipality: MunicipalityCode | null
}

/** `asked` is the municipality that the consent names. */
export const holds: Readonly<Record<PredicateName, (held: Held, asked: MunicipalityCode | null, today: LegalDate) => boolean>> = {
  isAdult: (held, _, today) => ageOn(held.birthDate, today) >= adultAge,
  livesInMunicipality: (held, asked) => asked !== null && held.municipality === asked,
}

/** A municipality is named where, and only where, the question about it is asked. */
export const namesMunicipality = (items: readonly ConsentItem[], municipality: MunicipalityCode | null): boolean => items.includes('livesInMunicipality') === (municipality !== null)
