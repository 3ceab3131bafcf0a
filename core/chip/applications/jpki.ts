/**
 * 公的個人認証 AP: the two certificates with their CA certificates, the token information, the two keys and their PINs.
 * Certificate files are longer than the certificate; size and filler of the real files are not recorded, these are ours.
 */
import { anyOf, concat, free, never, type BinaryFile, type CertificateKind, type ElementaryFile, type KeyAlgorithm } from '../state.ts'
import { pinFile } from '../pin.ts'
import { padded, text, u32 } from '../tlv.ts'

export const ef = {
  signatureCertificate: 0x01, signatureCa: 0x02, tokenInfo: 0x06, presence: 0x08,
  authenticationCertificate: 0x0a, authenticationCa: 0x0b,
  authenticationKey: 0x17, authenticationPin: 0x18, signatureKey: 0x1a, signaturePin: 0x1b,
} as const

export interface KindFiles { readonly certificate: number; readonly ca: number; readonly key: number; readonly pin: number; readonly presenceByte: number }
export const filesOf: Readonly<Record<CertificateKind, KindFiles>> = {
  signature: { certificate: ef.signatureCertificate, ca: ef.signatureCa, key: ef.signatureKey, pin: ef.signaturePin, presenceByte: 0 },
  authentication: { certificate: ef.authenticationCertificate, ca: ef.authenticationCa, key: ef.authenticationKey, pin: ef.authenticationPin, presenceByte: 1 },
}

/** Octets of a certificate file. */
export const certificateRoom = 2560
const filler = 0xff
export const emptyCertificate = padded(new Uint8Array(0), certificateRoom, filler)
const present = 0x8f

export interface JpkiContents {
  readonly serial: string
  readonly algorithm: KeyAlgorithm
  readonly signatureCa: Uint8Array
  readonly authenticationCa: Uint8Array
  readonly signaturePin: string | null
  readonly authenticationPin: string | null
}

/** As shipped: no key pair and no certificate of the holder yet. 0005, 0009, 0010 … exist on the real card, contents unknown. */
export function jpkiFiles(c: JpkiContents): ElementaryFile[] {
  const opaque = (id: number): BinaryFile => ({ type: 'binary', id, data: new Uint8Array(16).fill(0xff), read: never })
  return [
    { type: 'binary', id: ef.signatureCertificate, data: emptyCertificate, read: anyOf(ef.signaturePin) },
    { type: 'binary', id: ef.signatureCa, data: padded(c.signatureCa, certificateRoom, filler), read: free },
    opaque(0x05),
    { type: 'binary', id: ef.tokenInfo, data: tokenInfo(c.serial), read: free },
    { type: 'binary', id: ef.presence, data: Uint8Array.of(0, 0, 0), read: free },
    opaque(0x09),
    { type: 'binary', id: ef.authenticationCertificate, data: emptyCertificate, read: free },
    { type: 'binary', id: ef.authenticationCa, data: padded(c.authenticationCa, certificateRoom, filler), read: free },
    opaque(0x10), opaque(0x16),
    { type: 'key', id: ef.authenticationKey, algorithm: c.algorithm, key: null, use: anyOf(ef.authenticationPin) },
    pinFile(ef.authenticationPin, c.authenticationPin, 3, { kind: 'digits', length: 4 }),
    opaque(0x19),
    { type: 'key', id: ef.signatureKey, algorithm: c.algorithm, key: null, use: anyOf(ef.signaturePin) },
    pinFile(ef.signaturePin, c.signaturePin, 5, { kind: 'signature' }),
    opaque(0x1c), opaque(0x1e),
  ]
}

/** A CK_TOKEN_INFO of PKCS #11, numbers as four octets big-endian: 160 octets. */
export function tokenInfo(serial: string): Uint8Array {
  const field = (value: string, length: number): Uint8Array => padded(text(value), length, 0x20)
  const unknown = u32(0xffffffff)
  return concat(
    field('JPKIAPICCTOKEN2', 32), text('1'.padStart(32, '0')), field('E16R01NJ', 16), field(serial.padStart(16, '0'), 16),
    u32(0x040d), u32(1), u32(0), u32(1), u32(0), u32(16), u32(6), unknown, unknown, unknown, unknown,
    text('03'), text('01'), text('9'.repeat(16)),
  )
}

/** The presence file after the certificate file of that kind holds these octets. */
export function presenceAfter(presence: BinaryFile, kind: CertificateKind, certificate: Uint8Array): BinaryFile {
  const data = Uint8Array.from(presence.data)
  data[filesOf[kind].presenceByte] = certificate[0] === 0x30 ? present : 0
  return { ...presence, data }
}
