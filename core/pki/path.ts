/**
 * Certification paths. Anchors are pinned by the caller and never come from the message; no address in a certificate
 * is ever looked up; the work is bounded. A verdict is a closed list of named checks, each with its section.
 * `validateEndEntity` is the product's own: holders' certificates hang directly on an anchor, all generations of an
 * authority share one name, and only the key tells them apart. `validatePath` is RFC 5280 section 6 for any depth.
 *
 * @rfc 5280 6 · 9618
 */
import { parseCertificate, type Certificate, type Crl } from './parse.ts'
import { candidatePaths, type CandidatePath, type SearchNotes } from './path/build.ts'
import { checkPath, outsideValidity, type Demands, type Findings } from './path/check.ts'
import { allows, asserts, isCa, notUnderstood, type KeyUsage } from './path/conformity.ts'
import { noPolicyRequired, type InitialPolicies } from './path/policies.ts'
import type { RevocationContext } from './path/revocation.ts'
import { defaultBudget, Exhausted, newWork, type Budget, type Work } from './path/work.ts'
import { keyIdentifier } from './signer.ts'
import { verifySigned } from './verify.ts'

export interface Check<N extends string> {
  readonly name: N
  readonly section: string
  readonly passed: boolean
  /** Why it failed; null where it passed. */
  readonly why: string | null
}

const sections = {
  anchor: 'RFC 5280 6.1.1 (d)', signatures: 'RFC 5280 6.1.3 (a)(1)', validity: 'RFC 5280 6.1.3 (a)(2)', revocation: 'RFC 5280 6.1.3 (a)(3)',
  nameChaining: 'RFC 5280 6.1.3 (a)(4)', nameConstraints: 'RFC 5280 6.1.3 (b)', policies: 'RFC 5280 6.1.5 (g)', basicConstraints: 'RFC 5280 6.1.4 (k)',
  pathLength: 'RFC 5280 6.1.4 (l)', keyUsage: 'RFC 5280 6.1.4 (n)', extendedKeyUsage: 'RFC 5280 4.2.1.12', criticalExtensions: 'RFC 5280 6.1.4 (o)',
  conformity: 'RFC 5280 4', work: 'RFC 4158 2.3',
} as const
export type PathCheckName = keyof typeof sections
export const pathCheckNames = Object.keys(sections) as readonly PathCheckName[]

/** Says that revocation is settled elsewhere (the gateway's own register), not forgotten. */
export const revocationElsewhere: unique symbol = Symbol('revocation is settled elsewhere')

export interface PathInput {
  readonly leaf: Certificate
  /** Offered by anybody, in any order. */
  readonly intermediates: readonly Certificate[]
  /** Pinned. Their own name constraints, path length and key usage bind, too. */
  readonly anchors: readonly Certificate[]
  /** Epoch milliseconds. */
  readonly at: number
  /** With lists, every certificate of the path must be shown not to be revoked. */
  readonly crls: readonly Crl[] | typeof revocationElsewhere
  readonly requiredKeyUsage?: readonly KeyUsage[]
  /** OIDs. A leaf without the extension is not restricted; anyExtendedKeyUsage in a leaf is not enough. */
  readonly requiredEku?: readonly string[]
  readonly initialPolicies?: InitialPolicies
  /** Certificates between anchor and leaf, self-issued ones not counted. Default 8. */
  readonly maxDepth?: number
  readonly budget?: Budget
}

export interface PathVerdict {
  readonly valid: boolean
  readonly checks: readonly Check<PathCheckName>[]
  /** The path judged: the valid one, or the one with the fewest faults; leaf last. Null where there is none. */
  readonly path: CandidatePath | null
  /** Acceptable policies under which it is valid. */
  readonly policies: readonly string[]
}

/** Never throws for what certificates and lists contain. */
export function validatePath(input: PathInput): PathVerdict {
  const work = newWork(input.budget ?? defaultBudget)
  const notes: SearchNotes = { named: 0, unsigned: 0 }
  const best: { found: { path: CandidatePath; findings: Findings } | null } = { found: null }
  try {
    const found = search(input, demandsOf(input), new Set(), work, notes, best)
    if (found !== null) return verdictOf(found.path, found.findings)
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error
    return noPath(notes, error.message)
  }
  return best.found === null ? noPath(notes, null) : verdictOf(best.found.path, best.found.findings)
}

