/**
 * Certificate policies. The graph of RFC 9618 in place of the tree of RFC 5280: the same answers, but a node per
 * policy and depth, so that no choice of mappings makes it grow beyond what the certificates themselves weigh.
 *
 * @rfc 5280 6.1.2–6.1.5 · 9618
 */
import type { Certificate } from '../parse.ts'

export const anyPolicy = '2.5.29.32.0'

export interface InitialPolicies {
  /** user-initial-policy-set. */
  readonly acceptable: readonly string[] | 'any'
  readonly requireExplicit: boolean
  readonly inhibitMapping: boolean
  readonly inhibitAny: boolean
}
export const noPolicyRequired: InitialPolicies = { acceptable: 'any', requireExplicit: false, inhibitMapping: false, inhibitAny: false }

interface Node { readonly policy: string; expected: ReadonlySet<string>; readonly parents: readonly Node[] }
type Level = ReadonlyMap<string, Node>

export interface PolicyOutcome {
  readonly passed: boolean
  readonly why: string | null
  /** Policies of the user's domain under which the path is valid; `anyPolicy` where it is valid under all. */
  readonly policies: readonly string[]
}

/** `selfIssued[i]` says whether certificate i names itself as issuer. */
export function checkPolicies(path: readonly Certificate[], selfIssued: readonly boolean[], initial: InitialPolicies): PolicyOutcome {
  const n = path.length
  let levels: Level[] | null = [new Map([[anyPolicy, { policy: anyPolicy, expected: new Set([anyPolicy]), parents: [] }]])]
  let explicit = initial.requireExplicit ? 0 : n + 1
  let mapping = initial.inhibitMapping ? 0 : n + 1
  let any = initial.inhibitAny ? 0 : n + 1

  for (const [i, certificate] of path.entries()) {
    const last = i === n - 1
    const { certificatePolicies, policyMappings, policyConstraints, inhibitAnyPolicy } = certificate.known
    if (levels !== null) {
      const named = certificatePolicies?.map((p) => p.policy) ?? []
      levels = append(levels, nextLevel(levels.at(-1)!, named, any > 0 || (!last && selfIssued[i]!)))
    }
    if (explicit === 0 && levels === null) return refused('no policy is valid for the whole path, and one is required')
    if (last) {
      if (explicit > 0) explicit--
      if (policyConstraints?.requireExplicit === 0) explicit = 0
      break
    }
    if (policyMappings !== undefined) {
      if (policyMappings.some((m) => m.issuer === anyPolicy || m.subject === anyPolicy)) return refused('anyPolicy in policyMappings')
      if (levels !== null) levels = append(levels.slice(0, -1), mapped(levels, policyMappings, mapping > 0))
    }
    if (!selfIssued[i]!) {
      if (explicit > 0) explicit--
      if (mapping > 0) mapping--
      if (any > 0) any--
    }
    explicit = Math.min(explicit, policyConstraints?.requireExplicit ?? explicit)
    mapping = Math.min(mapping, policyConstraints?.inhibitMapping ?? mapping)
    any = Math.min(any, inhibitAnyPolicy ?? any)
  }

  const policies = levels === null ? [] : acceptable(levels, initial.acceptable)
  if (explicit === 0 && policies.length === 0) return refused('none of the acceptable policies is valid for the whole path')
  return { passed: true, why: null, policies }
}

const refused = (why: string): PolicyOutcome => ({ passed: false, why, policies: [] })
const append = (levels: Level[], next: Level): Level[] | null => (next.size === 0 ? null : [...levels, next])

/** 6.1.3 (d): each policy below those that expect it, else below anyPolicy; anyPolicy stands for all that is expected. */
function nextLevel(above: Level, named: readonly string[], anyAllowed: boolean): Level {
  const expecting = new Map<string, Node[]>()
  for (const node of above.values()) {
    for (const policy of node.expected) {
      const nodes = expecting.get(policy)
      if (nodes === undefined) expecting.set(policy, [node])
      else nodes.push(node)
    }
  }
  const wildcard = above.get(anyPolicy)
  const level = new Map<string, Node>()
  const add = (policy: string, parents: readonly Node[]): void => void level.set(policy, { policy, expected: new Set([policy]), parents })
  for (const policy of named) {
    if (policy === anyPolicy) continue
    const parents = expecting.get(policy) ?? (wildcard === undefined ? [] : [wildcard])
    if (parents.length > 0) add(policy, parents)
  }
  if (named.includes(anyPolicy) && anyAllowed) {
    for (const [policy, parents] of expecting) if (!level.has(policy)) add(policy, parents)
  }
  return level
}

/** 6.1.4 (b): mapped policies expect their equivalents; where mapping is inhibited they go. */
function mapped(levels: readonly Level[], mappings: readonly { issuer: string; subject: string }[], allowed: boolean): Level {
  const level = new Map(levels.at(-1)!)
  const targets = new Map<string, Set<string>>()
  for (const { issuer, subject } of mappings) targets.set(issuer, (targets.get(issuer) ?? new Set()).add(subject))
  for (const [policy, expected] of targets) {
    const node = level.get(policy)
    if (!allowed) level.delete(policy)
    else if (node !== undefined) level.set(policy, { ...node, expected })
    else if (level.has(anyPolicy)) level.set(policy, { policy, expected, parents: level.get(anyPolicy)!.parents })
  }
  return level
}

/** 6.1.5 (g): of the nodes that still lead to the last certificate, those that the anchor's domain starts with. */
function acceptable(levels: readonly Level[], wanted: readonly string[] | 'any'): string[] {
  const starts = new Set<string>()
  const seen = new Set<Node>()
  const walk = [...levels.at(-1)!.values()]
  if (levels.at(-1)!.has(anyPolicy)) starts.add(anyPolicy)
  for (let node = walk.pop(); node !== undefined; node = walk.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (node.policy !== anyPolicy && node.parents.some((parent) => parent.policy === anyPolicy)) starts.add(node.policy)
    walk.push(...node.parents)
  }
  if (wanted === 'any') return [...starts]
  return wanted.filter((policy) => starts.has(policy) || starts.has(anyPolicy))
}
