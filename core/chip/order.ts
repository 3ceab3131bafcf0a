/**
 * What only the issuer may do to a chip goes through one mechanism: an order, signed by the issuer (ECDSA P-256, SHA-256),
 * naming the card and a counter that only rises; the chip answers with a receipt signed by the key it was born with.
 * Nothing like it is published for the real card: form and numbers are this project's own.
 *
 *   order     E0 { C0 version 01, C1 card number, C2 counter u32, C3 operation, … parameters in ascending tag order }
 *   receipt   E1 { C0 01, C1 card number, C2 counter, C3 SHA-256 of the order, C4 outcome } ‖ 9E signature (DER)
 *   key proof E2 { C0 01, C1 card number, C2 counter of the order, C3 kind, C4 SPKI } ‖ 9E signature (DER)
 */
import { createPublicKey, sign, verify } from 'node:crypto'
import { concat, equal, none, type CertificateKind, type PinPolicy, type Quota, type RecordRoom } from './state.ts'
import { sha256 } from './rsa.ts'
import type { Secret } from './secret.ts'
import { readAll, readNumber, readText, readTlv, text, tlv, u32 } from './tlv.ts'

/** PINs of a card by what they are for: 利用者証明用 · 署名用 · 券面事項入力補助用 · 住民基本台帳用 · 共通. */
export const pinReferences = ['authentication', 'signature', 'text', 'juki', 'common'] as const
export type PinReference = (typeof pinReferences)[number]

export type Operation =
  /** Opens a session: key pairs of these kinds made on board, certificates written, PINs set. */
  | { readonly kind: 'PERSONALISE'; readonly certificates: readonly CertificateKind[] }
  /** Restores the tries of one PIN and opens a session in which it may be set anew. */
  | { readonly kind: 'UNBLOCK'; readonly pin: PinReference }
  | { readonly kind: 'UNBLOCK_AREA'; readonly aid: Uint8Array }
  /** 空き領域への搭載 */
  | { readonly kind: 'INSTALL'; readonly aid: Uint8Array; readonly label: string; readonly quota: Quota; readonly pin: PinPolicy; readonly records: RecordRoom }
  /** Opens a session in which records of that area may be written and its PIN set. */
  | { readonly kind: 'WRITE_AREA'; readonly aid: Uint8Array }
  | { readonly kind: 'LOCK' | 'UNLOCK' | 'DELETE'; readonly aid: Uint8Array }
  /** Erases private keys and certificates of these kinds (失効後). */
  | { readonly kind: 'DESTROY_KEYS'; readonly certificates: readonly CertificateKind[] }

export interface Order {
  readonly cardNumber: string
  /** 1 … 2³²−1, greater than that of every order the card accepted before. */
  readonly counter: number
  readonly operation: Operation
}

/** Only `done` changed anything; the counter is spent in every case. */
export const outcomes = ['done', 'no-space', 'already-there', 'not-found', 'not-possible'] as const
export type OrderOutcome = (typeof outcomes)[number]

export interface Receipt {
  readonly cardNumber: string
  readonly counter: number
  /** SHA-256 of the order's octets. */
  readonly orderHash: Uint8Array
  readonly outcome: OrderOutcome
}

export interface KeyAttestation {
  readonly cardNumber: string
  /** Counter of the PERSONALISE order in whose session the key was made. */
  readonly counter: number
  readonly kind: CertificateKind
  /** SPKI, DER. */
  readonly publicKey: Uint8Array
}

const kinds: readonly CertificateKind[] = ['authentication', 'signature']
const operations = ['PERSONALISE', 'UNBLOCK', 'UNBLOCK_AREA', 'INSTALL', 'WRITE_AREA', 'LOCK', 'UNLOCK', 'DELETE', 'DESTROY_KEYS'] as const
const version = Uint8Array.of(1)

