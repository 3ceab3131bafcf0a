/**
 * The receipt of a consent, verified without the gateway: that the gateway signed the record, that the person's signing key
 * signed the document in it, that both say the same, and that the certificate comes from an authority the reader trusts. A
 * receipt is good byte for byte as it was issued, or not at all.
 *
 * A partner's receipt has no certificate (it bears all four items): the record, which the gateway signed, names the public
 * key, number and hash of it, and the chain is not checked again.
 *
 * @rfc 5280 6.1 · 8785 (the order of members) · ISO/IEC TS 27560
 */
import { createHash } from 'node:crypto'
import { parseCaCertificate } from '../core/pki/certificate.ts'
import { Malformed } from '../core/pki/der.ts'
import { parseCertificate, type Certificate } from '../core/pki/parse.ts'
import { validateEndEntity } from '../core/pki/path.ts'
import { defaultProfileSettings, policiesFor } from '../core/pki/profile.ts'
import { verifyMessage } from '../core/pki/verify.ts'

export interface ReceiptCheck { readonly name: string; readonly passed: boolean; readonly why: string | null }
export interface ReceiptVerdict { readonly valid: boolean; readonly checks: readonly ReceiptCheck[] }

/** What the reader trusts, from a source of its own and never from the receipt. */
export interface ReceiptTrust {
  /** DER of the signing authorities' certificates. */
  readonly authorities: readonly Uint8Array[]
  /** SubjectPublicKeyInfo of the gateway's keys for receipts. */
  readonly gateway: readonly Uint8Array[]
}

interface Receipt {
  readonly certificate?: string
  readonly gateway: { readonly algorithm: string; readonly key: string; readonly signature: string } | null
  readonly record: {
    readonly recordMetadata: { readonly recordTimestamp: string }
    readonly piiProcessing: { readonly purpose: Readonly<Record<'id' | 'name' | 'version' | 'textJa' | 'textEn', unknown>>; readonly piiTypes: readonly unknown[]; /** Absent in earlier ones. */ readonly privacyNotice?: { readonly sha256: string; readonly notices: readonly unknown[] }; readonly from: string; readonly until: string; readonly limitedBy: string; /** Absent in earlier ones: PER_USE. */ readonly frequency?: string }
    readonly parties: { /** Absent in earlier ones: the recipient. */ readonly controller?: { readonly id: string; readonly name: string }; readonly recipient: { readonly id: string; readonly name: string } }
    readonly proof: { readonly document: string; readonly signature: string; readonly certificate: { readonly publicKey: string; readonly sha256: string } }
  }
}

export function verifyReceipt(receipt: Uint8Array | string, trust: ReceiptTrust): ReceiptVerdict {
  const read = readReceipt(receipt)
  if (read === null) return { valid: false, checks: [fail('form', 'not a receipt of this gateway, byte for byte as it was issued')] }
  const { record, certificate } = read
  const held = [pass('form'), signedByGateway(read, trust.gateway), same(record)]
  // Of a receipt that does not hold together, nothing more is asked.
  const reached = held.every((c) => c.passed)
  const name = 'signature of the card'
  const card = !reached ? fail(name, 'not reached') : verifies(unhex(record.proof.certificate.publicKey), record.proof.document, unhex(record.proof.signature)) ? pass(name) : fail(name, 'not made over this document with this key')
  const behind = certificate === undefined ? [] : card.passed ? chain(unhex(certificate), record, trust.authorities) : [fail('certificate', 'not reached')]
  const checks = [...held, card, ...behind]
  return { valid: checks.every((c) => c.passed), checks }
}

function signedByGateway({ gateway, record }: Receipt, keys: readonly Uint8Array[]): ReceiptCheck {
  if (gateway === null) return fail('signature of the gateway', 'not signed yet: ask for the receipt again in a minute')
  const key = keys.find((spki) => sha256(spki) === gateway.key)
  if (key === undefined) return fail('signature of the gateway', `made with a key that was not given: ${gateway.key}`)
  const good = gateway.algorithm === 'ECDSA P-256 SHA-256' && verifies(key, canonical(record), unhex(gateway.signature))
  return good ? pass('signature of the gateway') : fail('signature of the gateway', 'not made over this record with this key')
}

