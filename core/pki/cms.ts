/**
 * CMS SignedData and its advanced form CAdES-BES: read strictly, verified signer by signer as a closed list of checks,
 * and built around a key that signs digests (a card). Trust is not decided here: the signer's certificate goes to
 * path.ts. DER throughout (the streaming form of BER is refused); SHA-1 has no name.
 *
 * @rfc 5652 5, 11 · 5035 3–5 · 5126 4.3.1 (CAdES-BES) · 5754
 */
import { children, contentOf, contextTag, decode, encodingOf, enter, explicit, implicit, inner, integer, Malformed, nullValue, octetString, oid, primitiveTag, Reader, sequence, setOf, tags, time, tlv, type Element } from './der.ts'
import { parseCertificate, readAlgorithm, type AlgorithmIdentifier, type Certificate, type Limits } from './parse.ts'
import { readDistinguishedName, readGeneralNames, sameName, type DistinguishedName, type GeneralName } from './parse/general-name.ts'
import type { Check } from './path.ts'
import { SignerFault } from './signer.ts'
import { readOctetString, readOid, readSerial, readSmall, readTime } from './values.ts'
import { digestLengths, digestOf, hashOids, signatureAlgorithmOf, signatureIdentifierFor, verifyMessage, type Hash } from './verify.ts'

const oids = {
  data: '1.2.840.113549.1.7.1', signedData: '1.2.840.113549.1.7.2', rsaEncryption: '1.2.840.113549.1.1.1',
  contentType: '1.2.840.113549.1.9.3', messageDigest: '1.2.840.113549.1.9.4', signingTime: '1.2.840.113549.1.9.5', signingCertificate: '1.2.840.113549.1.9.16.2.47',
} as const

export interface CmsLimits extends Limits { readonly signers: number; readonly certificates: number; readonly attributes: number }
export const cmsLimits: CmsLimits = { maxBytes: 8 * 1024 * 1024, signers: 16, certificates: 32, attributes: 32 }

/** Hex of subjectKeyIdentifier, or issuer and serial number. */
export type SignerIdentifier = { readonly keyId: string } | { readonly issuer: DistinguishedName; readonly serial: string }

export interface SignedAttributes {
  /** What the signature is made over: the attributes as a SET OF in DER. */
  readonly encoded: Uint8Array
  readonly contentType: string
  readonly messageDigest: Uint8Array
  readonly signingTime: number | null
  /** ESSCertIDv2 of the signer's own certificate, the first in the list. */
  readonly signingCertificate: { readonly hash: Hash | null; readonly certHash: Uint8Array; readonly issuer: readonly GeneralName[] | null; readonly serial: string | null } | null
}
export interface SignerInfo {
  readonly identifier: SignerIdentifier
  readonly digestAlgorithm: AlgorithmIdentifier
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly attributes: SignedAttributes | null
}
export interface SignedData {
  readonly contentType: string
  /** Null where the content is detached. */
  readonly content: Uint8Array | null
  /** As sent: in no order, trusted for nothing. */
  readonly certificates: readonly Certificate[]
  readonly signers: readonly SignerInfo[]
}

// ---------------------------------------------------------------- read

/** Throws `Malformed`. */
export function parseSignedData(input: Uint8Array, limits: CmsLimits = cmsLimits): SignedData {
  if (input.length > limits.maxBytes) throw new Malformed(`${input.length} octets where ${limits.maxBytes} are the limit`)
  const outer = new Reader(decode(Uint8Array.from(input), tags.sequence))
  if (readOid(outer.next()) !== oids.signedData) throw new Malformed('not SignedData')
  const signedData = inner(outer.next(contextTag(0)), tags.sequence)
  outer.finish()
  const members = new Reader(signedData)
  const version = readSmall(members.next())
  if (version < 1 || version > 5) throw new Malformed(`SignedData of version ${version}`)
  capped(children(members.next(tags.set)), limits.signers, 'digest algorithms').forEach(readAlgorithm)
  const encapsulated = enter(members)
  const contentType = readOid(encapsulated.next())
  const wrapped = encapsulated.optional(contextTag(0))
  encapsulated.finish()
  const certificates = members.optional(contextTag(0))
  members.optional(contextTag(1)) // revocation lists: the verifier has its own
  const signers = capped(children(members.next(tags.set)), limits.signers, 'signers')
  members.finish()
  return {
    contentType, content: wrapped === undefined ? null : readOctetString(inner(wrapped)),
    certificates: certificates === undefined ? [] : capped(children(certificates), limits.certificates, 'certificates').map((e) => parseCertificate(encodingOf(e))),
    signers: signers.map((e) => readSigner(e, limits)),
  }
}

