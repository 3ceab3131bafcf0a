/**
 * The guard for every text from outside: well-formed Unicode, no U+0000, no noncharacters, within its length. A text is
 * taken as it is or refused; nothing is normalised, trimmed or repaired, least of all the name of a person: NFC alone
 * would change the character of a name (U+FA10 塚 → U+585A 塚).
 */
import { refuse, type Result } from './refusal.ts'

export interface TextLimits {
  /** Most code points. */
  readonly max: number
  /** Fewest code points; 1 where absent. */
  readonly min?: number
  /** Most characters as a reader counts them (grapheme clusters); no limit of its own where absent. */
  readonly maxGraphemes?: number
  /** Whether private-use characters (外字) are taken. They mean nothing outside their font: refused by default. */
  readonly privateUse?: boolean
  /** Whether line breaks and tabs are taken. */
  readonly multiline?: boolean
}

/** Why a text was refused; the `state` of the refusal. */
export type TextFault = 'surrogate' | 'length' | 'control' | 'noncharacter' | 'private-use' | 'direction' | 'invisible' | 'variation-selector'

export function guardText(value: string, limits: TextLimits, field = 'text'): Result<string> {
  const fault = faultOf(value, limits)
  return fault === null ? value : refuse('ILL_FORMED_TEXT', { field, state: fault })
}

function faultOf(value: string, limits: TextLimits): TextFault | null {
  if (!value.isWellFormed()) return 'surrogate'
  const length = codePoints(value)
  if (length > limits.max || length < (limits.min ?? 1)) return 'length'
  let first = true
  for (const character of value) {
    const c = character.codePointAt(0)!
    const fault = faultOfCodePoint(c, limits)
    if (fault !== null) return fault
    if (first && isVariationSelector(c)) return 'variation-selector'
    first = false
  }
  return limits.maxGraphemes !== undefined && graphemes(value) > limits.maxGraphemes ? 'length' : null
}

function faultOfCodePoint(c: number, limits: TextLimits): TextFault | null {
  const breaks = c === 0x0a || c === 0x09
  if ((c < 0x20 || (c >= 0x7f && c < 0xa0) || c === 0x2028 || c === 0x2029) && !(limits.multiline === true && breaks)) return 'control'
  if ((c & 0xfffe) === 0xfffe || (c >= 0xfdd0 && c <= 0xfdef)) return 'noncharacter'
  if (limits.privateUse !== true && isPrivateUse(c)) return 'private-use'
  // Marks, embeddings, overrides and isolates of writing direction can make one name look like another.
  if (c === 0x061c || c === 0x200e || c === 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) return 'direction'
  // A byte order mark or a tag character is never seen and never belongs to a name.
  if (c === 0xfeff || (c >= 0xe0000 && c <= 0xe007f)) return 'invisible'
  return null
}

const isPrivateUse = (c: number): boolean => (c >= 0xe000 && c <= 0xf8ff) || (c >= 0xf0000 && c <= 0xffffd) || (c >= 0x100000 && c <= 0x10fffd)

/** Code points, surrogate pairs as one. */
export function codePoints(value: string): number {
  let n = 0
  for (const _ of value) n++
  return n
}

/** Made when first asked for: it loads tables that most doors never need. */
let segmenter: Intl.Segmenter | null = null

/** Characters as a reader counts them: 辻󠄀 (a base and a variation selector, three code units) is one. */
export function graphemes(value: string): number {
  let n = 0
  segmenter ??= new Intl.Segmenter('ja', { granularity: 'grapheme' })
  for (const _ of segmenter.segment(value)) n++
  return n
}

/** Characters as substitute flags count them: a variation selector belongs to the character before it. */
export function characters(value: string): number {
  let n = 0
  for (const character of value) if (!isVariationSelector(character.codePointAt(0)!)) n++
  return n
}

const isVariationSelector = (c: number): boolean => (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef)
