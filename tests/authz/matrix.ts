/**
 * The matrix: every field of every type × who asks × what became of the consent, held against what was decided. A cell is
 * proven where the answer of the real schema over the real archive is what the decision says.
 */
import { isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { decided, roots, type Decision } from './decided.ts'
import { roleNames, type Land, type RoleName } from './land.ts'
import { ask, observe, outcomeOf, type Seen } from './observe.ts'
import { questionsAbout, type Question } from './questions.ts'

export const consentStates = ['in force', 'withdrawn'] as const
/** Of the consent that A gave; and what an act answers with, which no question does. */
export type State = (typeof consentStates)[number] | 'by an act'

export interface Report { readonly decided: number; readonly proven: number; readonly unseen: number; readonly leaks: readonly string[]; readonly wrong: readonly string[] }

/** Fields that ask for what is the asker's own, whoever asks: of those who belong to B they show B's. */
const ownOfWhoeverAsks = ['me', 'partner', 'webhooks', 'grants', 'myNumberReadings', 'smartphoneApplicationText', 'createLoginChallenge', 'registerPurpose', 'registerWebhook', 'requestGrant', 'readMyNumber', 'applyForSmartphoneCertificate']
const strangers: readonly RoleName[] = ['citizenB', 'partnerB', 'partnerSuspended', 'municipalB']

export interface Observation { readonly seen: ReadonlyMap<RoleName, Seen>; readonly met: ReadonlyMap<string, ReadonlyMap<RoleName, string>> }

/** Asks everything about A in every role. Mutations change the land: they are asked last, by those with the least right first. */
export async function look(schema: GraphQLSchema, land: Land, root: 'Query' | 'Mutation'): Promise<Observation> {
  const seen = new Map<RoleName, Seen>(roleNames.map((role) => [role, new Map()]))
  const met = new Map<string, Map<RoleName, string>>()
  const questions = questionsAbout(schema, land, land.a, root)
  const asked = (question: Question, role: RoleName): Question => (root === 'Query' ? question : { ...question, variables: { input: { ...(question.variables['input'] as object), idempotencyKey: `${question.field}-${role}` } } })
  for (const question of questions) {
    for (const role of [...strangers, ...roleNames.filter((name) => !strangers.includes(name))]) {
      const answer = await ask(schema, land, land.actors[role], asked(question, role))
      const cell = `${root}.${question.field}`
      const earlier = met.get(cell) ?? new Map<RoleName, string>()
      met.set(cell, earlier)
      const outcome = outcomeOf(answer)
      if (earlier.get(role) !== 'answered') earlier.set(role, outcome)
      if (!(strangers.includes(role) && ownOfWhoeverAsks.includes(question.field))) observe(answer.data, seen.get(role)!)
    }
  }
  return { seen, met }
}

const isRoot = (type: GraphQLObjectType): boolean => type.name === 'Query' || type.name === 'Mutation'
export const objectTypes = (schema: GraphQLSchema): GraphQLObjectType[] => Object.values(schema.getTypeMap()).filter(isObjectType).filter((type) => !type.name.startsWith('__') && !isRoot(type))

/** What the decisions and the schema say of one another: a field without a decision, a decision without a field. */
export function undecided(schema: GraphQLSchema): string[] {
  const missing: string[] = []
  const decidedFields = new Map(Object.entries(decided).map(([type, rules]) => [type, rules.flatMap((rule) => rule.fields.split(' '))]))
  for (const type of objectTypes(schema)) {
    const known = decidedFields.get(type.name) ?? []
    const fields = Object.keys(type.getFields())
    for (const field of fields) if (known.filter((name) => name === field).length !== 1) missing.push(`${type.name}.${field}: ${known.includes(field) ? 'decided twice' : 'no decision'}`)
    for (const field of known) if (!fields.includes(field)) missing.push(`${type.name}.${field}: a decision about no field`)
  }
  for (const type of decidedFields.keys()) if (!objectTypes(schema).some((known) => known.name === type)) missing.push(`${type}: a decision about no type`)
  for (const root of [schema.getQueryType()!, schema.getMutationType()!]) for (const field of Object.keys(root.getFields())) if (roots[`${root.name}.${field}`] === undefined) missing.push(`${root.name}.${field}: no decision`)
  for (const cell of Object.keys(roots)) if (schema.getType(cell.split('.')[0]!) === undefined || !(cell.split('.')[1]! in (schema.getType(cell.split('.')[0]!) as GraphQLObjectType).getFields())) missing.push(`${cell}: a decision about no field`)
  return missing
}

/** Roles in a line of the decisions. */
export const rolesIn = (line: string | undefined): readonly RoleName[] => (line === undefined || line === '' ? [] : line === 'everyone' ? roleNames : line.split(' ') as RoleName[])

export function judge(type: string, rules: readonly Decision[], state: State, seen: Observation['seen']): Report {
  const report = { decided: 0, proven: 0, unseen: 0, leaks: [] as string[], wrong: [] as string[] }
  for (const { sees, blank, fields, when } of rules) {
    // Acts change the land: of what questions show, only that nobody else sees it is held against them.
    if (state === 'by an act' && when !== state) { for (const field of fields.split(' ')) for (const role of strangersTo(sees, blank)) count(report, seen.get(role)!.get(`${type}.${field}`), `${type}.${field} × ${role} × ${state}`); continue }
    const open = when === undefined || when === state
    for (const field of fields.split(' ')) {
      const cell = `${type}.${field}`
      const found = new Map(roleNames.map((role) => [role, seen.get(role)!.get(cell)]))
      const value = [...found.values()].includes('value')
      for (const role of roleNames) {
        report.decided++
        const present = found.get(role)
        const where = `${cell} × ${role} × ${state}`
        if (open && rolesIn(sees).includes(role)) {
          if (present === 'value' || (present === 'empty' && !value)) report.proven++
          else if (present === undefined && !value) report.unseen++
          else if (sees === 'everyone') report.proven++
          else report.wrong.push(`${where}: decided to be seen, and is ${present ?? 'not reached'}`)
        } else if (open && rolesIn(blank).includes(role)) {
          if (present === 'value') report.leaks.push(`${where}: decided to be empty`)
          else if (present === 'empty' || !value) report.proven++
          else report.wrong.push(`${where}: decided to be empty, and is not reached`)
        } else if (present === undefined) report.proven++
        else report.leaks.push(`${where}: reached (${present})`)
      }
    }
  }
  return report
}

const strangersTo = (sees: string, blank: string | undefined): readonly RoleName[] => roleNames.filter((role) => !rolesIn(sees).includes(role) && !rolesIn(blank).includes(role))
function count(report: { decided: number; proven: number; leaks: string[] }, present: string | undefined, where: string): void {
  report.decided++
  if (present === undefined) report.proven++
  else report.leaks.push(`${where}: reached (${present})`)
}

export function judgeRoots(met: Observation['met']): Report {
  const report = { decided: 0, proven: 0, unseen: 0, leaks: [] as string[], wrong: [] as string[] }
  for (const [cell, answers] of met) {
    const rule = roots[cell]
    if (rule === undefined) continue
    for (const role of roleNames) {
      report.decided++
      const expected = rolesIn(rule.answered).includes(role) ? 'answered' : rolesIn(rule.nothing).includes(role) ? 'nothing' : 'turned away'
      const present = answers.get(role)
      if (present === expected) report.proven++
      else if (present === 'answered' || expected === 'turned away') report.leaks.push(`${cell} × ${role}: ${present}, decided: ${expected}`)
      else report.wrong.push(`${cell} × ${role}: ${present}, decided: ${expected}`)
    }
  }
  return report
}

export const sum = (a: Report, b: Report): Report => ({ decided: a.decided + b.decided, proven: a.proven + b.proven, unseen: a.unseen + b.unseen, leaks: [...a.leaks, ...b.leaks], wrong: [...a.wrong, ...b.wrong] })
export const nothingYet: Report = { decided: 0, proven: 0, unseen: 0, leaks: [], wrong: [] }

/** The whole matrix, in a land of its own. */
export async function prove(schema: GraphQLSchema, land: Land): Promise<Report> {
  let report = nothingYet
  for (const state of consentStates) {
    if (state === 'withdrawn') await land.withdraw()
    const { seen, met } = await look(schema, land, 'Query')
    for (const [type, rules] of Object.entries(decided)) report = sum(report, judge(type, rules, state, seen))
    if (state === 'in force') report = sum(report, judgeRoots(met))
  }
  const { seen, met } = await look(schema, land, 'Mutation')
  for (const [type, rules] of Object.entries(decided)) report = sum(report, judge(type, rules, 'by an act', seen))
  return sum(report, judgeRoots(met))
}