const demandsOf = (input: PathInput): Demands => ({
  at: input.at, requiredKeyUsage: input.requiredKeyUsage ?? [], requiredEku: input.requiredEku ?? [],
  policies: input.initialPolicies ?? noPolicyRequired, maxDepth: input.maxDepth ?? 8,
})

type Judged = { readonly path: CandidatePath; readonly findings: Findings }

/** The first path without fault; the one with the fewest is left in `best`. `asking` are signers of lists whose own path is being judged. */
function search(input: PathInput, demands: Demands, asking: ReadonlySet<Certificate>, work: Work, notes: SearchNotes, best: { found: Judged | null }): Judged | null {
  for (const path of candidatePaths(input, work, notes)) {
    work.spend('paths')
    const findings = checkPath(path, demands, revocationFor(path, input, asking, work), work)
    if (findings.faults.size === 0) return { path, findings }
    if (best.found === null || findings.faults.size < best.found.findings.faults.size) best.found = { path, findings }
  }
  return null
}

function revocationFor(path: CandidatePath, input: PathInput, asking: ReadonlySet<Certificate>, work: Work): RevocationContext | null {
  if (input.crls === revocationElsewhere) return null
  const ofPath = [path.anchor, ...path.certificates.slice(0, -1)]
  const trusted = new Map<Certificate, boolean>()
  return {
    crls: [...input.crls].sort((a, b) => b.thisUpdate - a.thisUpdate), at: input.at, work, signers: [...ofPath, ...input.intermediates.filter((c) => !ofPath.includes(c))],
    isTrusted(signer) {
      if (ofPath.includes(signer)) return true
      if (asking.has(signer)) return false
      let answer = trusted.get(signer)
      if (answer === undefined) {
        const own: PathInput = { ...input, leaf: signer, anchors: [path.anchor] }
        const demands: Demands = { at: input.at, requiredKeyUsage: ['cRLSign'], requiredEku: [], policies: noPolicyRequired, maxDepth: input.maxDepth ?? 8 }
        answer = search(own, demands, new Set([...asking, signer]), work, { named: 0, unsigned: 0 }, { found: null }) !== null
        trusted.set(signer, answer)
      }
      return answer
    },
  }
}

function verdictOf(path: CandidatePath, { faults, policies }: Findings): PathVerdict {
  const checks = pathCheckNames.map((name) => check(name, sections[name], faults.get(name) ?? null))
  return { valid: faults.size === 0, checks, path, policies: faults.size === 0 ? policies : [] }
}

function noPath(notes: SearchNotes, exhausted: string | null): PathVerdict {
  const why = (name: PathCheckName): string | null => {
    if (name === 'work') return exhausted
    if (name === 'anchor') return 'no path to a pinned anchor'
    if (name === 'nameChaining') return notes.named > 0 ? null : 'nobody offered bears the name of the issuer'
    if (name === 'signatures' && notes.unsigned > 0) return `${notes.unsigned} issuers of that name did not sign it`
    return 'not reached'
  }
  return { valid: false, checks: pathCheckNames.map((name) => check(name, sections[name], why(name))), path: null, policies: [] }
}

const check = <N extends string>(name: N, section: string, why: string | null): Check<N> => ({ name, section, passed: why === null, why })

// ---------------------------------------------------------------- the product's own

/** 署名用 · 利用者証明用 */
export type Purpose = 'signature' | 'authentication'

const endEntitySections = {
  anchor: 'RFC 5280 6.1.1 (d)', certificateSignature: 'RFC 5280 6.1.3 (a)(1)', validity: 'RFC 5280 4.1.2.5', keyUsage: 'RFC 5280 4.2.1.3',
  basicConstraints: 'RFC 5280 4.2.1.9', criticalExtensions: 'RFC 5280 6.1.5 (f)', policy: 'RFC 5280 4.2.1.4',
} as const
export type EndEntityCheckName = keyof typeof endEntitySections

export interface EndEntityInput {
  readonly leaf: Certificate
  /** Every generation that is pinned, of this purpose's authority; DER is read once per object. */
  readonly anchors: readonly { readonly der: Uint8Array }[]
  /** Epoch milliseconds. */
  readonly at: number
  readonly purpose: Purpose
  /** OIDs, one of which the certificate must name; anyPolicy is not one. */
  readonly expectedPolicies: readonly string[]
}

