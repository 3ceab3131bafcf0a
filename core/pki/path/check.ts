/**
 * One path from a pinned anchor, checked from top to bottom. Nothing stops at the first fault: each named check
 * collects its own, so that the verdict says all that is wrong.
 *
 * @rfc 5280 6.1.2–6.1.5
 */
import type { Certificate } from '../parse.ts'
import type { NameConstraints } from '../parse/extensions.ts'
import type { PathCheckName } from '../path.ts'
import type { CandidatePath } from './build.ts'
import { allows, faultIn, isCa, isSelfIssued, keyUsages, notUnderstood, type KeyUsage } from './conformity.ts'
import { faultInConstraints, refusedName } from './name-constraints.ts'
import { checkPolicies, type InitialPolicies } from './policies.ts'
import { statusOf, type RevocationContext } from './revocation.ts'
import type { Work } from './work.ts'

export interface Demands {
  readonly at: number
  readonly requiredKeyUsage: readonly KeyUsage[]
  readonly requiredEku: readonly string[]
  readonly policies: InitialPolicies
  /** Certificates between anchor and leaf that are not self-issued. */
  readonly maxDepth: number
}

export interface Findings {
  /** The first fault of each check; what is not here passed. */
  readonly faults: ReadonlyMap<PathCheckName, string>
  readonly policies: readonly string[]
}

const anyExtendedKeyUsage = '2.5.29.37.0'

/** Signatures and the chain of names are the search's own condition and hold for every candidate. */
export function checkPath({ anchor, certificates }: CandidatePath, demands: Demands, revocation: RevocationContext | null, work: Work): Findings {
  const faults = new Map<PathCheckName, string>()
  const fault = (name: PathCheckName, where: string, why: string | null): void => {
    if (why !== null && !faults.has(name)) faults.set(name, `${where}: ${why}`)
  }
  const selfIssued = certificates.map(isSelfIssued)
  const constraints: NameConstraints[] = []
  let depthLeft = demands.maxDepth

  const asIssuer = (certificate: Certificate, where: string): void => {
    const { basicConstraints, nameConstraints } = certificate.known
    fault('basicConstraints', where, certificate.version === 3 && isCa(certificate) ? null : 'not a CA')
    fault('keyUsage', where, allows(certificate, 'keyCertSign') ? null : 'its key may not sign certificates')
    if (basicConstraints?.pathLength != null) depthLeft = Math.min(depthLeft, basicConstraints.pathLength)
    if (nameConstraints !== undefined) {
      fault('nameConstraints', where, faultInConstraints(nameConstraints))
      constraints.push(nameConstraints)
    }
    const purposes = certificate.known.extendedKeyUsage
    const missing = purposes?.includes(anyExtendedKeyUsage) === false ? demands.requiredEku.find((eku) => !purposes.includes(eku)) : undefined
    fault('extendedKeyUsage', where, missing === undefined ? null : `it may not issue for ${missing}`)
  }
  const byItself = (certificate: Certificate, where: string, role: 'anchor' | 'intermediate' | 'leaf'): void => {
    fault('conformity', where, faultIn(certificate, role))
    fault('criticalExtensions', where, notUnderstood(certificate))
    fault('validity', where, outsideValidity(certificate, demands.at))
  }

  byItself(anchor, 'anchor', 'anchor')
  asIssuer(anchor, 'anchor')
  for (const [i, certificate] of certificates.entries()) {
    const last = i === certificates.length - 1
    const where = last ? 'leaf' : `intermediate ${i + 1}`
    byItself(certificate, where, last ? 'leaf' : 'intermediate')
    if (last || !selfIssued[i]!) fault('nameConstraints', where, refusedName(certificate, constraints, work))
    if (revocation !== null) {
      const status = statusOf(certificate, revocation)
      fault('revocation', where, status.status === 'good' ? null : status.status === 'unknown' ? `status unknown, ${status.why}` : `revoked, reason ${status.entry.reason ?? 'not given'}`)
    }
    if (last) break
    if (!selfIssued[i]!) {
      fault('pathLength', where, depthLeft > 0 ? null : 'one certificate too many')
      depthLeft--
    }
    asIssuer(certificate, where)
  }

  asLeaf(certificates.at(-1)!, demands, (name, why) => fault(name, 'leaf', why))
  const policies = checkPolicies(certificates, selfIssued, demands.policies)
  fault('policies', 'path', policies.why)
  return { faults, policies: policies.policies }
}

function asLeaf({ known }: Certificate, demands: Demands, fault: (name: PathCheckName, why: string | null) => void): void {
  const usage = known.keyUsage === undefined ? undefined : demands.requiredKeyUsage.find((name) => !known.keyUsage!.includes(keyUsages[name]))
  fault('keyUsage', usage === undefined ? null : `its key is not for ${usage}`)
  const eku = known.extendedKeyUsage === undefined ? undefined : demands.requiredEku.find((purpose) => !known.extendedKeyUsage!.includes(purpose))
  fault('extendedKeyUsage', eku === undefined ? null : `it is not for ${eku}`)
}

/** Both ends belong to the period; certificates count in whole seconds. @rfc 5280 4.1.2.5 */
export function outsideValidity({ notBefore, notAfter }: Certificate, at: number): string | null {
  const second = Math.floor(at / 1000) * 1000
  return second < notBefore ? 'not yet valid' : second > notAfter ? 'expired' : null
}