/** Throws RangeError on values that no order can carry. */
export function encodeOrder(order: Order): Uint8Array {
  const code = operations.indexOf(order.operation.kind)
  const bytes = tlv(0xe0, concat(
    tlv(0xc0, version), tlv(0xc1, text(order.cardNumber)), tlv(0xc2, u32(order.counter)), tlv(0xc3, Uint8Array.of(code)),
    parameters(order.operation),
  ))
  if (parseOrder(bytes) === null) throw new RangeError(`not an order a card can take: ${order.operation.kind} ${order.counter}`)
  return bytes
}

function parameters(op: Operation): Uint8Array {
  switch (op.kind) {
    case 'PERSONALISE':
    case 'DESTROY_KEYS':
      return tlv(0xc4, Uint8Array.from(kinds.flatMap((k, i) => (op.certificates.includes(k) ? [i] : []))))
    case 'UNBLOCK': return tlv(0xc5, Uint8Array.of(pinReferences.indexOf(op.pin)))
    case 'INSTALL':
      return concat(
        tlv(0xc6, op.aid), tlv(0xc7, text(op.label)), tlv(0xc8, concat(u32(op.quota.code), u32(op.quota.data), u32(op.quota.volatile))),
        tlv(0xc9, Uint8Array.of(op.pin.required ? 1 : 0, op.pin.digits, op.pin.tries)), tlv(0xca, concat(u32(op.records.count), u32(op.records.size))),
      )
    default: return tlv(0xc6, op.aid)
  }
}

/** Null for anything but the one encoding of an order. */
export function parseOrder(bytes: Uint8Array): Order | null {
  const body = template(bytes, 0xe0)
  if (body === null) return null
  const cardNumber = readText(body.get(0xc1) ?? none)
  const counter = body.get(0xc2)
  const kind = operations[body.get(0xc3)?.[0] ?? operations.length]
  if (cardNumber === null || !/^\d{15}$/.test(cardNumber) || counter?.length !== 4 || readNumber(counter) === 0 || kind === undefined) return null
  const operation = parseOperation(kind, body)
  if (operation === null) return null
  const again = concat(tlv(0xc0, version), tlv(0xc1, text(cardNumber)), tlv(0xc2, counter), tlv(0xc3, Uint8Array.of(operations.indexOf(kind))), parameters(operation))
  return equal(tlv(0xe0, again), bytes) ? { cardNumber, counter: readNumber(counter), operation } : null
}

function parseOperation(kind: (typeof operations)[number], body: ReadonlyMap<number, Uint8Array>): Operation | null {
  if (kind === 'PERSONALISE' || kind === 'DESTROY_KEYS') {
    const certificates = [...(body.get(0xc4) ?? [])].flatMap((i) => kinds[i] ?? [])
    return certificates.length === 0 ? null : { kind, certificates }
  }
  if (kind === 'UNBLOCK') {
    const pin = pinReferences[body.get(0xc5)?.[0] ?? pinReferences.length]
    return pin === undefined ? null : { kind, pin }
  }
  const aid = body.get(0xc6)
  if (aid === undefined || aid.length < 5 || aid.length > 16) return null
  if (kind !== 'INSTALL') return { kind, aid: Uint8Array.from(aid) }
  const label = readText(body.get(0xc7) ?? Uint8Array.of(0xff))
  const q = body.get(0xc8)
  const pin = body.get(0xc9)
  const room = body.get(0xca)
  if (label === null || text(label).length > 64 || q?.length !== 12 || pin?.length !== 3 || room?.length !== 8) return null
  const [required, digits, tries] = pin as unknown as [number, number, number]
  const records = { count: readNumber(room.subarray(0, 4)), size: readNumber(room.subarray(4)) }
  if (required > 1 || digits < 4 || digits > 16 || tries < 1 || tries > 15 || records.count > 254 || records.size < 1 || records.size > 254) return null
  return {
    kind, aid: Uint8Array.from(aid), label, records, pin: { required: required === 1, digits, tries },
    quota: { code: readNumber(q.subarray(0, 4)), data: readNumber(q.subarray(4, 8)), volatile: readNumber(q.subarray(8)) },
  }
}