function capped<T>(list: readonly T[], limit: number, what: string): readonly T[] {
  if (list.length > limit) throw new Malformed(`${list.length} ${what} where ${limit} are the limit`)
  return list
}

function readSigner(e: Element, limits: CmsLimits): SignerInfo {
  const members = new Reader(e)
  const version = readSmall(members.next())
  const sid = members.next()
  const byKey = sid.tag === primitiveTag(0)
  if (version !== (byKey ? 3 : 1)) throw new Malformed(`SignerInfo of version ${version}`)
  const identifier: SignerIdentifier = byKey ? { keyId: Buffer.from(contentOf(sid)).toString('hex').toUpperCase() } : readIssuerAndSerial(sid)
  const digestAlgorithm = readAlgorithm(members.next(tags.sequence))
  const signed = members.optional(contextTag(0))
  const signatureAlgorithm = readAlgorithm(members.next(tags.sequence))
  const signature = readOctetString(members.next())
  const unsigned = members.optional(contextTag(1))
  members.finish()
  if (unsigned !== undefined) capped(children(unsigned), limits.attributes, 'attributes')
  return { identifier, digestAlgorithm, signatureAlgorithm, signature, attributes: signed === undefined ? null : readAttributes(signed, limits) }
}

function readIssuerAndSerial(e: Element): { issuer: DistinguishedName; serial: string } {
  if (e.tag !== tags.sequence) throw new Malformed(`signer identifier at ${e.start}`)
  const members = new Reader(e)
  const pair = { issuer: readDistinguishedName(members.next()), serial: readSerial(members.next()) }
  members.finish()
  return pair
}

/** Each attribute at most once, each with exactly one value: RFC 5652 11 says so of those that matter, CAdES of all. */
function readAttributes(e: Element, limits: CmsLimits): SignedAttributes {
  const list = capped(children(e), limits.attributes, 'attributes')
  const values = new Map<string, Element>()
  for (const attribute of list) {
    if (attribute.tag !== tags.sequence) throw new Malformed(`attribute expected at ${attribute.start}`)
    const parts = new Reader(attribute)
    const type = readOid(parts.next())
    const [value, ...more] = children(parts.next(tags.set))
    parts.finish()
    if (value === undefined || more.length > 0 || values.has(type)) throw new Malformed(`attribute ${type} needs one value, once`)
    values.set(type, value)
  }
  const [contentType, messageDigest, signingTime, certificate] = [oids.contentType, oids.messageDigest, oids.signingTime, oids.signingCertificate].map((type) => values.get(type))
  if (contentType === undefined || messageDigest === undefined) throw new Malformed('signed attributes without contentType or messageDigest')
  return {
    encoded: setOf(...list.map(encodingOf)), contentType: readOid(contentType), messageDigest: readOctetString(messageDigest),
    signingTime: signingTime === undefined ? null : readTime(signingTime), signingCertificate: certificate === undefined ? null : readEssCertificate(certificate),
  }
}

/** SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies OPTIONAL }. @rfc 5035 3 */
function readEssCertificate(e: Element): SignedAttributes['signingCertificate'] {
  if (e.tag !== tags.sequence) throw new Malformed(`signing certificate at ${e.start}`)
  const members = new Reader(e)
  const first = enter(enter(members))
  members.optional(tags.sequence)
  members.finish()
  const algorithm = first.optional(tags.sequence)
  const certHash = readOctetString(first.next())
  const issuerSerial = first.optional(tags.sequence)
  first.finish()
  const pair = issuerSerial === undefined ? null : new Reader(issuerSerial)
  const issuer = pair === null ? null : readGeneralNames(pair.next())
  const serial = pair === null ? null : readSerial(pair.next())
  pair?.finish()
  return { hash: algorithm === undefined ? 'sha256' : hashOf(readAlgorithm(algorithm)), certHash, issuer, serial }
}

