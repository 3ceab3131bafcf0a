/**
 * OCSP responses: from statuses to signed bytes, by a delegated responder. Written by hand; times are GeneralizedTime
 * in whole seconds. What is signed passes the lint first.
 *
 *   ResponseData { responderID ([1] Name | [2] key hash), producedAt, responses { { CertID, status, thisUpdate, [0] nextUpdate } … }, [1] extensions }
 *   status: [0] good · [1] revoked { time, [0] reason } · [2] unknown
 *
 * @rfc 6960 4.2 · 9654
 */
import { createHash } from 'node:crypto'
import { decode, enumerated, explicit, generalizedTime, Malformed, octetString, oid, sequence, tags, tlv, contextTag, primitiveTag } from './der.ts'
import { extensionOf, ocspSigning } from './extension.ts'
import { base64, readFields, unwrapSigned, wrapSigned } from './fields.ts'
import { lintedContent, lintOcspResponse, signLinted } from './lint.ts'
import { encodeName } from './names.ts'
import { basicTypeOid, responseStatuses, type OcspErrorStatus } from './ocsp-read.ts'
import { nonceExtension } from './ocsp-request.ts'
import { SignerFault, subjectPublicKey, type Signer } from './signer.ts'

export type OcspStatus =
  | { readonly status: 'good' }
  /** `reason` as in CRLs; null and 0 are left out. */
  | { readonly status: 'revoked'; readonly at: number; readonly reason: number | null }
  | { readonly status: 'unknown' }
export type OcspAnswer = OcspStatus & {
  /** CertID as asked, byte for byte. */
  readonly certId: Uint8Array
  readonly thisUpdate: number
  readonly nextUpdate: number
}

/** A delegated responder, checked once: certificate and key belong together, and the certificate says OCSPSigning. */
export interface OcspResponder {
  readonly certificate: Uint8Array
  readonly signer: Signer
  /** responderID, encoded. */
  readonly id: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
}

export interface OcspInput {
  readonly responder: OcspResponder
  readonly responses: readonly OcspAnswer[]
  readonly producedAt: number
  readonly nonce: Uint8Array | null
}

/** Throws `Malformed` for a certificate that makes no responder, `SignerFault` for a key that is not the certificate's. */
export function ocspResponder(certificate: Uint8Array, signer: Signer, identifiedBy: 'key' | 'name' = 'key'): OcspResponder {
  const parts = unwrapSigned(decode(certificate, tags.sequence))
  const fields = readFields(parts.tbs)
  if (extensionOf(fields.extensions, 'extKeyUsage')?.purposes.includes(ocspSigning) !== true || extensionOf(fields.extensions, 'ocspNoCheck') === null) throw new Malformed('not a responder certificate')
  if (fields.spki !== base64(signer.spki)) throw new SignerFault("the responder's key is not that of its certificate")
  const id = identifiedBy === 'name'
    ? tlv(contextTag(1), encodeName(fields.subject))
    : tlv(contextTag(2), octetString(createHash('sha1').update(subjectPublicKey(signer.spki)).digest()))
  return { certificate: certificate.slice(), signer, id, notBefore: fields.notBefore, notAfter: fields.notAfter }
}

/** The signed answer. Throws `LintFailure`, `SignerFault`, `SignerAway`. */
export async function ocspResponse(input: OcspInput): Promise<Uint8Array> {
  const linted = lintOcspResponse(responseDataTbs(input), input)
  const signature = await signLinted(input.responder.signer, linted)
  const { tbs, algorithm } = lintedContent(linted)
  const basic = wrapSigned(tbs, algorithm, signature, explicit(0, sequence(input.responder.certificate)))
  return sequence(enumerated(responseStatuses.successful), explicit(0, sequence(basicType, octetString(basic))))
}

/** ResponseData. */
export function responseDataTbs({ responder, responses, producedAt, nonce }: OcspInput): Uint8Array {
  return sequence(
    responder.id,
    generalizedTime(producedAt),
    sequence(...responses.map(encodeAnswer)),
    ...(nonce === null ? [] : [explicit(1, sequence(nonceExtension(nonce)))]),
  )
}

const encodeAnswer = (answer: OcspAnswer): Uint8Array =>
  sequence(answer.certId, encodeStatus(answer), generalizedTime(answer.thisUpdate), explicit(0, generalizedTime(answer.nextUpdate)))

function encodeStatus(answer: OcspStatus): Uint8Array {
  switch (answer.status) {
    case 'good': return tlv(primitiveTag(0))
    case 'unknown': return tlv(primitiveTag(2))
    case 'revoked': return tlv(contextTag(1), generalizedTime(answer.at), ...(answer.reason === null || answer.reason === 0 ? [] : [explicit(0, enumerated(answer.reason))]))
  }
}

// ---------------------------------------------------------------- errors

const basicType = oid(basicTypeOid)

/** An unsigned error: `malformedRequest` for `Malformed`, `tryLater` for `SignerAway`, `unauthorized` for issuers we do not answer for. */
export const ocspError = (status: OcspErrorStatus): Uint8Array => sequence(enumerated(responseStatuses[status]))
