/**
 * 共通カード AP, 住基 AP and the data objects of GET DATA (power-on state and GlobalPlatform issuer domain). Little is
 * known of their contents; what is not known is left out or unreadable.
 */
import { fromHex } from '../apdu.ts'
import { pinFile } from '../pin.ts'
import type { CardCertificates } from '../records.ts'
import type { Secret } from '../secret.ts'
import { concat, free, type Card, type ElementaryFile } from '../state.ts'
import { readTlv, text } from '../tlv.ts'

export const commonEf = { record: 0x01, keyId: 0x02, key: 0x19, pin: 0x1c } as const

/** Record 1 is simple TLV: `01 1C`, 15 digits card number, 5 municipality, 8 expiry. */
export function commonFiles(c: { cardNumber: string; municipality: string; expiry: string; keyId: Uint8Array; key: Secret; pin: string | null }): ElementaryFile[] {
  const record = concat(Uint8Array.of(0x01, 0x1c), text(c.cardNumber + c.municipality + c.expiry.replaceAll('-', '')))
  return [
    { type: 'record', id: commonEf.record, records: [record], read: free, room: null },
    keyReference(c.keyId),
    { type: 'key', id: commonEf.key, algorithm: 'rsa2048', key: c.key, use: free },
    pinFile(commonEf.pin, c.pin, 3, { kind: 'digits', length: 4 }),
  ]
}

/** 0002 holds the same key reference as in the common application. */
export function jukiFiles(keyId: Uint8Array, pin: string | null): ElementaryFile[] {
  return [keyReference(keyId), pinFile(0x1c, pin, 3, { kind: 'digits', length: 4 })]
}

const keyReference = (keyId: Uint8Array): ElementaryFile =>
  ({ type: 'record', id: commonEf.keyId, records: [concat(Uint8Array.of(0x01, 0x10), keyId)], read: free, room: null })

/** Card recognition data: GlobalPlatform 2.2 by its object identifiers, nothing more. */
const recognition = fromHex('7315 06072A864886FC6B01 600A06082A864886FC6B0202')

export interface ObjectContents {
  readonly atr: Uint8Array
  readonly cardNumber: string
  readonly municipality: string
  readonly expiry: string
  /** Key id that stands for the issuer. */
  readonly issuer: Uint8Array
  readonly certificates: CardCertificates
}

/** The contents of each object, without its tag, as the card answers. 5F51 answers in applications too. */
export function dataObjects(c: ObjectContents): Card['objects'] {
  return [
    { tag: 0x0042, value: c.issuer },
    { tag: 0x0045, value: text(c.cardNumber) },
    { tag: 0x0066, value: recognition },
    { tag: 0x00f0, value: text(c.municipality) },
    { tag: 0x00f2, value: text(c.expiry.replaceAll('-', '')) },
    { tag: 0x00f7, value: c.certificates.intermediate },
    { tag: 0x00f8, value: readTlv(c.certificates.upper)!.value },
    { tag: 0x7f21, value: readTlv(c.certificates.lower)!.value },
    { tag: contactAtrTag, value: c.atr.subarray(1) },
  ]
}
export const contactAtrTag = 0x5f51