/** Parameters absent or NULL. @rfc 5754 2 */
function hashOf({ oid: dotted, der }: AlgorithmIdentifier): Hash | null {
  const found = (Object.keys(hashOids) as Hash[]).find((hash) => hashOids[hash] === dotted)
  return found !== undefined && [sequence(oid(dotted)), sequence(oid(dotted), nullValue)].some((form) => Buffer.compare(form, der) === 0) ? found : null
}

// ---------------------------------------------------------------- verify

const sections = {
  algorithm: 'RFC 5754 2–3', certificate: 'RFC 5652 5.3', contentType: 'RFC 5652 11.1', messageDigest: 'RFC 5652 11.2', signingCertificate: 'RFC 5035 5.4', signature: 'RFC 5652 5.6',
} as const
export type SignerCheckName = keyof typeof sections

export interface SignerVerdict {
  readonly valid: boolean
  readonly checks: readonly Check<SignerCheckName>[]
  /** To be validated by path.ts; null if none matches the signer. */
  readonly certificate: Certificate | null
  /** What the signer claims. */
  readonly signingTime: number | null
}

export interface Verification {
  readonly signed: SignedData
  /** What was signed, where it is not inside: the content, or its digest made elsewhere. */
  readonly detached?: { readonly content: Uint8Array } | { readonly hash: Hash; readonly digest: Uint8Array }
  /** `cades-bes` demands the signed attribute that names the certificate; `cms` checks it where it is. */
  readonly form: 'cades-bes' | 'cms'
  /** Where the message carries none. */
  readonly certificates?: readonly Certificate[]
}

/**
 * One verdict per signer; none where nobody signed. Attached and detached content at once is a fault of every signer, and
 * so are missing signed attributes: without them, bytes that were signed as attributes could be passed off as content.
 */
export function verifySignedData({ signed, detached, form, certificates = [] }: Verification): SignerVerdict[] {
  return signed.signers.map((signer) => {
    const { attributes } = signer
    const hash = hashOf(signer.digestAlgorithm)
    const certificate = [...signed.certificates, ...certificates].find((c) => identifies(signer.identifier, c)) ?? null
    const digest = hash === null || (signed.content !== null && detached !== undefined) ? null : contentDigest(hash, signed.content, detached)
    const bound = attributes?.signingCertificate ?? null
    const why: Record<SignerCheckName, string | null> = {
      algorithm: hash !== null && signsWith(signer.signatureAlgorithm, hash, certificate) ? null : 'not an algorithm that is accepted here, or not one for this key',
      certificate: certificate === null ? 'no certificate of the signer' : null,
      contentType: attributes === null ? 'no signed attributes' : attributes.contentType === signed.contentType ? null : 'the type that was signed is not that of the content',
      messageDigest: digest === null ? 'no content, no digest of it, or two contents' : attributes !== null && Buffer.compare(attributes.messageDigest, digest) === 0 ? null : 'the content is not what was signed',
      signingCertificate: bound === null ? (form === 'cades-bes' ? 'the signature does not name its certificate' : null) : certificate !== null && binds(bound, certificate) ? null : 'the signature names another certificate',
      signature: certificate !== null && hash !== null && attributes !== null && verifyMessage(certificate.spki, hash, attributes.encoded, signer.signature) ? null : 'not made with the key of the certificate',
    }
    const checks = (Object.keys(sections) as SignerCheckName[]).map((name) => ({ name, section: sections[name], passed: why[name] === null, why: why[name] }))
    return { valid: checks.every((c) => c.passed), checks, certificate, signingTime: attributes?.signingTime ?? null }
  })
}

function identifies(identifier: SignerIdentifier, certificate: Certificate): boolean {
  if ('keyId' in identifier) return certificate.known.subjectKeyIdentifier === identifier.keyId
  return certificate.serial === identifier.serial && sameName(certificate.issuer, identifier.issuer)
}

