/**
 * The search for paths from a certificate to a pinned anchor through certificates that somebody offers. Names and key
 * identifiers guide it, signatures decide. A certificate stands at most once in a path, what no anchor's name can
 * reach is left out at the start, and every step is paid for: the search ends whatever is offered.
 *
 * @rfc 5280 6.1 (prospective path) · 4158 3
 */
import type { Certificate } from '../parse.ts'
import { comparableName, isEmptyName } from '../parse/general-name.ts'
import type { Work } from './work.ts'

/** From the certificate the anchor issued down to the leaf. */
export interface CandidatePath { readonly anchor: Certificate; readonly certificates: readonly Certificate[] }

export interface Offer {
  readonly leaf: Certificate
  readonly intermediates: readonly Certificate[]
  readonly anchors: readonly Certificate[]
}

/** What the search met besides paths: it explains why there is none. */
export interface SearchNotes { named: number; unsigned: number }

const longestPath = 32

/** Anchors and likelier issuers first. Throws `Exhausted` through `work`. */
export function* candidatePaths(offer: Offer, work: Work, notes: SearchNotes): Generator<CandidatePath> {
  const anchors = bySubject(offer.anchors)
  const intermediates = bySubject(reachable(offer, work))

  function* extend(below: readonly Certificate[]): Generator<CandidatePath> {
    const child = below[0]!
    const issuerName = comparableName(child.issuer)
    for (const anchor of issuersOf(child, anchors.get(issuerName))) {
      if (isSignedBy(child, anchor)) yield { anchor, certificates: below }
    }
    if (below.length >= longestPath) return
    for (const issuer of issuersOf(child, intermediates.get(issuerName))) {
      if (below.some((other) => isSameEntity(other, issuer)) || !isSignedBy(child, issuer)) continue
      yield* extend([issuer, ...below])
    }
  }

  function isSignedBy(child: Certificate, issuer: Certificate): boolean {
    work.spend('steps')
    notes.named++
    const signed = work.signedBy(child, issuer)
    if (!signed) notes.unsigned++
    return signed
  }

  if (!isEmptyName(offer.leaf.issuer)) yield* extend([offer.leaf])
}

/** Without copies, and without those whose issuers lead to no anchor by name. */
function reachable(offer: Offer, work: Work): Certificate[] {
  const distinct = [...new Map(offer.intermediates.map((c) => [Buffer.from(c.der).toString('latin1'), c])).values()]
  work.spend('steps', distinct.length)
  const below = new Map<string, Certificate[]>()
  for (const certificate of distinct) {
    const name = comparableName(certificate.issuer)
    below.set(name, [...(below.get(name) ?? []), certificate])
  }
  const found = new Set<Certificate>()
  const names = new Set(offer.anchors.map((anchor) => comparableName(anchor.subject)))
  // A Set visits what is added while it is walked.
  for (const name of names) {
    for (const certificate of below.get(name) ?? []) {
      found.add(certificate)
      names.add(comparableName(certificate.subject))
    }
  }
  return [...found]
}

function bySubject(certificates: readonly Certificate[]): Map<string, Certificate[]> {
  const groups = new Map<string, Certificate[]>()
  for (const certificate of certificates) {
    const name = comparableName(certificate.subject)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [certificate])
    else group.push(certificate)
  }
  return groups
}

/** Those whose key identifier does not speak against it; one that says the same first. */
function issuersOf(child: Certificate, named: readonly Certificate[] | undefined): Certificate[] {
  if (named === undefined) return []
  return named.filter((issuer) => mayIdentify(child, issuer) !== 'no').sort((a, b) => rank(child, a) - rank(child, b))
}
const rank = (child: Certificate, issuer: Certificate): number => (mayIdentify(child, issuer) === 'yes' ? 0 : 1)

/** authorityKeyIdentifier against the issuer. @rfc 5280 4.2.1.1 */
export function mayIdentify(child: Pick<Certificate, 'known'>, issuer: Certificate): 'yes' | 'unsaid' | 'no' {
  const aki = child.known.authorityKeyIdentifier
  if (aki === undefined) return 'unsaid'
  const ski = issuer.known.subjectKeyIdentifier
  if (aki.keyId !== null && ski !== undefined && aki.keyId !== ski) return 'no'
  if (aki.serial !== null && aki.serial !== issuer.serial) return 'no'
  return aki.keyId !== null && ski !== undefined ? 'yes' : 'unsaid'
}

/** The same name with the same key: a second certificate of it brings a path nowhere new. @rfc 4158 2.4.2 */
const isSameEntity = (a: Certificate, b: Certificate): boolean =>
  a === b || (Buffer.compare(a.spki, b.spki) === 0 && comparableName(a.subject) === comparableName(b.subject))
