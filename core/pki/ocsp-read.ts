/**
 * Reading OCSP responses of our own: for the lint before they are signed, and for clients that check one with the
 * issuer alone. A response is taken only from the issuer or from a responder that the issuer certified.
 *
 * @rfc 6960 3.2, 4.2
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { CaCertificate } from './certificate.ts'
import { contextTag, decode, encodingOf, enter, inner, Malformed, primitiveTag, Reader, tags, type Element } from './der.ts'
import { extensionOf, hexOf, ocspSigning } from './extension.ts'
import { base64, bytesOfBase64, readFields, unwrapSigned } from './fields.ts'
import { encodeName } from './names.ts'
import type { OcspAnswer, OcspStatus } from './ocsp.ts'
import { readCertId, readExtension } from './ocsp-request.ts'
import { algorithms, subjectPublicKey, type Algorithm } from './signer.ts'
import { readEnumerated, readOctetString, readOid, readTime } from './values.ts'

export const basicTypeOid = '1.3.6.1.5.5.7.48.1.1'
/** @rfc 6960 4.2.1 */
export const responseStatuses = { successful: 0, malformedRequest: 1, internalError: 2, tryLater: 3, sigRequired: 5, unauthorized: 6 } as const
export type OcspErrorStatus = Exclude<keyof typeof responseStatuses, 'successful'>

export interface ResponseData {
  readonly responderId: Uint8Array
  readonly producedAt: number
  readonly responses: readonly OcspAnswer[]
  readonly nonce: Uint8Array | null
}

/** ResponseData in our profile: nextUpdate always, no single extensions. Throws `Malformed`. */
export function readResponseData(tbs: Uint8Array): ResponseData {
  const members = new Reader(decode(tbs, tags.sequence))
  const id = members.next()
  if (id.tag !== contextTag(1) && id.tag !== contextTag(2)) throw new Malformed('responderID expected')
  inner(id, id.tag === contextTag(1) ? tags.sequence : tags.octetString)
  const producedAt = readGeneralized(members.next())
  const list = enter(members)
  const responses: OcspAnswer[] = []
  while (!list.done) responses.push(readAnswer(list.next(tags.sequence)))
  const extensions = members.optional(contextTag(1))
  members.finish()
  return { responderId: encodingOf(id).slice(), producedAt, responses, nonce: extensions === undefined ? null : readExtension(extensions) }
}

function readAnswer(e: Element): OcspAnswer {
  const members = new Reader(e)
  const certId = readCertId(members.next(tags.sequence)).der
  const status = readStatus(members.next())
  const thisUpdate = readGeneralized(members.next())
  const nextUpdate = readGeneralized(inner(members.next(contextTag(0))))
  members.finish()
  return { ...status, certId, thisUpdate, nextUpdate }
}

function readStatus(e: Element): OcspStatus {
  if (e.tag === primitiveTag(0) || e.tag === primitiveTag(2)) {
    if (e.end !== e.body) throw new Malformed(`status at ${e.start}`)
    return { status: e.tag === primitiveTag(0) ? 'good' : 'unknown' }
  }
  if (e.tag !== contextTag(1)) throw new Malformed(`status at ${e.start}`)
  const members = new Reader(e)
  const at = readGeneralized(members.next())
  const reason = members.optional(contextTag(0))
  members.finish()
  return { status: 'revoked', at, reason: reason === undefined ? null : readEnumerated(inner(reason, tags.enumerated)) }
}

function readGeneralized(e: Element): number {
  if (e.tag !== tags.generalizedTime) throw new Malformed(`GeneralizedTime expected at ${e.start}`)
  return readTime(e)
}

// ---------------------------------------------------------------- clients

export type OcspReading =
  | ({ readonly outcome: 'answered'; readonly responderCertificate: Uint8Array | null } & ResponseData)
  | { readonly outcome: 'error'; readonly status: OcspErrorStatus }
  | { readonly outcome: 'untrusted'; readonly why: string }

/** Decodes a response and checks who signed it. `at` is when the responder's certificate must be valid. Throws `Malformed`. */
export function readOcspResponse(der: Uint8Array, issuer: CaCertificate, at: number): OcspReading {
  const response = new Reader(decode(der, tags.sequence))
  const code = readEnumerated(response.next())
  const status = (Object.keys(responseStatuses) as (keyof typeof responseStatuses)[]).find((name) => responseStatuses[name] === code)
  if (status === undefined) throw new Malformed(`response status ${code}`)
  if (status !== 'successful') {
    response.finish()
    return { outcome: 'error', status }
  }
  const bytes = new Reader(inner(response.next(contextTag(0)), tags.sequence))
  response.finish()
  if (readOid(bytes.next()) !== basicTypeOid) throw new Malformed('response type is not basic')
  const basic = unwrapSigned(decode(readOctetString(bytes.next()), tags.sequence))
  bytes.finish()
  const wrapped = basic.rest.optional(contextTag(0))
  basic.rest.finish()
  const certificates = wrapped === undefined ? [] : [...membersOf(inner(wrapped, tags.sequence))]
  const data = readResponseData(basic.tbs)
  const key = signingKey(data.responderId, certificates, issuer, at)
  if (typeof key === 'string') return { outcome: 'untrusted', why: key }
  if (!verifies(basic.algorithm, basic.tbs, key.spki, basic.signature)) return { outcome: 'untrusted', why: 'the signature does not verify' }
  return { outcome: 'answered', responderCertificate: key.certificate, ...data }
}

function* membersOf(e: Element): Generator<Uint8Array> {
  for (const list = new Reader(e); !list.done; ) yield encodingOf(list.next(tags.sequence)).slice()
}

/** The issuer itself, or the one enclosed certificate that fits the responderID and that the issuer made a responder. */
function signingKey(id: Uint8Array, certificates: readonly Uint8Array[], issuer: CaCertificate, at: number): { spki: Uint8Array; certificate: Uint8Array | null } | string {
  if (identifies(id, issuer.subjectDer, issuer.spki)) return { spki: issuer.spki, certificate: null }
  for (const certificate of certificates) {
    const { tbs, algorithm, signature } = unwrapSigned(decode(certificate, tags.sequence))
    const fields = readFields(tbs)
    const spki = bytesOfBase64(fields.spki)
    if (!identifies(id, encodeName(fields.subject), spki)) continue
    if (fields.issuer !== base64(issuer.subjectDer) || !verifies(algorithm, tbs, issuer.spki, signature)) return 'the responder was not certified by the issuer'
    if (extensionOf(fields.extensions, 'extKeyUsage')?.purposes.includes(ocspSigning) !== true) return 'the certificate is not for OCSP signing'
    if (at < fields.notBefore || at > fields.notAfter) return "the responder's certificate is not valid at that time"
    return { spki, certificate }
  }
  return 'no certificate of the responder is enclosed'
}

function identifies(id: Uint8Array, subjectDer: Uint8Array, spki: Uint8Array): boolean {
  const chosen = decode(id)
  if (chosen.tag === contextTag(1)) return Buffer.compare(encodingOf(inner(chosen)), subjectDer) === 0
  return hexOf(readOctetString(inner(chosen))) === hexOf(createHash('sha1').update(subjectPublicKey(spki)).digest())
}

function verifies(algorithm: Algorithm, tbs: Uint8Array, spki: Uint8Array, signature: Uint8Array): boolean {
  return verify(algorithms[algorithm].hash, tbs, { key: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }), dsaEncoding: 'der' }, signature)
}