/** Signature of the issuer over the order's octets (ECDSA P-256, SHA-256, DER). Never throws. */
export function verifyOrder(order: Uint8Array, signature: Uint8Array, issuerSpki: Uint8Array): boolean {
  return verifyP256(order, signature, issuerSpki)
}

export function signReceipt(receipt: Receipt, attestation: Secret): Uint8Array {
  const body = tlv(0xe1, concat(
    tlv(0xc0, version), tlv(0xc1, text(receipt.cardNumber)), tlv(0xc2, u32(receipt.counter)), tlv(0xc3, receipt.orderHash),
    tlv(0xc4, Uint8Array.of(outcomes.indexOf(receipt.outcome))),
  ))
  return signed(body, attestation)
}

/** The receipt, if that chip signed it; else null. Compare card number, counter and order hash with what was sent. */
export function verifyReceipt(receipt: Uint8Array, attestationSpki: Uint8Array): Receipt | null {
  const opened = openSigned(receipt, 0xe1, attestationSpki)
  const outcome = outcomes[opened?.body.get(0xc4)?.[0] ?? outcomes.length]
  const hash = opened?.body.get(0xc3)
  if (opened === null || outcome === undefined || hash?.length !== 32) return null
  return { cardNumber: opened.cardNumber, counter: opened.counter, orderHash: Uint8Array.from(hash), outcome }
}

export const orderHash = (order: Uint8Array): Uint8Array => sha256(order)

export function signKeyProof(proof: KeyAttestation, attestation: Secret): Uint8Array {
  const body = tlv(0xe2, concat(
    tlv(0xc0, version), tlv(0xc1, text(proof.cardNumber)), tlv(0xc2, u32(proof.counter)), tlv(0xc3, Uint8Array.of(kinds.indexOf(proof.kind))), tlv(0xc4, proof.publicKey),
  ))
  return signed(body, attestation)
}

/** What the chip says about a key made on board, if that chip signed it; else null. */
export function verifyKeyAttestation(proof: Uint8Array, attestationSpki: Uint8Array): KeyAttestation | null {
  const opened = openSigned(proof, 0xe2, attestationSpki)
  const kind = kinds[opened?.body.get(0xc3)?.[0] ?? kinds.length]
  const publicKey = opened?.body.get(0xc4)
  if (opened === null || kind === undefined || publicKey === undefined) return null
  return { cardNumber: opened.cardNumber, counter: opened.counter, kind, publicKey: Uint8Array.from(publicKey) }
}

const signed = (body: Uint8Array, key: Secret): Uint8Array => concat(body, tlv(0x9e, key.withKey((k) => sign('sha256', body, { key: k, dsaEncoding: 'der' }))))

interface Opened { readonly cardNumber: string; readonly counter: number; readonly body: ReadonlyMap<number, Uint8Array> }

function openSigned(bytes: Uint8Array, tag: number, spki: Uint8Array): Opened | null {
  const outer = readTlv(bytes)
  const signature = outer === null ? null : readTlv(bytes, outer.end)
  if (outer === null || signature === null || signature.tag !== 0x9e || signature.end !== bytes.length) return null
  const octets = bytes.subarray(0, outer.end)
  if (!verifyP256(octets, signature.value, spki)) return null
  const body = template(octets, tag)
  const cardNumber = readText(body?.get(0xc1) ?? none)
  const counter = body?.get(0xc2)
  return body === null || cardNumber === null || counter?.length !== 4 ? null : { cardNumber, counter: readNumber(counter), body }
}

function verifyP256(message: Uint8Array, signature: Uint8Array, spki: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' && verify('sha256', message, { key, dsaEncoding: 'der' }, signature)
  } catch {
    return false
  }
}

/** Children by tag, of a template of version 1 that fills the octets. */
function template(bytes: Uint8Array, tag: number): ReadonlyMap<number, Uint8Array> | null {
  const outer = readTlv(bytes)
  if (outer === null || outer.tag !== tag || outer.end !== bytes.length) return null
  const children = new Map(readAll(outer.value)?.map((t) => [t.tag, t.value]))
  return children.get(0xc0)?.length === 1 && children.get(0xc0)![0] === 1 ? children : null
}
