/**
 * What the agency signs card data with: one root and one record key. The same for every card of a deployment; made once
 * and kept by the agency, never on a card. What a card carries of them are card-verifiable certificates:
 *
 *   7F21 { 5F4E (297: 16 issuer key id, 16 subject key id, 265 public key), 5F37 (256: signature of the issuer over 5F4E) }
 *   key id: 7 digits, 08 05, 3 digits, 4 octets. Real ids of authorities begin 5 and 6; ours begin 9.
 */
import { cardPublicKey, digestInfo, freshKey, importKey, rsaSign, sha256 } from './rsa.ts'
import { reveal, type Secret } from './secret.ts'
import { concat, type Random } from './state.ts'
import { text, tlv } from './tlv.ts'

export interface RecordKeys {
  readonly root: Secret
  readonly record: Secret
  /** Last four octets of every key id of this deployment. */
  readonly mark: Uint8Array
}

/** Two RSA keys; slow unless `random.rsaKey` has some in stock. */
export const makeRecordKeys = (random: Random): RecordKeys =>
  ({ root: freshKey('rsa2048', random), record: freshKey('rsa2048', random), mark: Uint8Array.from(random.bytes(4)) })

/** For the agency's own store: PKCS #8 of both keys. Encrypt it. */
export const exportRecordKeys = (keys: RecordKeys): { root: Uint8Array; record: Uint8Array; mark: Uint8Array } =>
  ({ root: reveal(keys.root), record: reveal(keys.record), mark: keys.mark })

/** Throws RangeError where the octets are no private keys. */
export const importRecordKeys = (kept: { root: Uint8Array; record: Uint8Array; mark: Uint8Array }): RecordKeys =>
  ({ root: importKey(kept.root), record: importKey(kept.record), mark: kept.mark })

/** `number/serial`, as 9000024/001. */
export const keyId = (number: string, serial: string, mark: Uint8Array): Uint8Array => concat(text(number), Uint8Array.of(0x08, 0x05), text(serial), mark)

export interface CardCertificates {
  /** EF 0004 of the card-face and of the input-support application: the municipality's key, certified by the root. */
  readonly visual: Uint8Array
  readonly text: Uint8Array
  /** GET DATA F8 and 7F21: the root certifies the intermediate, the intermediate this card's authentication key. */
  readonly upper: Uint8Array
  readonly lower: Uint8Array
  readonly intermediate: Uint8Array
}

/** The record key stands for the municipality's key and for the intermediate; on real cards these are several keys. */
export function cardCertificates(keys: RecordKeys, municipality: string, cardNumber: string, cardKey: Secret): CardCertificates {
  const { root, record, mark } = keys
  const own = keyId(`${municipality}21`, '000', mark)
  const intermediate = keyId('9000021', '001', mark)
  return {
    visual: cvCertificate(root, keyId('9000023', '001', mark), own, record),
    text: cvCertificate(root, keyId('9000033', '001', mark), own, record),
    upper: cvCertificate(root, keyId('9000020', '001', mark), intermediate, record),
    lower: cvCertificate(record, intermediate, keyId(cardNumber.slice(-7), '000', mark), cardKey),
    intermediate,
  }
}

function cvCertificate(signer: Secret, issuer: Uint8Array, subject: Uint8Array, key: Secret): Uint8Array {
  const content = concat(issuer, subject, cardPublicKey(key))
  const signature = signer.withKey((k) => rsaSign(k, digestInfo(sha256(content))))
  return tlv(0x7f21, concat(tlv(0x5f4e, content, true), tlv(0x5f37, signature, true)), true)
}
