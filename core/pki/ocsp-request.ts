/**
 * OCSP requests: parsing what the internet sends, and building one for clients. Size and number are capped before
 * anything is decoded; everything wrong is `Malformed`.
 *
 *   OCSPRequest { tbsRequest { [0] version, [1] requestorName, requestList { { CertID, [0] extensions } … }, [2] extensions }, [0] signature }
 *
 * @rfc 6960 4.1, A.1 · 9654 2.1 (nonce of 1 to 128 octets)
 */
import { createHash } from 'node:crypto'
import type { CaCertificate } from './certificate.ts'
import { contextTag, decode, encodingOf, enter, explicit, inner, integer, Malformed, nullValue, octetString, oid, Reader, sequence, tags, type Element } from './der.ts'
import { bytesOfHex, hexOf, wrapExtension } from './extension.ts'
import { subjectPublicKey } from './signer.ts'
import { integerOctets, readBoolean, readNull, readOctetString, readOid, readSerial } from './values.ts'

export type CertIdHash = 'sha1' | 'sha256'
export interface CertId {
  /** As sent: the answer repeats these bytes. */
  readonly der: Uint8Array
  /** Null for a hash we do not compute: the answer is `unknown`. */
  readonly hash: CertIdHash | null
  /** Hex. */
  readonly issuerNameHash: string
  readonly issuerKeyHash: string
  readonly serial: string
}
export interface OcspRequest {
  readonly certIds: readonly CertId[]
  readonly nonce: Uint8Array | null
}

export const requestLimits = { octets: 4096, certIds: 16, nonce: 128 } as const
export const nonceOid = '1.3.6.1.5.5.7.48.1.2'
const hashByOid: ReadonlyMap<string, CertIdHash> = new Map([['1.3.14.3.2.26', 'sha1'], ['2.16.840.1.101.3.4.2.1', 'sha256']])
const hashIdentifiers: Readonly<Record<CertIdHash, Uint8Array>> = {
  sha1: sequence(oid('1.3.14.3.2.26'), nullValue),
  sha256: sequence(oid('2.16.840.1.101.3.4.2.1'), nullValue),
}

/** The body of a POST. A signature on the request is not looked at: nothing here depends on who asks. */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  if (der.length > requestLimits.octets) throw new Malformed(`a request of more than ${requestLimits.octets} octets`)
  const request = new Reader(decode(der, tags.sequence))
  const tbs = enter(request)
  if (request.optional(contextTag(0)) !== undefined) request.finish()
  request.finish()
  // Version 1 is the default and therefore never encoded.
  tbs.optional(contextTag(1))
  const list = enter(tbs)
  const certIds: CertId[] = []
  while (!list.done) {
    if (certIds.length === requestLimits.certIds) throw new Malformed(`more than ${requestLimits.certIds} certificates in a request`)
    const single = enter(list)
    certIds.push(readCertId(single.next(tags.sequence)))
    const extensions = single.optional(contextTag(0))
    if (extensions !== undefined) readExtension(extensions)
    single.finish()
  }
  if (certIds.length === 0) throw new Malformed('a request for nothing')
  const extensions = tbs.optional(contextTag(2))
  tbs.finish()
  return { certIds, nonce: extensions === undefined ? null : readExtension(extensions) }
}

