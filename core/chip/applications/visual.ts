/**
 * 券面事項確認 AP: what is printed on the card, signed by the issuer of the card data. The birth date (0011) opens the age
 * record, 照合番号B (0012) or A (0013) the face, A alone the image of My Number.
 */
import { fromHex } from '../apdu.ts'
import { drawDigits, drawText } from '../face/glyphs.ts'
import { encodePng } from '../face/png.ts'
import { portrait } from '../face/portrait.ts'
import { pinFile } from '../pin.ts'
import { cardPublicKey, digestInfo, rsaSign, sha256 } from '../rsa.ts'
import type { Secret } from '../secret.ts'
import { anyOf, concat, free, never, type BinaryFile, type ElementaryFile } from '../state.ts'
import { text, tlv } from '../tlv.ts'
import { eraDate, withOffsets, type Attributes } from './text.ts'

export const visualEf = { age: 0x01, face: 0x02, basic: 0x03, certificate: 0x04, myNumber: 0x05, birthDate: 0x11, codeB: 0x12, codeA: 0x13, key: 0x1a } as const

export interface VisualContents {
  readonly attributes: Attributes
  /** YYYY-MM-DD */
  readonly birthDate: string
  readonly expiry: string
  readonly myNumber: string
  readonly codeB: string
  readonly securityCode: string
  readonly municipality: string
  readonly tries: { readonly a: number; readonly b: number }
  readonly recordKey: Secret
  readonly certificate: Uint8Array
  readonly basicKeyId: Uint8Array
  /** The codes encrypted to the issuer, opaque to everyone else: 256 octets. */
  readonly sealedCodes: { readonly keyId: Uint8Array; readonly octets: Uint8Array }
  readonly ownKey: Secret
  /** What the drawn photograph varies with. */
  readonly portraitSeed: Uint8Array
}

/** Default key of the application is 001A; 001C and 001E exist on the real card, contents unknown. */
export function visualFiles(c: VisualContents): ElementaryFile[] {
  const { birthDate, codeA, codeB } = visualEf
  const opaque = (id: number): BinaryFile => ({ type: 'binary', id, data: new Uint8Array(16).fill(0xff), read: never })
  const face = anyOf(codeA, codeB)
  const eightDigits = text(c.attributes.birthDate)
  const key = cardPublicKey(c.ownKey)
  const sign = (data: Uint8Array): Uint8Array => c.recordKey.withKey((k) => rsaSign(k, digestInfo(sha256(data))))
  return [
    { type: 'binary', id: visualEf.age, data: signedTemplate(0xff10, concat(tlv(0xdf11, eightDigits), tlv(0xdf12, key, true)), 0xdf13, sign), read: anyOf(birthDate) },
    { type: 'binary', id: visualEf.face, data: cardFace(c, key), read: face },
    { type: 'binary', id: visualEf.basic, data: basicInformation(c), read: free },
    { type: 'binary', id: visualEf.certificate, data: c.certificate, read: free },
    {
      type: 'binary', id: visualEf.myNumber, read: anyOf(codeA),
      data: signedTemplate(0xff40, concat(tlv(0xdf41, encodePng(drawDigits(c.myNumber))), tlv(0xdf42, key, true)), 0xdf43, sign),
    },
    { type: 'binary', id: 0x06, data: new Uint8Array(16).fill(0xff), read: face },
    pinFile(birthDate, eraDate(c.birthDate), c.tries.b, { kind: 'fixed' }),
    pinFile(codeB, c.codeB, c.tries.b, { kind: 'fixed' }),
    pinFile(codeA, c.myNumber, c.tries.a, { kind: 'fixed' }),
    { type: 'key', id: visualEf.key, algorithm: 'rsa2048', key: c.ownKey, use: free },
    opaque(0x1c), opaque(0x1e),
  ]
}

/** The last child signs all children before it. */
const signedTemplate = (tag: number, children: Uint8Array, signatureTag: number, sign: (data: Uint8Array) => Uint8Array): Uint8Array =>
  tlv(tag, concat(children, tlv(signatureTag, sign(children), true)), true)

/**
 * DF28 signs one DigestInfo of three digests: over DF22–DF24, over the name and address images, over the photograph.
 * Expiry and security code come after it and are not signed.
 */
function cardFace(c: VisualContents, key: Uint8Array): Uint8Array {
  const facts = [tlv(0xdf22, text(c.attributes.birthDate)), tlv(0xdf23, text(c.attributes.sex)), tlv(0xdf24, key, true)]
  const images = [tlv(0xdf25, encodePng(drawText(c.attributes.name, 16))), tlv(0xdf26, encodePng(drawText(c.attributes.address, 20)))]
  const photo = tlv(0xdf27, portrait(c.portraitSeed))
  const digests = concat(sha256(concat(...facts)), sha256(concat(...images)), sha256(photo))
  const threefold = concat(fromHex('3071300D060960864801650304020105000460'), digests)
  const signature = c.recordKey.withKey((k) => rsaSign(k, threefold))
  return withOffsets(0xff20, 0xdf21, [
    ...facts, ...images, photo, tlv(0xdf28, signature, true),
    tlv(0xdf29, text(c.expiry.replaceAll('-', ''))), tlv(0xdf2a, encodePng(drawDigits(c.securityCode))),
  ])
}

function basicInformation(c: VisualContents): Uint8Array {
  return tlv(0xff30, concat(
    tlv(0xdf31, fromHex('06030E01')), tlv(0xdf32, c.basicKeyId), tlv(0xdf33, Uint8Array.of(0)), tlv(0xdf34, text(c.municipality)),
    tlv(0xdf35, concat(c.sealedCodes.keyId, c.sealedCodes.octets), true),
  ), true)
}
