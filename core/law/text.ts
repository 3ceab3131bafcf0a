/**
 * The guard for every text from outside: well-formed Unicode, no U+0000, no noncharacters, within its length. A text is
 * taken as it is or refused; nothing is normalised, trimmed or repaired, least of all the name of a person.
 */
import { refuse, type Result } from './refusal.ts'

export interface TextLimits {
  /** Most code points. */
  readonly max: number
  /** Fewest code points; 1 where absent. */
  readonly min?: number
  /** Whether private-use characters (外字) are taken. They mean nothing outside their font: refused by default. */
  readonly privateUse?: boolean
  /** Whether line breaks and tabs are taken. */
  readonly multiline?: boolean
}

export function guardText(value: string, limits: TextLimits, field = 'text'): Result<string> {
  if (!value.isWellFormed()) return refuse('ILL_FORMED_TEXT', { field })
  const length = codePoints(value)
  if (length > limits.max || length < (limits.min ?? 1)) return refuse('ILL_FORMED_TEXT', { field, state: 'length' })
  for (const character of value) {
    const c = character.codePointAt(0)!
    const control = c < 0x20 || (c >= 0x7f && c < 0xa0)
    if (control && !(limits.multiline === true && (c === 0x0a || c === 0x09))) return refuse('ILL_FORMED_TEXT', { field, state: 'control' })
    if ((c & 0xfffe) === 0xfffe || (c >= 0xfdd0 && c <= 0xfdef)) return refuse('ILL_FORMED_TEXT', { field, state: 'noncharacter' })
    if (limits.privateUse !== true && isPrivateUse(c)) return refuse('ILL_FORMED_TEXT', { field, state: 'private-use' })
    // Overrides of writing direction can make one name look like another.
    if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) return refuse('ILL_FORMED_TEXT', { field, state: 'direction' })
  }
  return value
}

const isPrivateUse = (c: number): boolean => (c >= 0xe000 && c <= 0xf8ff) || (c >= 0xf0000 && c <= 0xffffd) || (c >= 0x100000 && c <= 0x10fffd)

/** Code points, surrogate pairs as one. */
export function codePoints(value: string): number {
  let n = 0
  for (const _ of value) n++
  return n
}

/** Characters as substitute flags count them: a variation selector belongs to the character before it. */
export function characters(value: string): number {
  let n = 0
  for (const character of value) if (!isVariationSelector(character.codePointAt(0)!)) n++
  return n
}

const isVariationSelector = (c: number): boolean => (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef)