/** The path of a GET: base64 of the request, percent-encoded, after the last fixed part of the URL. */
export function parseOcspPath(path: string): OcspRequest {
  if (path.length > requestLimits.octets * 4) throw new Malformed('the path is too long')
  let text: string
  try {
    text = decodeURIComponent(path.replace(/^\/+/, ''))
  } catch {
    throw new Malformed('percent-encoding of the path')
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Malformed('base64 of the path')
  const der = Buffer.from(text, 'base64')
  if (der.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) throw new Malformed('base64 of the path')
  return parseOcspRequest(new Uint8Array(der))
}

export function readCertId(e: Element): CertId {
  const members = new Reader(e)
  const algorithm = enter(members)
  const hash = hashByOid.get(readOid(algorithm.next())) ?? null
  if (hash !== null && !algorithm.done) {
    readNull(algorithm.next())
    algorithm.finish()
  }
  const issuerNameHash = readOctetString(members.next())
  const issuerKeyHash = readOctetString(members.next())
  const serial = members.next()
  members.finish()
  const length = hash === 'sha1' ? 20 : hash === 'sha256' ? 32 : null
  if (length !== null && (issuerNameHash.length !== length || issuerKeyHash.length !== length)) throw new Malformed('a hash of the wrong length')
  if (integerOctets(serial).length > 21) throw new Malformed('a serial number of more than 20 octets')
  return { der: encodingOf(e).slice(), hash, issuerNameHash: hexOf(issuerNameHash), issuerKeyHash: hexOf(issuerKeyHash), serial: readSerial(serial) }
}

/** The nonce among Extensions, if there is one. Others are passed over unless critical. */
export function readExtension(wrapped: Element): Uint8Array | null {
  let nonce: Uint8Array | null = null
  const list = new Reader(inner(wrapped, tags.sequence))
  if (list.done) throw new Malformed('an empty list of extensions')
  while (!list.done) {
    const parts = enter(list)
    const id = readOid(parts.next())
    const flag = parts.optional(tags.boolean)
    const value = parts.next(tags.octetString)
    parts.finish()
    const critical = flag !== undefined && readBoolean(flag)
    if (id !== nonceOid) {
      if (critical) throw new Malformed(`critical extension ${id}`)
      continue
    }
    if (nonce !== null) throw new Malformed('two nonces')
    nonce = readOctetString(inner(value)).slice()
    if (nonce.length === 0 || nonce.length > requestLimits.nonce) throw new Malformed(`a nonce of ${nonce.length} octets`)
  }
  return nonce
}

export const nonceExtension = (nonce: Uint8Array): Uint8Array => wrapExtension(nonceId, false, octetString(nonce))
const nonceId = oid(nonceOid)

// ---------------------------------------------------------------- whose certificate is meant

const hashesOf = new WeakMap<CaCertificate, Readonly<Record<CertIdHash, readonly [name: string, key: string]>>>()

function issuerHashes(issuer: CaCertificate): Readonly<Record<CertIdHash, readonly [name: string, key: string]>> {
  const known = hashesOf.get(issuer)
  if (known !== undefined) return known
  const digest = (hash: CertIdHash, bytes: Uint8Array): string => createHash(hash).update(bytes).digest('hex').toUpperCase()
  const both = (hash: CertIdHash) => [digest(hash, issuer.subjectDer), digest(hash, subjectPublicKey(issuer.spki))] as const
  const hashes = { sha1: both('sha1'), sha256: both('sha256') }
  hashesOf.set(issuer, hashes)
  return hashes
}

/** The authority a CertID means, by name and key; generations share the name, so the key decides. */
export const issuerOf = (certId: CertId, issuers: readonly CaCertificate[]): CaCertificate | null =>
  issuers.find((issuer) => {
    if (certId.hash === null) return false
    const [name, key] = issuerHashes(issuer)[certId.hash]
    return certId.issuerNameHash === name && certId.issuerKeyHash === key
  }) ?? null

// ---------------------------------------------------------------- for clients

/** CertID of a certificate of that issuer; `serial` in hex. */
export function certIdFor(issuer: CaCertificate, serial: string, hash: CertIdHash = 'sha256'): CertId {
  const [issuerNameHash, issuerKeyHash] = issuerHashes(issuer)[hash]
  const der = sequence(hashIdentifiers[hash], octetString(bytesOfHex(issuerNameHash)), octetString(bytesOfHex(issuerKeyHash)), integer(bytesOfHex(serial)))
  return { der, hash, issuerNameHash, issuerKeyHash, serial: serial.toUpperCase() }
}

/** An unsigned request; send 32 octets of nonce, or none where a cached answer will do. */
export function buildOcspRequest(certIds: readonly CertId[], nonce: Uint8Array | null = null): Uint8Array {
  if (nonce !== null && (nonce.length === 0 || nonce.length > requestLimits.nonce)) throw new RangeError(`a nonce of ${nonce.length} octets`)
  const extensions = nonce === null ? [] : [explicit(2, sequence(nonceExtension(nonce)))]
  return sequence(sequence(sequence(...certIds.map(({ der }) => sequence(der))), ...extensions))
}
