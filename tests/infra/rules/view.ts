/** What a rule sees: one stage as synthesised, and the keys it uses with their policies. */
import { parsePolicy, type Policy } from '../policy.ts'
import type { Registered } from '../synth/mocks.ts'
import type { Synthesis } from '../synth/run.ts'
import type { Stage } from '../synthesise.ts'

export interface View {
  readonly stage: Stage
  readonly site: Synthesis
  /** The app that holds this stage's keys: itself, or `keys` for production. */
  readonly keys: Synthesis
}
/** Complaints; none where the rule is kept. */
export interface Rule { readonly name: string; readonly stages: readonly Stage[]; check(view: View): string[] }

export const rule = (name: string, stages: readonly Stage[], check: (view: View) => string[]): Rule => ({ name, stages, check })
export const gateways: readonly Stage[] = ['production', 'pr-7']
export const everyStage: readonly Stage[] = ['production', 'keys', 'pr-7']

export const ofType = (site: Synthesis, ...types: readonly string[]): Registered[] => site.resources.filter((r) => types.some((type) => r.type === type || r.type.startsWith(`${type}/`)))
export const named = (site: Synthesis, type: string, name: string): Registered => {
  const found = site.resources.find((r) => r.type === type && r.name === name)
  if (found === undefined) throw new Error(`no ${type} named ${name}`)
  return found
}
export const functions = (site: Synthesis): Registered[] => ofType(site, 'aws:lambda/function:Function')
export const roles = (site: Synthesis): Registered[] => ofType(site, 'aws:iam/role:Role')
export const trustOf = (role: Registered): Policy => parsePolicy(role.inputs['assumeRolePolicy'])
export const policiesOf = (role: Registered): Policy[] => ((role.inputs['inlinePolicies'] ?? []) as { policy: unknown }[]).map(({ policy }) => parsePolicy(policy))
export const where = (r: Registered, what: string): string => `${r.name}: ${what}`

/** The doors by the name of the file that each is. */
export const doorOf = (fn: Registered): string => String(fn.inputs['name']).split('-').at(-1)!
export const isGuard = (fn: Registered): boolean => fn.name.endsWith('Guard')
export const isProduction = ({ stage }: View): boolean => stage !== 'pr-7'
export const unequal = (what: string, given: unknown, wanted: unknown): string[] => (JSON.stringify(given) === JSON.stringify(wanted) ? [] : [`${what} is ${JSON.stringify(given)}, not ${JSON.stringify(wanted)}`])
