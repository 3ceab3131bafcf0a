/**
 * 券面事項入力補助 AP: My Number and the four attributes, each with its digest in a record signed by the issuer of the
 * card data. Which PIN opens what: 0011 all, 0014 (照合番号A) My Number, 0015 (照合番号B) the attributes.
 */
import { fromHex } from '../apdu.ts'
import { blockedPin, pinFile } from '../pin.ts'
import { cardPublicKey, digestInfo, rsaSign, sha256 } from '../rsa.ts'
import type { Secret } from '../secret.ts'
import { anyOf, concat, free, never, type ElementaryFile } from '../state.ts'
import { padded, readAll, readText, readTlv, text, tlv, u16 } from '../tlv.ts'

export const textEf = { myNumber: 0x01, attributes: 0x02, integrity: 0x03, certificate: 0x04, basic: 0x05, pin: 0x11, key: 0x13, codeA: 0x14, codeB: 0x15 } as const

/** 基本4情報 as the card holds them. */
export interface Attributes {
  readonly name: string
  readonly address: string
  /** YYYYMMDD, Gregorian. */
  readonly birthDate: string
  /** 1 male, 2 female, 9 not applicable, 0 unknown. */
  readonly sex: '1' | '2' | '9' | '0'
}

export interface TextContents {
  readonly attributes: Attributes
  readonly myNumber: string
  readonly codeB: string
  readonly pin: string | null
  readonly tries: { readonly a: number; readonly b: number }
  /** Signs the integrity record. */
  readonly recordKey: Secret
  /** EF 0004. */
  readonly certificate: Uint8Array
  readonly basicKeyId: Uint8Array
  readonly ownKey: Secret
  readonly sessionKey: Secret
}

export function textFiles(c: TextContents): ElementaryFile[] {
  const { pin, codeA, codeB } = textEf
  const myNumber = myNumberFile(c.myNumber)
  const attributes = attributesFile(c.attributes)
  const sign = (data: Uint8Array): Uint8Array => c.recordKey.withKey((k) => rsaSign(k, digestInfo(sha256(data))))
  const any = anyOf(pin, codeA, codeB)
  const ownKey = tlv(0xdf51, cardPublicKey(c.ownKey), true)
  return [
    { type: 'binary', id: 0x01, data: myNumber, read: anyOf(pin, codeA) },
    { type: 'binary', id: 0x02, data: padded(attributes, attributesRoom), read: anyOf(pin, codeB) },
    { type: 'binary', id: 0x03, data: integrityRecord(myNumber, attributes, sign), read: any },
    { type: 'binary', id: 0x04, data: c.certificate, read: free },
    { type: 'binary', id: 0x05, data: padded(basicInformation(c.basicKeyId), 256), read: free },
    { type: 'binary', id: 0x06, data: tlv(0xa1, cardPublicKey(c.sessionKey), true), read: any },
    { type: 'binary', id: 0x07, data: tlv(0xff50, concat(ownKey, tlv(0xdf52, sign(ownKey), true)), true), read: any },
    { type: 'binary', id: 0x08, data: new Uint8Array(16).fill(0xff), read: never },
    pinFile(pin, c.pin, 3, { kind: 'digits', length: 4 }),
    blockedPin(0x12, 3),
    { type: 'key', id: textEf.key, algorithm: 'rsa2048', key: c.ownKey, use: free },
    pinFile(codeA, c.myNumber, c.tries.a, { kind: 'fixed' }),
    pinFile(codeB, c.codeB, c.tries.b, { kind: 'fixed' }),
  ]
}

/** Octets of EF 0002; the real size is not recorded. */
const attributesRoom = 1024

/** `FF10 0C <12 digits>` and two octets of filler, which the digest covers. */
export const myNumberFile = (myNumber: string): Uint8Array => concat(tlv(0xff10, text(myNumber)), Uint8Array.of(0xff, 0xff))

/** `FF20 { DF21 offsets, DF22 name, DF23 address, DF24 birth date, DF25 sex }`, offsets from the start of the file. */
export function attributesFile(a: Attributes): Uint8Array {
  return withOffsets(0xff20, 0xdf21, [tlv(0xdf22, text(a.name)), tlv(0xdf23, text(a.address)), tlv(0xdf24, text(a.birthDate)), tlv(0xdf25, text(a.sex))])
}

/** A template whose first child tells, in two octets each, where every other child starts. */
export function withOffsets(tag: number, tableTag: number, fields: readonly Uint8Array[]): Uint8Array {
  const tableLength = fields.length * 2 + 3
  const body = fields.reduce((n, f) => n + f.length, tableLength)
  let at = (body > 0xff ? 5 : body > 0x7f ? 4 : 3) + tableLength
  const table: Uint8Array[] = []
  for (const f of fields) {
    table.push(u16(at))
    at += f.length
  }
  return tlv(tag, concat(tlv(tableTag, concat(...table)), ...fields))
}

/** Null where the octets are not that file. Filler after it is ignored. */
export function parseAttributes(file: Uint8Array): Attributes | null {
  const outer = readTlv(file)
  const fields = outer?.tag === 0xff20 ? readAll(outer.value) : null
  const field = (tag: number): string | null => {
    const found = fields?.find((t) => t.tag === tag)
    return found === undefined ? null : readText(found.value)
  }
  const name = field(0xdf22)
  const address = field(0xdf23)
  const birthDate = field(0xdf24)
  const sex = field(0xdf25)
  if (name === null || address === null || birthDate === null || !/^\d{8}$/.test(birthDate)) return null
  return sex === '1' || sex === '2' || sex === '9' || sex === '0' ? { name, address, birthDate, sex } : null
}

/** Digest of My Number over the whole file, of the attributes over all after the offset table: 336 octets in all. */
export function integrityRecord(myNumber: Uint8Array, attributes: Uint8Array, sign: (data: Uint8Array) => Uint8Array): Uint8Array {
  const outer = readTlv(attributes)!
  const table = readTlv(outer.value)!
  const signed = concat(tlv(0xdf31, sha256(myNumber)), tlv(0xdf32, sha256(outer.value.subarray(table.end))))
  return tlv(0xff30, concat(signed, tlv(0xdf33, sign(signed), true)), true)
}

/** Version, extended lengths, vendor and option as on cards seen; 32 octets whose meaning is unknown, here zero. */
function basicInformation(keyId: Uint8Array): Uint8Array {
  return tlv(0xff40, concat(tlv(0xdf41, fromHex('01030E01')), tlv(0xdf42, keyId), tlv(0xdf43, padded(new Uint8Array(32), 128), true)), true)
}

const eras: readonly (readonly [string, number])[] = [['2019-05-01', 2018], ['1989-01-08', 1988], ['1926-12-25', 1925], ['1912-07-30', 1911], ['1868-01-25', 1867]]

/** YYMMDD with the year of the Japanese era. Throws RangeError before Meiji. */
export function eraDate(birthDate: string): string {
  const era = eras.find(([from]) => birthDate >= from)
  if (era === undefined) throw new RangeError(`no era for ${birthDate}`)
  const year = Number(birthDate.slice(0, 4)) - era[1]
  return `${String(year).padStart(2, '0')}${birthDate.slice(5, 7)}${birthDate.slice(8, 10)}`
}

/** 照合番号B: birth date in the era, year of expiry, security code. 14 digits. */
export const codeB = (birthDate: string, expiry: string, securityCode: string): string => eraDate(birthDate) + expiry.slice(0, 4) + securityCode
