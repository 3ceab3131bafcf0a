/**
 * Looks for canaries in octets, whatever they are written in: UTF-8, UTF-16 of either order, JSON escapes and percent
 * encoding as they stand; hexadecimal and base64 decoded first, at every alignment, and once more within what came of that.
 */
import { Buffer } from 'node:buffer'
import { canary, marks, valuesOf } from './people.ts'

export interface Find { readonly place: string; readonly value: string; readonly form: string; readonly around: string }

interface Form { readonly name: string; of(text: string): Buffer }
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const escaped = (text: string, digits: (hex: string) => string): Buffer => Buffer.from(Array.from(text, (c) => (c < '\x7f' ? c : `\\u${digits(c.charCodeAt(0).toString(16).padStart(4, '0'))}`)).join(''))
const forms: readonly Form[] = [
  { name: 'UTF-8', of: (text) => Buffer.from(text) }, { name: 'UTF-16LE', of: (text) => Buffer.from(text, 'utf16le') }, { name: 'UTF-16BE', of: utf16be },
  { name: 'JSON escapes', of: (text) => escaped(text, (hex) => hex) }, { name: 'JSON escapes', of: (text) => escaped(text, (hex) => hex.toUpperCase()) },
  { name: 'percent encoding', of: (text) => Buffer.from(encodeURIComponent(text)) }, { name: 'percent encoding', of: (text) => Buffer.from(encodeURIComponent(text).toLowerCase()) },
]
const distinct = <T>(list: readonly T[], key: (item: T) => string): T[] => [...new Map(list.map((item) => [key(item), item])).values()]

export interface Search {
  /** Finds in a piece, which is searched as a whole; not `deep`: octets as they lie on a disk, nothing in them decoded. */
  in(place: string, octets: Buffer, deep?: boolean): Find[]
}

/** How many of one mark are told of one piece. */
const told = 20

export function searchFor(people: number): Search {
  const patterns = distinct(marks.flatMap((mark) => forms.map((form) => ({ mark, form: form.name, octets: form.of(mark) }))), ({ octets }) => octets.toString('hex'))
  const numbers = new Map<string, string>()
  for (let n = 0; n < people; n++) for (const value of valuesOf(canary(n))) if (/^[0-9][-/0-9]+$/.test(value)) numbers.set(value, value)

  function plain(place: string, octets: Buffer, form: string, raw: boolean): Find[] {
    const found: Find[] = []
    for (const pattern of patterns) {
      for (let at = octets.indexOf(pattern.octets), n = 0; at >= 0 && n < told; at = octets.indexOf(pattern.octets, at + 1), n++) {
        found.push({ place, value: pattern.mark, form: `${form}${pattern.form}`, around: around(octets, at) })
      }
    }
    const text = octets.toString('latin1')
    for (const match of text.matchAll(/\d{15,}/g)) for (let i = 0; i + 15 <= match[0].length; i++) if (numbers.has(match[0].slice(i, i + 15))) found.push({ place, value: match[0].slice(i, i + 15), form: `${form}digits`, around: around(octets, match.index) })
    for (const match of text.matchAll(/(?<![0-9A-Za-z-])(?:19|20)\d\d([-/]?)\d\d\1\d\d(?![0-9A-SU-Za-z]|-\d)/g)) if (numbers.has(match[0]) && !(raw && match[1] === '' && amongHex(text, match.index))) found.push({ place, value: match[0], form: `${form}date`, around: around(octets, match.index) })
    return found
  }

  function within(place: string, octets: Buffer, form: string, depth: number, raw = false): Find[] {
    const found = plain(place, octets, form, raw)
    if (octets.includes(0)) {
      found.push(...plain(place, withoutZeros(octets), `${form}without zeros, `, raw).filter(({ form: how }) => /digits|date|UTF-8/.test(how)))
    }
    if (depth === 0) return found
    const text = octets.toString('latin1')
    if (/%[0-9A-Fa-f]{2}/.test(text)) found.push(...plain(place, Buffer.from(text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1'), `${form}percent, `, false))
    const decoded = (of: RegExp, decode: (run: string) => Buffer[]): Buffer => Buffer.concat([...text.matchAll(of)].flatMap(([run]) => decode(run).flatMap((piece) => [piece, Buffer.from('\n')])))
    const hex = decoded(/[0-9a-fA-F]{16,}/g, (run) => [0, 1].map((skip) => Buffer.from(run.slice(skip), 'hex')))
    const base64 = decoded(/[A-Za-z0-9+/_-]{10,}/g, (run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64')))
    if (hex.length > 0) found.push(...within(place, hex, `${form}hex, `, depth - 1))
    if (base64.length > 0) found.push(...within(place, base64, `${form}base64, `, depth - 1))
    return found
  }
  return { in: (place, octets, deep = true) => distinct(within(place, octets, '', deep ? 2 : 0, !deep), (find) => `${find.value} ${find.around}`) }
}

function withoutZeros(octets: Buffer): Buffer {
  const left = Buffer.allocUnsafe(octets.length)
  let n = 0
  for (const octet of octets) if (octet !== 0) left[n++] = octet
  return left.subarray(0, n)
}

/**
 * Eight digits out of a hash. Postgres breaks what it compresses up by an octet of its own after every eighth, so that a group
 * of a hash that happens to be a day stands by itself; there are millions of such groups. Read out of its table each row is searched without this.
 */
const amongHex = (text: string, at: number): boolean =>
  [text.slice(Math.max(0, at - 24), at), text.slice(at + 8, at + 32)].some((side) => (side.match(/[0-9A-F]/g) ?? []).length >= 18)

const around = (octets: Buffer, at: number): string => octets.subarray(Math.max(0, at - 60), at + 60).toString('utf8').replaceAll(/[^\x20-\x7e\u3000-\u9fff]/g, '·')

/** Whose marks stand in a text: the numbers of the people. */
export function whose(text: string): Set<number> {
  const found = new Set<number>()
  for (const [, a, b] of text.matchAll(/(?:麤鱻|龘鱻|鱻龘|麤龘)(.)(.)/gu)) found.add(a!.codePointAt(0)! - 0x5000 + 4_000 * (b!.codePointAt(0)! - 0x6000))
  for (const [, letters] of text.matchAll(/qxzjwvkq([a-j]{5})/gi)) found.add(Number(letters!.toLowerCase().replace(/./g, (c) => String('abcdefghij'.indexOf(c)))))
  return found
}
