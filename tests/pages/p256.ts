/** A certificate whose key lies on P-256, signed by itself: what a card that nobody issued might hold. */
import { generateKeyPairSync, sign } from 'node:crypto'

const length = (n: number): readonly number[] => (n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff])
const tlv = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.from([tag, ...length(content.length)]), content])
}
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const time = (text: string): Uint8Array => tlv(0x17, Buffer.from(text))
const ecdsaWithSha256 = hex('300a06082a8648ce3d040302')

/** @rfc 5280 4.1 */
export function certificateOf(): { readonly certificate: Uint8Array; readonly privateKey: Uint8Array } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = tlv(0x30, tlv(0x31, tlv(0x30, hex('0603550403'), tlv(0x0c, Buffer.from('P-256')))))
  const tbs = tlv(0x30, hex('a003020102'), hex('020101'), ecdsaWithSha256, name, tlv(0x30, time('260101000000Z'), time('360101000000Z')), name, pair.publicKey.export({ format: 'der', type: 'spki' }))
  const signature = sign('sha256', tbs, pair.privateKey)
  const d = pair.privateKey.export({ format: 'jwk' }).d!
  return { certificate: tlv(0x30, tbs, ecdsaWithSha256, tlv(0x03, Uint8Array.of(0), signature)), privateKey: new Uint8Array(Buffer.from(d, 'base64url')) }
}
