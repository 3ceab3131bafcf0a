/** The three stages as they are, synthesised once, and copies that a test may spoil. */
import { accessRules } from './rules/access.ts'
import { doorRules } from './rules/doors.ts'
import { edgeRules } from './rules/edge.ts'
import { lastingRules } from './rules/lasting.ts'
import type { Rule, View } from './rules/view.ts'
import { watchRules } from './rules/watch.ts'
import type { Synthesis } from './synth/run.ts'
import { synthesise, type Stage } from './synthesise.ts'

export const rules: readonly Rule[] = [...accessRules, ...doorRules, ...lastingRules, ...edgeRules, ...watchRules]

const kept = new Map<Stage, Synthesis>()
export function synthesisOf(stage: Stage): Synthesis {
  const known = kept.get(stage) ?? synthesise(stage)
  kept.set(stage, known)
  return known
}

/** A stage with the keys it uses. `site` and `keys` stand in for what was synthesised. */
export function viewOf(stage: Stage, { site = synthesisOf(stage), keys }: { readonly site?: Synthesis; readonly keys?: Synthesis } = {}): View {
  return { stage, site, keys: keys ?? (stage === 'production' ? synthesisOf('keys') : site) }
}

/** A copy of a stage and of its keys' app, spoiled. */
export function spoiled(stage: Stage, spoil: (site: Synthesis, keys: Synthesis) => void): View {
  const site = structuredClone(synthesisOf(stage))
  const keys = stage === 'production' ? structuredClone(synthesisOf('keys')) : site
  spoil(site, keys)
  return { stage, site, keys }
}

/** A rule that throws has found something as well. */
export function complaints(rule: Rule, view: View): string[] {
  try {
    return rule.check(view)
  } catch (error) {
    return [String(error)]
  }
}