/** What the record says in its own words must be what the card signed. */
function same({ piiProcessing, parties, proof }: Receipt['record']): ReceiptCheck {
  const signed = parsedJson(proof.document) as { readonly recipient?: { id?: unknown; name?: unknown }; readonly purpose?: Readonly<Record<string, unknown>>; readonly items?: unknown; readonly from?: unknown; readonly until?: unknown; readonly limitedBy?: unknown; readonly frequency?: unknown; readonly notices?: unknown } | null
  const { purpose, piiTypes, privacyNotice, from, until, limitedBy, frequency = 'PER_USE' } = piiProcessing
  const controller = parties.controller ?? parties.recipient
  const pairs: [string, unknown, unknown][] = [
    ['recipient', parties.recipient.id, signed?.recipient?.id], ['name of the recipient', parties.recipient.name, signed?.recipient?.name], ['controller', controller.id, signed?.recipient?.id], ['name of the controller', controller.name, signed?.recipient?.name],
    // What was told: the text in the record, its hash there, and the hash that was signed are one.
    ...(privacyNotice === undefined && signed?.notices === undefined ? [] : [['notices', privacyNotice === undefined ? undefined : sha256(Buffer.from(canonical(privacyNotice.notices), 'utf8')), signed?.notices], ['hash of the notices', privacyNotice?.sha256, signed?.notices]] as [string, unknown, unknown][]),
    ['items', JSON.stringify(piiTypes), JSON.stringify(signed?.items)],
    ['from', from, signed?.from], ['until', until, signed?.until], ['limit', limitedBy, signed?.limitedBy], ['frequency', frequency, signed?.frequency ?? 'PER_USE'], ...(['id', 'name', 'version', 'textJa', 'textEn'] as const).map((field): [string, unknown, unknown] => [`purpose ${field}`, purpose[field], signed?.purpose?.[field]]),
  ]
  const other = pairs.find(([, said, meant]) => said === undefined || said !== meant)
  return other === undefined ? pass('document') : fail('document', `the record and the signed document differ: ${other[0]}`)
}

function chain(der: Uint8Array, { proof, recordMetadata }: Receipt['record'], authorities: readonly Uint8Array[]): ReceiptCheck[] {
  if (sha256(der) !== proof.certificate.sha256) return [fail('certificate', 'not the one that the record names')]
  const leaf = parsed(der)
  if (leaf === null || Buffer.from(leaf.spki).toString('hex').toUpperCase() !== proof.certificate.publicKey) return [fail('certificate', 'not a certificate for the key that the record names')]
  // Revocation was judged when the consent was taken; here it is about who made the certificate, for what, and when.
  const at = Date.parse(recordMetadata.recordTimestamp)
  const verdict = validateEndEntity({ leaf, anchors: authorities.map((ca) => parseCaCertificate(ca)), at, purpose: 'signature', expectedPolicies: policiesFor('signature', defaultProfileSettings) })
  return verdict.checks.map((c) => ({ name: `certificate: ${c.name}`, passed: c.passed, why: c.why }))
}

// ---------------------------------------------------------------- form

/** Null for anything but the text that the gateway wrote: what JSON would let differ and mean the same is no receipt. */
function readReceipt(receipt: Uint8Array | string): Receipt | null {
  const text = typeof receipt === 'string' ? receipt : decoded(receipt)
  const value = text === null ? null : (parsedJson(text) as Partial<Receipt> | null)
  if (text === null || typeof value !== 'object' || value === null || canonical(value) !== text) return null
  const { record, gateway, certificate } = value
  const fits = Object.keys(value).every((name) => name === 'certificate' || name === 'gateway' || name === 'record') && (certificate === undefined || isHex(certificate))
    && (gateway === null || (gateway !== undefined && isHex(gateway.signature) && typeof gateway.key === 'string' && Object.keys(gateway).length === 3))
    && (record?.piiProcessing?.privacyNotice === undefined || (Array.isArray(record.piiProcessing.privacyNotice?.notices) && typeof record.piiProcessing.privacyNotice.sha256 === 'string'))
    && (record?.parties?.controller === undefined || typeof record.parties.controller?.id === 'string')
    && typeof record?.proof?.document === 'string' && isHex(record.proof.signature) && isHex(record.proof.certificate?.publicKey) && isHex(record.proof.certificate?.sha256)
    && typeof record.piiProcessing?.purpose === 'object' && record.piiProcessing.purpose !== null && Array.isArray(record.piiProcessing.piiTypes) && typeof record.parties?.recipient?.id === 'string'
    && typeof record.recordMetadata?.recordTimestamp === 'string' && !Number.isNaN(Date.parse(record.recordMetadata.recordTimestamp))
  return fits ? (value as Receipt) : null
}

/** Members in order, no blanks. @rfc 8785 3.2 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function parsed(der: Uint8Array): Certificate | null {
  try {
    return parseCertificate(der)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

const isHex = (text: unknown): text is string => typeof text === 'string' && /^([0-9A-F]{2})+$/.test(text)
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').toUpperCase()
const verifies = (spki: Uint8Array, message: string, signature: Uint8Array): boolean => verifyMessage(spki, 'sha256', Buffer.from(message, 'utf8'), signature)
const pass = (name: string): ReceiptCheck => ({ name, passed: true, why: null })
const fail = (name: string, why: string): ReceiptCheck => ({ name, passed: false, why })