function contentDigest(hash: Hash, attached: Uint8Array | null, detached: Verification['detached']): Uint8Array | null {
  if (attached !== null) return digestOf(hash, attached)
  if (detached === undefined) return null
  if ('content' in detached) return digestOf(hash, detached.content)
  return detached.hash === hash && detached.digest.length === digestLengths[hash] ? detached.digest : null
}

/** rsaEncryption leaves the hash to digestAlgorithm; the others must agree with it. */
function signsWith(algorithm: AlgorithmIdentifier, hash: Hash, certificate: Certificate | null): boolean {
  if (Buffer.compare(algorithm.der, rsaIdentifier) === 0) return certificate?.key.kind === 'rsa'
  const named = signatureAlgorithmOf(algorithm.der)
  return named !== null && named.hash === hash && named.kind === certificate?.key.kind
}
const rsaIdentifier = sequence(oid(oids.rsaEncryption), nullValue)

function binds(bound: NonNullable<SignedAttributes['signingCertificate']>, certificate: Certificate): boolean {
  if (bound.hash === null || Buffer.compare(digestOf(bound.hash, certificate.der), bound.certHash) !== 0) return false
  if (bound.issuer === null) return true
  return bound.serial === certificate.serial && bound.issuer.length === 1 && bound.issuer.every((name) => name.kind === 'directoryName' && sameName(name.name, certificate.issuer))
}

// ---------------------------------------------------------------- build

export interface SignedDataInput {
  /** What is signed; a detached content or its digest does not go into the message. */
  readonly content: { readonly attached: Uint8Array } | { readonly detached: Uint8Array } | { readonly digest: Uint8Array }
  readonly certificate: Certificate
  readonly hash: Hash
  /** Epoch milliseconds; null leaves the attribute out. */
  readonly signingTime: number | null
  /** RSA PKCS#1 v1.5 over the DigestInfo of that digest, or ECDSA in DER. */
  signDigest(digest: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** CAdES-BES with one signer. The signature is verified before it is let out: `SignerFault` where the key is not the certificate's. */
export async function buildSignedData({ content, certificate, hash, signingTime, signDigest }: SignedDataInput): Promise<Uint8Array> {
  if (certificate.key.kind === 'other') throw new SignerFault(`no signature algorithm for a key of type ${certificate.key.oid}`)
  const signatureIdentifier = signatureIdentifierFor(certificate.key.kind, hash)
  const digest = 'digest' in content ? content.digest : digestOf(hash, 'attached' in content ? content.attached : content.detached)
  if (digest.length !== digestLengths[hash]) throw new RangeError(`a digest of ${digest.length} octets where ${hash} has ${digestLengths[hash]}`)
  const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), setOf(value))
  const serial = integer(Buffer.from(certificate.serial, 'hex'))
  const essCertificate = sequence(
    ...(hash === 'sha256' ? [] : [sequence(oid(hashOids[hash]))]), octetString(digestOf(hash, certificate.der)),
    sequence(sequence(explicit(4, certificate.issuer.der)), serial),
  )
  const attributes = setOf(
    attribute(oids.contentType, oid(oids.data)),
    ...(signingTime === null ? [] : [attribute(oids.signingTime, time(signingTime))]),
    attribute(oids.messageDigest, octetString(digest)),
    attribute(oids.signingCertificate, sequence(sequence(essCertificate))),
  )
  const signature = await signDigest(digestOf(hash, attributes))
  if (!verifyMessage(certificate.spki, hash, attributes, signature)) throw new SignerFault('the signature does not verify under the key of the certificate')
  const digestAlgorithm = sequence(oid(hashOids[hash]))
  const signer = sequence(integer(1), sequence(certificate.issuer.der, serial), digestAlgorithm, implicit(0, attributes), signatureIdentifier, octetString(signature))
  return sequence(oid(oids.signedData), explicit(0, sequence(
    integer(1), setOf(digestAlgorithm), sequence(oid(oids.data), ...('attached' in content ? [explicit(0, octetString(content.attached))] : [])),
    tlv(contextTag(0), certificate.der), setOf(signer),
  )))
}
