/**
 * The receipt of a consent, verified without the gateway: that the person's signing key signed exactly this document, that the
 * document says what the receipt says, and that the certificate comes from an authority the reader trusts. A partner's receipt
 * holds the public key instead of the certificate (the certificate bears all four items); then the chain is not checked, and
 * that is said.
 *
 * @rfc 5280 6.1 · ISO/IEC TS 27560
 */
import { parseCaCertificate } from '../core/pki/certificate.ts'
import { Malformed } from '../core/pki/der.ts'
import { parseCertificate, type Certificate } from '../core/pki/parse.ts'
import { validateEndEntity } from '../core/pki/path.ts'
import { defaultProfileSettings, policiesFor } from '../core/pki/profile.ts'
import { verifyMessage } from '../core/pki/verify.ts'

export interface ReceiptCheck { readonly name: string; readonly passed: boolean; readonly why: string | null }
export interface ReceiptVerdict { readonly valid: boolean; readonly checks: readonly ReceiptCheck[] }

interface Receipt {
  readonly recordMetadata: { readonly recordId: string; readonly recordTimestamp: string }
  readonly piiProcessing: { readonly purpose: { readonly id: string; readonly name: string; readonly version: number; readonly textJa: string; readonly textEn: string }; readonly piiTypes: readonly string[]; readonly from: string; readonly until: string; readonly limitedBy: string }
  readonly parties: { readonly recipient: { readonly id: string; readonly name: string } }
  readonly proof: { readonly document: string; readonly signature: string; readonly certificate: { readonly der?: string; readonly publicKey?: string } }
}

/** `anchors`: DER of the signing authorities' certificates, from a source of one's own and never from the receipt. */
export function verifyReceipt(text: string, anchors: readonly Uint8Array[]): ReceiptVerdict {
  const receipt = read(text)
  if (receipt === null) return { valid: false, checks: [fail('form', 'not a receipt of this gateway')] }
  const { document, signature, certificate: named } = receipt.proof
  const certificate = named.der === undefined ? null : parsed(unhex(named.der))
  if (named.der !== undefined && certificate === null) return { valid: false, checks: [pass('form'), fail('certificate', 'not a certificate')] }
  const spki = certificate?.spki ?? unhex(named.publicKey ?? '')
  const at = Date.parse(receipt.recordMetadata.recordTimestamp)
  const checks = [
    pass('form'), same(receipt, document),
    verifies(spki, document, unhex(signature)) ? pass('signature') : fail('signature', 'not made over this document with this key'),
    ...(certificate === null ? [] : chain(certificate, anchors, at)),
  ]
  return { valid: checks.every((c) => c.passed), checks }
}

/** What the receipt says in its own words must be what was signed. */
function same(receipt: Receipt, document: string): ReceiptCheck {
  const signed = parsedJson(document) as { readonly recipient?: { id?: unknown; name?: unknown }; readonly purpose?: Readonly<Record<string, unknown>>; readonly items?: unknown; readonly from?: unknown; readonly until?: unknown; readonly limitedBy?: unknown } | null
  const { purpose, piiTypes, from, until, limitedBy } = receipt.piiProcessing
  const pairs: [string, unknown, unknown][] = [
    ['recipient', receipt.parties.recipient.id, signed?.recipient?.id], ['name of the recipient', receipt.parties.recipient.name, signed?.recipient?.name], ['items', JSON.stringify(piiTypes), JSON.stringify(signed?.items)],
    ['from', from, signed?.from], ['until', until, signed?.until], ['limit', limitedBy, signed?.limitedBy], ...(['id', 'name', 'version', 'textJa', 'textEn'] as const).map((field): [string, unknown, unknown] => [`purpose ${field}`, purpose[field], signed?.purpose?.[field]]),
  ]
  const other = pairs.find(([, said, meant]) => said !== meant)
  return other === undefined ? pass('document') : fail('document', `the receipt and the signed document differ: ${other[0]}`)
}

function chain(leaf: Certificate, anchors: readonly Uint8Array[], at: number): ReceiptCheck[] {
  const authorities = anchors.map((der) => parseCaCertificate(der))
  // Revocation was judged when the consent was taken; here it is about who made the certificate, for what, and when.
  const verdict = validateEndEntity({ leaf, anchors: authorities, at, purpose: 'signature', expectedPolicies: policiesFor('signature', defaultProfileSettings) })
  return verdict.checks.map((c) => ({ name: `certificate: ${c.name}`, passed: c.passed, why: c.why }))
}

function read(text: string): Receipt | null {
  const value = parsedJson(text) as Partial<Receipt> | null
  const fits = value !== null && typeof value === 'object' && typeof value.proof?.document === 'string' && typeof value.proof.signature === 'string' && typeof value.proof.certificate === 'object' && value.proof.certificate !== null
    && typeof value.recordMetadata?.recordTimestamp === 'string' && Array.isArray(value.piiProcessing?.piiTypes) && typeof value.piiProcessing.purpose === 'object' && typeof value.parties?.recipient?.id === 'string'
    && !Number.isNaN(Date.parse(value.recordMetadata.recordTimestamp))
  return fits ? (value as Receipt) : null
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

const verifies = (spki: Uint8Array, document: string, signature: Uint8Array): boolean => spki.length > 0 && verifyMessage(spki, 'sha256', Buffer.from(document, 'utf8'), signature)
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const pass = (name: string): ReceiptCheck => ({ name, passed: true, why: null })
const fail = (name: string, why: string): ReceiptCheck => ({ name, passed: false, why })
