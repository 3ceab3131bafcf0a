/**
 * The verdict on a signature or a login: a closed list of named checks, each with its section. It is valid only if every
 * check passed. Anchors are pinned by the gateway and never come with the request; nothing is fetched.
 *
 * @law 公的個人認証法 第19条・第38条 · @rfc 5280 6.1
 */
import { validateEndEntity } from '../pki/path.ts'
import { parseCertificate, type Certificate } from '../pki/parse.ts'
import { Malformed } from '../pki/der.ts'
import { policiesFor } from '../pki/profile.ts'
import { verifyDigest } from '../pki/verify.ts'
import { asPartner, type Actor } from './actor.ts'
import type { CertificateRecord } from './certificate.ts'
import type { IssuerKeyId } from './ids.ts'
import { inStanding } from './partner.ts'
import { isRefusal, type Result } from './refusal.ts'
import { answerFor, type StatusAnswer } from './status.ts'
import { dayOf, type Instant } from './time.ts'
import type { Uses } from './world.ts'

export const checkNames = ['form', 'anchor', 'certificateSignature', 'validity', 'keyUsage', 'basicConstraints', 'criticalExtensions', 'policy', 'revocation', 'signature'] as const
export type CheckName = (typeof checkNames)[number]
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
  readonly at: Instant
  readonly status: { readonly answer: StatusAnswer; readonly method: 'REGISTER'; readonly asOf: Instant } | null
  readonly certificate: Certificate | null
  /** The register's row of that certificate; what a partner may learn of it is decided by the caller. */
  readonly record: CertificateRecord | null
}

export type Purpose = 'signature' | 'authentication'
type VerifyWorld = Uses<'clock' | 'authorities' | 'statuses' | 'certificates' | 'settings'>

export interface Signed {
  readonly certificate: Uint8Array
  readonly purpose: Purpose
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly digest: Uint8Array
  readonly signature: Uint8Array
}

/** All checks, none left out: a failed early one leaves the later ones failed as "not reached". */
export async function judge(world: VerifyWorld, input: Signed): Promise<Verdict> {
  const at = world.clock.now()
  const certificate = read(input.certificate)
  if (certificate === null) return verdict(at, [fail('form', 'RFC 5280 4.1', 'not a certificate that this gateway reads')], null, null, null)
  const anchors = world.authorities.all.filter((a) => a.ca === input.purpose).map((a) => ({ keyId: a.keyId, certificate: a.certificate }))
  const path = validateEndEntity({ leaf: certificate, anchors: anchors.map((a) => a.certificate), at, purpose: input.purpose, expectedPolicies: policiesFor(input.purpose, world.settings.profile) })
  const checks: Check[] = [pass('form', 'RFC 5280 4.1'), ...path.checks.map((c) => ({ name: c.name, section: c.section, passed: c.passed, why: c.why }))]
  const issuer = path.anchorKeyId as IssuerKeyId | null

  let status: Verdict['status'] = null
  let record: CertificateRecord | null = null
  if (issuer !== null) {
    const answer = answerFor(await world.statuses.find(issuer, certificate.serial as never))
    status = { answer, method: 'REGISTER', asOf: at }
    record = await world.certificates.bySerial(issuer, certificate.serial as never)
    checks.push(answer.status === 'good' ? pass('revocation', 'RFC 6960 2.2') : fail('revocation', 'RFC 6960 2.2', answer.status))
  } else {
    checks.push(fail('revocation', 'RFC 6960 2.2', 'not reached: no anchor'))
  }
  const signed = verifyDigest(certificate.spki, input.hash, input.digest, input.signature)
  const article = input.purpose === 'signature' ? '公的個人認証法 第19条第1項' : '公的個人認証法 第38条第1項'
  checks.push(signed ? pass('signature', article) : fail('signature', article, 'not made over this content with the key of this certificate'))
  return verdict(at, checks, status, certificate, record)
}

/** A partner asks for the verdict on a document's digest. */
export async function verifySignature(world: VerifyWorld & Uses<'partners'>, actor: Actor, input: Omit<Signed, 'purpose'>): Promise<Result<Verdict>> {
  const client = asPartner(actor, 'verify')
  if (isRefusal(client)) return client
  const partner = await inStanding(world, client, 'signature-verifier', dayOf(world.clock.now()))
  if (isRefusal(partner)) return partner
  return judge(world, { ...input, purpose: 'signature' })
}

function read(der: Uint8Array): Certificate | null {
  try {
    return parseCertificate(der)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

const pass = (name: CheckName, section: string): Check => ({ name, section, passed: true, why: null })
const fail = (name: CheckName, section: string, why: string): Check => ({ name, section, passed: false, why })

function verdict(at: Instant, checks: readonly Check[], status: Verdict['status'], certificate: Certificate | null, record: CertificateRecord | null): Verdict {
  const complete = checkNames.map((name) => checks.find((c) => c.name === name) ?? fail(name, '', 'not reached'))
  return { valid: complete.every((c) => c.passed), checks: complete, at, status, certificate, record } as Omit<Verdict, typeof verdictBrand> as Verdict
}
