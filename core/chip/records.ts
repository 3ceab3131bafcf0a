/**
 * What the agency signs card data with: one root and one record key, and the card-verifiable certificates that bind them.
 * The same for every card of a deployment; made once and kept by the agency, never on a card.
 *
 *   7F21 { 5F4E (297: 16 issuer key id, 16 subject key id, 265 public key), 5F37 (256: signature of the root over 5F4E) }
 *   key id: 7 digits, 08 05, 3 digits, 4 octets. Real ids begin 5 and 6; ours begin 9.
 */
import { cardPublicKey, digestInfo, freshKey, importKey, rsaSign, sha256 } from './rsa.ts'
import { reveal, type Secret } from './secret.ts'
import { concat, type Random } from './state.ts'
import { text, tlv } from './tlv.ts'

export interface RecordKeys {
  readonly root: Secret
  readonly record: Secret
  /** EF 0004 of the two 券面 applications. */
  readonly visualCertificate: Uint8Array
  readonly textCertificate: Uint8Array
  readonly visualKeyId: Uint8Array
  readonly textKeyId: Uint8Array
}

/** Two RSA keys (slow unless `random.rsaKey` has some in stock) and their certificates. */
export function makeRecordKeys(random: Random): RecordKeys {
  return assemble(freshKey('rsa2048', random), freshKey('rsa2048', random), random.bytes(4))
}

/** For the agency's own store: PKCS #8 of both keys. Encrypt it. */
export const exportRecordKeys = (keys: RecordKeys): { root: Uint8Array; record: Uint8Array; mark: Uint8Array } =>
  ({ root: reveal(keys.root), record: reveal(keys.record), mark: keys.visualKeyId.slice(12) })

/** Throws RangeError where the octets are no private keys of that kind. */
export const importRecordKeys = (kept: { root: Uint8Array; record: Uint8Array; mark: Uint8Array }): RecordKeys =>
  assemble(importKey(kept.root), importKey(kept.record), kept.mark)

export const keyId = (role: string, serial: string, mark: Uint8Array): Uint8Array => concat(text(role), Uint8Array.of(0x08, 0x05), text(serial), mark)

function assemble(root: Secret, record: Secret, mark: Uint8Array): RecordKeys {
  const visualKeyId = keyId('9000024', '001', mark)
  const textKeyId = keyId('9000034', '001', mark)
  const subject = keyId('9000021', '001', mark)
  return {
    root, record, visualKeyId, textKeyId,
    visualCertificate: cvCertificate(root, keyId('9000023', '001', mark), subject, record),
    textCertificate: cvCertificate(root, keyId('9000033', '001', mark), subject, record),
  }
}

function cvCertificate(root: Secret, issuer: Uint8Array, subject: Uint8Array, key: Secret): Uint8Array {
  const content = concat(issuer, subject, cardPublicKey(key))
  const signature = root.withKey((k) => rsaSign(k, digestInfo(sha256(content))))
  return tlv(0x7f21, concat(tlv(0x5f4e, content, true), tlv(0x5f37, signature, true)), true)
}
