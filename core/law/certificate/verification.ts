/**
 * The verdict on a signature or a login: a closed list of named checks, each with its section. It is valid only if every
 * check passed. Anchors are pinned by the gateway and never come with the request; nothing is fetched.
 *
 * @law 公的個人認証法 第19条・第38条 · @rfc 5280 6.1
 */
import { validateEndEntity } from '../../pki/path.ts'
import { parseCertificate, type Certificate } from '../../pki/parse.ts'
import { Malformed } from '../../pki/der.ts'
import { policiesFor } from '../../pki/profile.ts'
import { verifyDigest } from '../../pki/verify-digest.ts'
import { asPartner, type Actor } from '../actor.ts'
import type { CertificateRecord } from './certificate.ts'
import type { IssuerKeyId, SerialNumber } from '../ids.ts'
import { asking } from '../partner/agreement.ts'
import { hasOwnStanding, inStanding } from '../partner/partner.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { answerAt, type StatusAnswer } from './status.ts'
import { dayOf, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** Of every verdict. */
export const checkNames = ['form', 'anchor', 'certificateSignature', 'validity', 'keyUsage', 'basicConstraints', 'criticalExtensions', 'policy', 'revocation', 'signature'] as const
/** Of a signed document, besides: what SignedData adds (document.ts). */
export const documentCheckNames = ['algorithm', 'contentType', 'messageDigest', 'signingCertificate'] as const
export type CheckName = (typeof checkNames)[number] | (typeof documentCheckNames)[number]
export interface Check {
  readonly name: CheckName
  /** RFC section or article that demands the check. */
  readonly section: string
  readonly passed: boolean
  /** Why it failed, or null. */
  readonly why: string | null
}

declare const verdictBrand: unique symbol
/** Made only in this file. */
export interface Verdict {
  readonly [verdictBrand]: true
  readonly valid: boolean
  readonly checks: readonly Check[]
  /** The instant it holds for: period and revocation are those of this instant. */
  readonly at: Instant
  /** When it was made. */
  readonly madeAt: Instant
  /** As of `at`, from the register as it was read at `madeAt`. */
  readonly status: { readonly answer: StatusAnswer; readonly method: 'REGISTER'; readonly asOf: Instant; readonly sourceTime: Instant } | null
  /** The certificate's policy is for keys that answer only after the PIN (第19条第2項); a signature by itself shows no more of the act. */
  readonly pin: 'DEMANDED_BY_KEY' | 'NOT_SHOWN'
  readonly certificate: Certificate | null
  /** The register's row of that certificate; what a partner may learn of it is decided by the caller. */
  readonly record: CertificateRecord | null
}

export type Purpose = 'signature' | 'authentication'
export type VerifyWorld = Uses<'clock' | 'authorities' | 'statuses' | 'certificates' | 'settings'>

export interface Signed {
  readonly certificate: Uint8Array
  readonly purpose: Purpose
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly digest: Uint8Array
  readonly signature: Uint8Array
  /** For which instant; absent or null: now. That the signature is as old as that is for the caller to know. */
  readonly at?: Instant | null | undefined
}

/** All checks, none left out: a failed early one leaves the later ones failed as "not reached". */
export async function judge(world: VerifyWorld, input: Signed): Promise<Verdict> {
  const certificate = read(input.certificate)
  const signed = certificate !== null && verifyDigest(certificate.spki, input.hash, input.digest, input.signature)
  const why = signed ? null : certificate === null ? 'not reached' : 'not made over this content with the key of this certificate'
  return judgeSigner(world, { certificate, purpose: input.purpose, at: input.at ?? null, own: [{ name: 'signature', section: signatureArticle(input.purpose), passed: signed, why }], names: checkNames })
}

export interface Signer {
  /** Null: none that could be read. */
  readonly certificate: Certificate | null
  readonly purpose: Purpose
  readonly at: Instant | null
  /** What was found of the signature itself. */
  readonly own: readonly Check[]
  /** Every check that there must be. */
  readonly names: readonly CheckName[]
}

/** What was found of a signature, with everything about the certificate behind it. */
export async function judgeSigner(world: VerifyWorld, { certificate, purpose, at: asked, own, names }: Signer): Promise<Verdict> {
  const madeAt = world.clock.now()
  const at = asked ?? madeAt
  if (certificate === null) return verdict({ at, madeAt, checks: [fail('form', 'RFC 5280 4.1', 'not a certificate that this gateway reads'), ...own], names, status: null, certificate, record: null, pin: 'NOT_SHOWN' })
  const anchors = world.authorities.all.filter((a) => a.ca === purpose).map((a) => a.certificate)
  const path = validateEndEntity({ leaf: certificate, anchors, at, purpose, expectedPolicies: policiesFor(purpose, world.settings.profile) })
  const issuer = path.anchorKeyId as IssuerKeyId | null
  const serial = certificate.serial as SerialNumber
  const answer = issuer === null ? null : answerAt(await world.statuses.find(issuer, serial), at)
  const record = issuer === null ? null : await world.certificates.bySerial(issuer, serial)
  const revocation = answer === null ? fail('revocation', 'RFC 6960 2.2', 'not reached: no anchor') : answer.status === 'good' ? pass('revocation', 'RFC 6960 2.2') : fail('revocation', 'RFC 6960 2.2', answer.status)
  const checks: Check[] = [pass('form', 'RFC 5280 4.1'), ...path.checks.map((c) => ({ name: c.name, section: c.section, passed: c.passed, why: c.why })), revocation, ...own]
  const underPolicy = issuer !== null && path.checks.some((c) => c.name === 'policy' && c.passed)
  return verdict({
    at, madeAt, checks, names, certificate, record, pin: underPolicy ? 'DEMANDED_BY_KEY' : 'NOT_SHOWN',
    status: answer === null ? null : { answer, method: 'REGISTER', asOf: at, sourceTime: madeAt },
  })
}

const signatureArticle = (purpose: Purpose): string => (purpose === 'signature' ? '公的個人認証法 第19条第1項' : '公的個人認証法 第38条第1項')

// ---------------------------------------------------------------- a partner asks

export type SignatureInput = Omit<Signed, 'purpose'>
/** How many signatures may be judged by one request. */
export const largestBatch = 32

/** A partner asks for the verdict on a document's digest. */
export async function verifySignature(world: VerifyWorld & Uses<'partners' | 'provisions'>, actor: Actor, input: SignatureInput): Promise<Result<Verdict>> {
  const verdicts = await verifySignatures(world, actor, [input])
  return isRefusal(verdicts) ? verdicts : verdicts[0]!
}

/** The same for several, each judged by itself. */
export async function verifySignatures(world: VerifyWorld & Uses<'partners' | 'provisions'>, actor: Actor, inputs: readonly SignatureInput[]): Promise<Result<Verdict[]>> {
  const no = await mayVerify(world, actor) ?? (inputs.length === 0 || inputs.length > largestBatch ? refuse('MALFORMED_INPUT', { field: 'signatures' }) : null)
  if (no !== null) return no
  const now = world.clock.now()
  if (inputs.some(({ at }) => at != null && at > now)) return refuse('MALFORMED_INPUT', { field: 'at' })
  const verdicts: Verdict[] = []
  for (const input of inputs) verdicts.push(await judge(world, { ...input, purpose: 'signature' }))
  const told = verdicts.filter(({ status }) => status !== null).length
  const partner = actor.kind === 'partner' && told > 0 ? await world.partners.load(actor.partner) : null
  if (partner !== null) await world.provisions.add([{ day: dayOf(now), recipient: partner.name, provision: 'revocation-information', method: 'VERDICT', count: told }])
  return verdicts
}

/** 署名検証者, in its own right or by delegation. */
export async function mayVerify(world: Uses<'clock' | 'partners' | 'settings'>, actor: Actor): Promise<Refusal | null> {
  const client = asPartner(actor, 'verify')
  if (isRefusal(client)) return client
  const partner = await inStanding(world, client, 'signature-verifier', dayOf(world.clock.now()), asking(world, 'verification'))
  return isRefusal(partner) ? partner : null
}

/**
 * The certificate itself goes to a verifier in its own right that asks with the scope for it; to whom the work is done for
 * (規則 第29条), and to all others, only facts.
 */
export async function rawCertificate(world: Uses<'clock' | 'partners'>, actor: Actor, verdict: Verdict): Promise<Uint8Array | null> {
  const client = asPartner(actor, 'certificate:raw')
  const partner = isRefusal(client) ? null : await world.partners.load(client.partner)
  return partner !== null && hasOwnStanding(partner, 'signature-verifier', dayOf(world.clock.now())) ? (verdict.certificate?.der ?? null) : null
}

/** Null where the octets are no certificate that is read here. */
export function read(der: Uint8Array): Certificate | null {
  try {
    return parseCertificate(der)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

const pass = (name: CheckName, section: string): Check => ({ name, section, passed: true, why: null })
const fail = (name: CheckName, section: string, why: string): Check => ({ name, section, passed: false, why })

function verdict({ names, checks, ...rest }: Omit<Verdict, typeof verdictBrand | 'valid'> & { readonly names: readonly CheckName[] }): Verdict {
  const complete = names.map((name) => checks.find((c) => c.name === name) ?? fail(name, '', 'not reached'))
  return { valid: complete.every((c) => c.passed), checks: complete, ...rest } as Omit<Verdict, typeof verdictBrand> as Verdict
}
