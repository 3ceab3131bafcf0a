/**
 * 共通カード AP, 住基 AP, the GlobalPlatform issuer domain and the data objects of GET DATA. Little is known of their
 * contents: what is not is left out, and the forms of the data objects are this project's reading.
 */
import { fromHex } from '../apdu.ts'
import { pinFile } from '../pin.ts'
import type { Secret } from '../secret.ts'
import { concat, free, never, type Card, type ElementaryFile } from '../state.ts'
import { text } from '../tlv.ts'

export const commonAid = fromHex('D3921000310001010100')
export const jukiAid = fromHex('D3921000310001010401')
export const isdAid = fromHex('A0000001510000')
export const commonEf = { record: 0x01, keyId: 0x02, key: 0x19, pin: 0x1c } as const

/** Record 1 is simple TLV: `01 1C`, 15 digits card number, 5 municipality, 8 expiry. */
export function commonFiles(c: { cardNumber: string; municipality: string; expiry: string; keyId: Uint8Array; key: Secret; pin: string | null }): ElementaryFile[] {
  const record = concat(Uint8Array.of(0x01, 0x1c), text(c.cardNumber + c.municipality + c.expiry.replaceAll('-', '')))
  return [
    { type: 'record', id: commonEf.record, records: [record], read: free, room: null },
    { type: 'binary', id: commonEf.keyId, data: c.keyId, read: free },
    { type: 'key', id: commonEf.key, algorithm: 'rsa2048', key: c.key, use: free },
    pinFile(commonEf.pin, c.pin, 3, { kind: 'digits', length: 4 }),
  ]
}

/** The contents of 0002 on the real card are not known; here sixteen octets that nobody may read. */
export function jukiFiles(pin: string | null): ElementaryFile[] {
  return [
    { type: 'binary', id: 0x02, data: new Uint8Array(16).fill(0xff), read: never },
    pinFile(0x1c, pin, 3, { kind: 'digits', length: 4 }),
  ]
}

/** Card recognition data: GlobalPlatform 2.2 by its object identifiers, nothing more. */
const recognition = fromHex('6617 7315 06072A864886FC6B01 600A06082A864886FC6B0202')

export function dataObjects(c: { atr: Uint8Array; cardNumber: string; municipality: string; expiry: string; keyId: Uint8Array; faceCertificate: Uint8Array; textCertificate: Uint8Array }): Card['objects'] {
  return [
    { tag: 0x0042, value: text('MYNAGATE') },
    { tag: 0x0045, value: text(c.cardNumber) },
    { tag: 0x0066, value: recognition },
    { tag: 0x00f0, value: text(c.municipality) },
    { tag: 0x00f2, value: text(c.expiry.replaceAll('-', '')) },
    { tag: 0x00f7, value: c.keyId },
    { tag: 0x00f8, value: c.faceCertificate },
    { tag: 0x7f21, value: c.textCertificate },
    { tag: 0x5f51, value: c.atr.subarray(1) },
  ]
}
