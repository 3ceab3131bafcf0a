/**
 * Scalars: each parses once into the type that the law means by it, or refuses with a code. Text is taken as it is;
 * names are never normalised.
 */
import { parseIdempotencyKey, parseMunicipalityCode, type IssuerKeyId } from '../core/law/ids.ts'
import { parseApplicationFormId } from '../core/law/card/numbers.ts'
import { isRefusal, refuse, type Result } from '../core/law/refusal.ts'
import { guardText } from '../core/law/text.ts'
import { instant, parseLegalDate, toRfc3339, type Instant } from '../core/law/time.ts'
import { builder } from './builder.ts'
import { unfitValue } from './errors.ts'

/** Octets that one `Bytes` value may carry: more than any certificate or signature, less than the body. */
export const largestBytes = 64 * 1024

function text<T>(parse: (value: string) => Result<T>): (value: unknown) => T {
  return (value) => {
    const parsed = typeof value === 'string' ? parse(value) : refuse('MALFORMED_INPUT')
    if (isRefusal(parsed)) throw unfitValue(parsed)
    return parsed
  }
}
const orMalformed = <T>(parsed: T | null): Result<T> => parsed ?? refuse('MALFORMED_INPUT')

/** Days that leave the law a century to reckon with on either side. */
const years = { first: '1100', last: '9899' } as const
const within = <T>(value: string, parsed: Result<T>): Result<T> => (isRefusal(parsed) || (value.slice(0, 4) >= years.first && value.slice(0, 4) <= years.last) ? parsed : refuse('MALFORMED_INPUT'))

builder.scalarType('Date', {
  description: 'A calendar day in Japan, YYYY-MM-DD, of the years 1100 to 9899. A right that ends on a day lasts until 23:59:59 of that day (UTC+9).',
  serialize: (day) => day, parseValue: text((value) => within(value, parseLegalDate(value))),
})

builder.scalarType('DateTime', {
  description: 'An instant, RFC 3339, e.g. 2026-04-01T09:00:00+09:00, of the years 1100 to 9899. Answers are in UTC.',
  serialize: (at) => toRfc3339(instant(at)), parseValue: text((value) => within(value, orMalformed(parseInstant(value)))),
})

builder.scalarType('Bytes', {
  description: 'Octets in base64 (RFC 4648 §4, padded). At most 64 KiB.',
  serialize: (bytes) => Buffer.from(bytes).toString('base64'), parseValue: text((value) => orMalformed(parseBytes(value))),
})

builder.scalarType('MunicipalityCode', {
  description: '全国地方公共団体コード: six digits, the last a check digit.',
  serialize: (code) => code, parseValue: text((value) => orMalformed(parseMunicipalityCode(value))),
})

builder.scalarType('IdempotencyKey', {
  description: 'Chosen by the client, 8–200 visible ASCII characters, once per act. The same key with the same input answers with the same thing; with other input it is refused.',
  serialize: (key) => key, parseValue: text((value) => orMalformed(parseIdempotencyKey(value))),
})

builder.scalarType('ApplicationFormId', {
  description: '申請書ID: 23 half-width digits, as in the QR code of the form.',
  serialize: (id) => id, parseValue: text((value) => orMalformed(parseApplicationFormId(value))),
})

builder.scalarType('KeyId', {
  description: 'SHA-1 of the public key of a certification authority, 40 upper-case hex digits. Generations of an authority share a name; only the key tells them apart.',
  serialize: (id) => id, parseValue: text((value) => (/^[0-9A-F]{40}$/.test(value) ? (value as IssuerKeyId) : refuse('MALFORMED_INPUT'))),
})

builder.scalarType('LogSize', {
  description: 'How many acts a log holds, or a place in it: decimal digits in a text, because it outgrows an Int.',
  serialize: (size) => size.toString(), parseValue: text((value) => (/^(0|[1-9]\d{0,17})$/.test(value) ? BigInt(value) : refuse('MALFORMED_INPUT'))),
})

builder.scalarType('Text', {
  description: 'One line of well-formed Unicode, 1–200 characters, no private-use characters (外字). Taken as it is, never repaired.',
  serialize: (value) => value, parseValue: text((value) => guardText(value, { max: 200 })),
})

builder.scalarType('LongText', {
  description: 'Well-formed Unicode with line breaks, 1–4,000 characters, no private-use characters (外字). Taken as it is, never repaired.',
  serialize: (value) => value, parseValue: text((value) => guardText(value, { max: 4_000, multiline: true })),
})

/** @rfc 3339 5.6; no leap seconds, and the day must exist. */
export function parseInstant(value: string): Instant | null {
  const match = /^([1-9]\d{3}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,3})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/.exec(value)
  if (match === null || isRefusal(parseLegalDate(match[1]!))) return null
  const ms = Date.parse(value)
  return Number.isSafeInteger(ms) ? instant(ms) : null
}

/** Strict: one text for each sequence of octets. */
export function parseBytes(value: string): Uint8Array | null {
  if (value.length > Math.ceil(largestBytes / 3) * 4) return null
  const bytes = new Uint8Array(Buffer.from(value, 'base64'))
  return Buffer.from(bytes).toString('base64') === value ? bytes : null
}
