/**
 * The verdict on a signed document: CMS SignedData, plain or CAdES-BES, with its content inside or beside it. Each signer is
 * judged by itself; the document is valid only if there is one and all are. Certificates in the message are looked
 * at to find the signer's, never trusted: anchors are those that the gateway pins.
 *
 * @law 公的個人認証法 第19条 · @rfc 5652 5, 11 · 5126 4.3.1
 */
import { parseSignedData, verifySignedData, type SignedData, type SignerVerdict } from '../../pki/cms.ts'
import { Malformed } from '../../pki/der.ts'
import type { Actor } from '../actor.ts'
import { refuse, type Result } from '../refusal.ts'
import { instant, type Instant } from '../time.ts'
import { checkNames, documentCheckNames, judgeSigner, mayVerify, read, type Check, type Verdict, type VerifyWorld } from './verification.ts'
import type { Uses } from '../world.ts'

export interface DocumentInput {
  /** SignedData, DER. */
  readonly signedData: Uint8Array
  readonly form: 'cades-bes' | 'cms'
  /** What was signed, or its digest, where it is not inside. */
  readonly content: Uint8Array | null
  readonly digest: { readonly hash: 'sha256' | 'sha384' | 'sha512'; readonly value: Uint8Array } | null
  /** The signer's certificate, where the message carries none. */
  readonly certificate: Uint8Array | null
  readonly at: Instant | null
}

export interface DocumentVerdict {
  readonly valid: boolean
  /** Why nothing more could be read; null where it could. */
  readonly malformed: string | null
  readonly signers: readonly { readonly verdict: Verdict; /** What the signer claims; proves nothing. */ readonly claimedAt: Instant | null }[]
}

/** A partner asks for the verdict on a signed document. */
export async function verifyDocument(world: VerifyWorld & Uses<'partners'>, actor: Actor, input: DocumentInput): Promise<Result<DocumentVerdict>> {
  const no = await mayVerify(world, actor)
  if (no !== null) return no
  if (input.content !== null && input.digest !== null) return refuse('MALFORMED_INPUT', { field: 'content' })
  if (input.at !== null && input.at > world.clock.now()) return refuse('MALFORMED_INPUT', { field: 'at' })
  return judgeDocument(world, input)
}

export async function judgeDocument(world: VerifyWorld, input: DocumentInput): Promise<DocumentVerdict> {
  const signed = parsed(input.signedData)
  if (typeof signed === 'string') return { valid: false, malformed: signed, signers: [] }
  const detached = input.content !== null ? { content: input.content } : input.digest !== null ? { hash: input.digest.hash, digest: input.digest.value } : undefined
  const beside = input.certificate === null ? null : read(input.certificate)
  const found = verifySignedData({ signed, form: input.form, ...(detached === undefined ? {} : { detached }), certificates: beside === null ? [] : [beside] })
  const signers: DocumentVerdict['signers'][number][] = []
  for (const signer of found) {
    const verdict = await judgeSigner(world, { certificate: signer.certificate, purpose: 'signature', at: input.at, own: ownChecks(signer), names: [...checkNames, ...documentCheckNames] })
    signers.push({ verdict, claimedAt: signer.signingTime === null ? null : instant(signer.signingTime) })
  }
  return { valid: signers.length > 0 && signers.every(({ verdict }) => verdict.valid), malformed: null, signers }
}

/** That no certificate matches the signer shows as its form. */
const ownChecks = ({ checks }: SignerVerdict): Check[] => checks.flatMap(({ name, section, passed, why }) => (name === 'certificate' ? [] : [{ name, section, passed, why }]))

function parsed(der: Uint8Array): SignedData | string {
  try {
    return parseSignedData(der)
  } catch (error) {
    if (error instanceof Malformed) return error.message
    throw error
  }
}
