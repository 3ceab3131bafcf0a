/**
 * BER-TLV as the card uses it (ISO/IEC 7816-4 5.2.2): tags of one or two octets, lengths 0–7F, 81 nn, 82 nnnn.
 * Some files carry lengths that are longer than needed (`82 00 9F`); the reader takes them, and who hashes a file must
 * hash its octets as they are.
 */
import { concat } from './state.ts'

export interface Tlv {
  readonly tag: number
  readonly value: Uint8Array
  /** Position of the tag, and of the first octet after the value, in what was parsed. */
  readonly start: number
  readonly end: number
}

/** `wide`: always `82 hh ll`, as in the basic-information and signature files. */
export function tlv(tag: number, value: Uint8Array, wide = false): Uint8Array {
  const t = tag > 0xff ? [tag >> 8, tag & 0xff] : [tag]
  const n = value.length
  const length = wide || n > 0xff ? [0x82, n >> 8, n & 0xff] : n > 0x7f ? [0x81, n] : [n]
  return concat(Uint8Array.of(...t, ...length), value)
}

/** One TLV at `at`; null where the octets are not one. */
export function readTlv(b: Uint8Array, at = 0): Tlv | null {
  let i = at
  const first = b[i++]
  if (first === undefined || first === 0xff && b[i] === 0xff) return null
  let tag = first
  if ((first & 0x1f) === 0x1f) {
    const second = b[i++]
    if (second === undefined || second > 0x7f) return null
    tag = (first << 8) | second
  }
  let length = b[i++]
  if (length === undefined) return null
  if (length === 0x81) length = b[i++]
  else if (length === 0x82) {
    const hi = b[i++]
    const lo = b[i++]
    length = hi === undefined || lo === undefined ? undefined : (hi << 8) | lo
  } else if (length > 0x7f) return null
  if (length === undefined || i + length > b.length) return null
  return { tag, value: b.subarray(i, i + length), start: at, end: i + length }
}

/** All TLVs of a value, to its last octet; null where something is left over or cut off. */
export function readAll(b: Uint8Array): Tlv[] | null {
  const out: Tlv[] = []
  for (let at = 0; at < b.length; ) {
    const t = readTlv(b, at)
    if (t === null) return null
    out.push(t)
    at = t.end
  }
  return out
}

/** The children of the TLV with that outer tag at the start of a file, by tag; filler after it is ignored. */
export function readTemplate(file: Uint8Array, tag: number): ReadonlyMap<number, Uint8Array> | null {
  const outer = readTlv(file)
  if (outer === null || outer.tag !== tag) return null
  const children = readAll(outer.value)
  return children === null ? null : new Map(children.map((t) => [t.tag, t.value]))
}

const utf8 = new TextEncoder()
export const text = (s: string): Uint8Array => utf8.encode(s)

/** Null where the octets are not UTF-8. */
export function readText(b: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(b)
  } catch {
    return null
  }
}

export const u16 = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 0xff)
export const u32 = (n: number): Uint8Array => Uint8Array.of(n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff)
export const readNumber = (b: Uint8Array): number => b.reduce((n, o) => n * 256 + o, 0)

/** A file of `size` octets: the content, then filler. */
export function padded(content: Uint8Array, size: number, filler = 0xff): Uint8Array {
  const out = new Uint8Array(Math.max(size, content.length)).fill(filler)
  out.set(content)
  return out
}
