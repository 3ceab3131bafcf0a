/**
 * A draft of the decisions, from what is seen now: `node tests/authz/draft.ts`. It is to be read, line by line, before any of
 * it goes into decided.ts: what is seen is not what ought to be. Fields that this land does not show get what the fields that
 * lead to them have.
 */
import { getNamedType, isUnionType } from 'graphql'
import { toSchema } from '../../schema/index.ts'
import { roleNames, settle, type RoleName } from './land.ts'
import { consentStates, look, objectTypes, type Observation, type State } from './matrix.ts'

const schema = toSchema()
const land = await settle()
const observed = new Map<State, Observation>()
for (const state of consentStates) {
  if (state === 'withdrawn') await land.withdraw()
  observed.set(state, await look(schema, land, 'Query'))
}
observed.set('by an act', await look(schema, land, 'Mutation'))

const line = (roles: readonly RoleName[]): string => (roles.length === roleNames.length ? 'everyone' : roleNames.filter((role) => roles.includes(role)).join(' '))
const inState = (cell: string, state: State): { sees: RoleName[]; blank: RoleName[] } => {
  const found = new Map(roleNames.map((role) => [role, observed.get(state)!.seen.get(role)!.get(cell)]))
  const value = [...found.values()].includes('value')
  return { sees: roleNames.filter((role) => found.get(role) === 'value' || (!value && found.get(role) === 'empty')), blank: roleNames.filter((role) => value && found.get(role) === 'empty') }
}

const met = new Map([...observed.get('in force')!.met, ...observed.get('by an act')!.met])
const answered = (cell: string): RoleName[] => roleNames.filter((role) => met.get(cell)?.get(role) === 'answered')
/** Who sees any field that leads to the type; of root fields, who is answered. */
function leading(type: string): RoleName[] {
  const roles = new Set<RoleName>()
  for (const parent of [schema.getQueryType()!, schema.getMutationType()!, ...objectTypes(schema)]) {
    for (const field of Object.values(parent.getFields())) {
      const named = getNamedType(field.type)
      const leads = named.name === type || (isUnionType(named) && named.getTypes().some((member) => member.name === type))
      if (!leads) continue
      const cell = `${parent.name}.${field.name}`
      for (const role of parent === schema.getQueryType() || parent === schema.getMutationType() ? answered(cell) : consentStates.flatMap((state) => inState(cell, state).sees)) roles.add(role)
    }
  }
  return [...roles]
}

for (const type of objectTypes(schema)) {
  const groups = new Map<string, string[]>()
  for (const field of Object.keys(type.getFields())) {
    const cell = `${type.name}.${field}`
    const [force, gone, act] = (['in force', 'withdrawn', 'by an act'] as const).map((state) => inState(cell, state)) as [ReturnType<typeof inState>, ReturnType<typeof inState>, ReturnType<typeof inState>]
    const asked = force.sees.length + gone.sees.length > 0
    const sees = asked ? [...force.sees, ...gone.sees] : act.sees.length > 0 ? act.sees : leading(type.name)
    const blank = (asked ? [...force.blank, ...gone.blank] : act.blank).filter((role) => !sees.includes(role))
    const when = !asked ? (act.sees.length > 0 ? 'by an act' : '') : gone.sees.length === 0 ? 'in force' : force.sees.length === 0 ? 'withdrawn' : ''
    const rule = `sees: '${line([...new Set(sees)])}',${blank.length > 0 ? ` blank: '${line([...new Set(blank)])}',` : ''}${when === '' ? '' : ` when: '${when}',`}`
    groups.set(rule, [...(groups.get(rule) ?? []), field])
  }
  const rules = [...groups].map(([rule, fields]) => `{ ${rule} fields: '${fields.join(' ')}' }`)
  console.log(rules.length === 1 ? `  ${type.name}: [${rules[0]}],` : `  ${type.name}: [\n${rules.map((rule) => `    ${rule},\n`).join('')}  ],`)
}
console.log('\n// ---- roots')
for (const [cell, roles] of [...met].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const of = (outcome: string): string => line(roleNames.filter((role) => roles.get(role) === outcome))
  const [yes, nothing] = [of('answered'), of('nothing')]
  console.log(`  '${cell}': {${yes === '' ? '' : ` answered: '${yes}'${nothing === '' ? '' : ','}`}${nothing === '' ? '' : ` nothing: '${nothing}'`} },`)
}
await land.close()
process.exit(0)