export interface EndEntityVerdict {
  readonly valid: boolean
  readonly checks: readonly Check<EndEntityCheckName>[]
  /** Which generation signed it: hex of the anchor's key identifier. Null unless the signature holds. */
  readonly anchorKeyId: string | null
}

/** Depth one. The issuer is found by name and key, never by name alone; without authorityKeyIdentifier by trial. */
export function validateEndEntity(input: EndEntityInput): EndEntityVerdict {
  const { leaf, at, purpose } = input
  const generations = input.anchors.map(parsedAnchor).filter((anchor) => Buffer.compare(anchor.subject.der, leaf.issuer.der) === 0)
  const keyed = generations.filter((anchor) => namesKey(leaf, anchor))
  const signer = keyed.filter((anchor) => verifySigned(leaf, anchor.spki)).sort((a, b) => Number(faultInAnchor(a, at) !== null) - Number(faultInAnchor(b, at) !== null))[0]
  const why: Record<EndEntityCheckName, string | null> = {
    anchor: generations.length === 0 ? 'the issuer is no pinned authority' : keyed.length === 0 ? 'no generation of the authority has that key' : signer === undefined ? null : faultInAnchor(signer, at),
    certificateSignature: keyed.length === 0 ? 'not reached: no anchor' : signer === undefined ? 'not signed by the authority it names' : null,
    validity: outsideValidity(leaf, at),
    keyUsage: faultInUsage(leaf, purpose),
    basicConstraints: isCa(leaf) ? 'a CA, not an end entity' : leaf.known.nameConstraints === undefined ? null : 'constraints of a CA in an end entity',
    criticalExtensions: notUnderstood(leaf, endEntityExtensions),
    policy: leaf.known.certificatePolicies?.some((p) => input.expectedPolicies.includes(p.policy)) === true ? null : 'not issued under a policy for this purpose',
  }
  const checks = (Object.keys(endEntitySections) as EndEntityCheckName[]).map((name) => check(name, endEntitySections[name], why[name]))
  return { valid: checks.every((c) => c.passed), checks, anchorKeyId: signer === undefined ? null : keyIdOf(signer) }
}

const endEntityExtensions = new Set(['keyUsage', 'basicConstraints', 'certificatePolicies', 'subjectAltName'] as const)

const parsedAnchors = new WeakMap<{ readonly der: Uint8Array }, Certificate>()
function parsedAnchor(anchor: { readonly der: Uint8Array }): Certificate {
  let certificate = parsedAnchors.get(anchor)
  if (certificate === undefined) parsedAnchors.set(anchor, (certificate = parseCertificate(anchor.der)))
  return certificate
}

const keyIdOf = (anchor: Certificate): string => anchor.known.subjectKeyIdentifier ?? Buffer.from(keyIdentifier(anchor.spki)).toString('hex').toUpperCase()

function namesKey(leaf: Certificate, anchor: Certificate): boolean {
  const aki = leaf.known.authorityKeyIdentifier
  return (aki?.keyId == null || aki.keyId === keyIdOf(anchor)) && (aki?.serial == null || aki.serial === anchor.serial)
}

function faultInAnchor(anchor: Certificate, at: number): string | null {
  if (!isCa(anchor) || !allows(anchor, 'keyCertSign')) return 'the anchor is not a CA'
  if (notUnderstood(anchor) !== null) return 'the anchor holds an unknown critical extension'
  const outside = outsideValidity(anchor, at)
  return outside === null ? null : `the authority is ${outside}`
}

/** What each certificate's key is for; extendedKeyUsage, which the profile does not have, would only narrow it. */
function faultInUsage(leaf: Certificate, purpose: Purpose): string | null {
  if (!asserts(leaf, 'digitalSignature')) return 'its key is not for signatures'
  if (purpose === 'signature' && !asserts(leaf, 'nonRepudiation')) return 'its key is not for documents'
  if (purpose === 'authentication' && asserts(leaf, 'nonRepudiation')) return 'its key is for documents, not for authentication'
  if (asserts(leaf, 'keyCertSign') || asserts(leaf, 'cRLSign')) return 'its key is for an authority'
  return leaf.known.extendedKeyUsage === undefined ? null : 'it is restricted to purposes outside of the profile'
}
