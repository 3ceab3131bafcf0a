/**
 * The checks on the holder's items, on what the bytes say. A finding never repeats a value.
 *
 * @rfc 5280 4.2.1.6
 */
import { Malformed } from './der.ts'
import { characterCount, decodeBirthDate, type HolderItem, type ItemOids } from './holder.ts'
import type { Finding } from './lint.ts'

const section = 'RFC 5280 4.2.1.6'

/** `expected` names the OIDs, so that an item is told by its OID and never by its position. */
export function holderFindings(items: readonly HolderItem[], expected: ItemOids): Finding[] {
  const text = (item: keyof ItemOids): string | undefined => items.find(({ oid }) => oid === expected[item])?.text
  const known = Object.values(expected)
  const wrong: [boolean, string, string][] = [
    [items.some(({ oid }) => !known.includes(oid)), 'holder-unknown', 'an item that the profile does not know'],
    [items.some(({ text: value }) => value === ''), 'holder-empty', 'an item is empty'],
    [(['name', 'sex', 'birthDate', 'address'] as const).some((item) => text(item) === undefined), 'holder-missing', 'name, date of birth, sex and address are all wanted'],
    [text('sex') !== undefined && !/^[123]$/.test(text('sex')!), 'holder-sex', 'sex is 1, 2 or 3'],
    [text('birthDate') !== undefined && !isBirthDate(text('birthDate')!), 'holder-birth-date', 'date of birth is EYYYYMMDD with the era of that day'],
    [!flagsFit(text('nameSubstitutes'), text('name')), 'holder-substitutes', 'one 0 or 1 for each character of the name'],
    [!flagsFit(text('addressSubstitutes'), text('address')), 'holder-substitutes', 'one 0 or 1 for each character of the address'],
    [characterCount(text('address') ?? '') > 200, 'holder-address', 'the address has more than 200 characters'],
    [items.some(({ text: value }) => /\p{Cc}/u.test(value)), 'holder-control', 'a control character in an item'],
  ]
  return wrong.filter(([found]) => found).map(([, code, sentence]) => ({ code, section, text: sentence }))
}

const flagsFit = (flags: string | undefined, text: string | undefined): boolean => flags === undefined || (/^[01]+$/.test(flags) && flags.length === characterCount(text ?? ''))

function isBirthDate(text: string): boolean {
  try {
    decodeBirthDate(text)
    return true
  } catch (error) {
    if (error instanceof Malformed) return false
    throw error
  }
}
