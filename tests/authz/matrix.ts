/**
 * The matrix: every root field and every field of every type × whose token with which scopes × what became of the consent,
 * held against what was decided. A cell is proven where the answer of the real door is what the decision says.
 */
import { isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Scope } from '../../core/law/actor.ts'
import { secretsOf, tellsOf, type Secret } from './canaries.ts'
import { roots, types } from './decisions/index.ts'
import { documentOf, documentsFor, everything, globalId, questionsAbout, without, type Question, type Values } from './documents.ts'
import { observe, outcomeOf, type Answer, type Ask, type Knock, type Outcome, type Seen } from './door.ts'
import { actorOf, allScopes, token, type Land, type Standpoint } from './land.ts'
import { fieldsOf, isCalled, lets, ofField, partyNames, termsOf, type OfType, type Party, type Token } from './parties.ts'

export interface Report {
  cells: number
  proven: number
  /** Cells of who may see, where the land holds nothing. */
  readonly unshown: string[]
  /** Fields of types that nobody was shown, in any state and by no act: only that they are not shown to others is proven. */
  readonly never: string[]
  /** Answers about another's that are those about what is not there; and those that tell the two apart. */
  alike: number
  readonly told: string[]
  readonly reached: Set<string>
  readonly leaks: string[]
  readonly wrong: string[]
  readonly faults: string[]
}
const nothingYet = (): Report => ({ cells: 0, proven: 0, unshown: [], never: [], alike: 0, told: [], reached: new Set(), leaks: [], wrong: [], faults: [] })

// ---------------------------------------------------------------- complete on both sides

export const objectTypes = (schema: GraphQLSchema): GraphQLObjectType[] =>
  Object.values(schema.getTypeMap()).filter(isObjectType).filter((type) => !type.name.startsWith('__') && type !== schema.getQueryType() && type !== schema.getMutationType())

/** What the decisions and the schema say of one another: a field that nobody decided, a decision about nothing. */
export function undecided(schema: GraphQLSchema, decidedTypes: ReadonlyMap<string, OfType> = types, decidedRoots: ReadonlyMap<string, unknown> = roots): string[] {
  const missing: string[] = []
  const known = objectTypes(schema)
  for (const type of known) {
    const decision = decidedTypes.get(type.name)
    const [fields, decided] = [Object.keys(type.getFields()), decision === undefined ? [] : fieldsOf(decision)]
    for (const field of fields) if (!decided.includes(field)) missing.push(`${type.name}.${field}: no decision`)
    for (const [i, field] of decided.entries()) if (!fields.includes(field) || decided.indexOf(field) !== i) missing.push(`${type.name}.${field}: ${fields.includes(field) ? 'decided twice' : 'a decision about no field'}`)
  }
  for (const name of decidedTypes.keys()) if (!known.some((type) => type.name === name)) missing.push(`${name}: a decision about no type`)
  const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) => Object.keys(root.getFields()))
  for (const field of fields) if (!decidedRoots.has(field)) missing.push(`${field}: no decision`)
  for (const field of decidedRoots.keys()) if (!fields.includes(field)) missing.push(`${field}: a decision about no root field`)
  return missing
}

// ---------------------------------------------------------------- whose tokens

/** Scopes that a desk or a client of that kind may hold alone. */
const desks: Readonly<Partial<Record<Party, readonly (readonly Scope[])[]>>> = {
  holder: [[]],
  partner: [[], ['consent'], ['login'], ['verify'], ['partner'], ['consent', 'four_info:name'], ['consent', 'four_info:name', 'four_info:address'], ['consent', 'predicate:is_adult']],
  counter: [[], ['card'], ['area'], ['certificate'], ['register'], ['my_number'], ['statistics'], ['office']],
  prefecture: [[], ['area']],
  agency: [[], ['card'], ['certificate'], ['area'], ['area:approve'], ['audit'], ['statistics'], ['partner']],
  // With `audit` alone: who audits.
  ministry: [[], ['audit'], ['area'], ['area:approve'], ['partner'], ['statistics']],
}
export function tokensFor(standpoint: Standpoint, withDesks: boolean): Token[] {
  const here = partyNames.filter((party) => standpoint.actors[party] !== undefined)
  return [
    ...here.map((party) => token(party)), token('holder', allScopes, false),
    ...(withDesks ? here.flatMap((party) => (desks[party] ?? []).map((held) => token(party, new Set(held)))) : []),
  ]
}
const nameOf = ({ party, scopes, strong }: Token): string => `${party}${scopes.size === allScopes.size || party === 'anonymous' ? '' : ` [${[...scopes].join(' ')}]`}${strong ? '' : ' [old login]'}`

/** Whether what this token is shown by that root field can be the tenant's: what is one's own is another's. */
const isAbout = (field: string, party: Party): boolean => {
  const { own } = roots.get(field) ?? {}
  return own === undefined || own.split(' ').some((word) => isCalled(party, word))
}

// ---------------------------------------------------------------- looking and judging

interface Look { readonly token: Token; readonly seen: Seen; readonly met: Map<string, Outcome> }
const better: readonly Outcome[] = ['turned away', 'nothing', 'answered', 'fault']

async function look(schema: GraphQLSchema, land: Land, ask: Ask, standpoint: Standpoint, tokens: readonly Token[], questions: readonly Question[], secrets: readonly Secret[], report: Report): Promise<Look[]> {
  const looks = tokens.map((one): Look => ({ token: one, seen: new Map(), met: new Map() }))
  for (const question of questions) {
    for (const { token: one, seen, met } of looks) {
      const open = documentsFor(schema, question).map((document) => ({ document, tree: question.tree }))
      for (let next = open.shift(); next !== undefined; next = open.shift()) {
        const { document, tree } = next
        const variables = question.root === 'Query' ? question.variables : { input: { ...(question.variables['input'] as object), idempotencyKey: `${question.field}-${one.party}-${one.strong ? 'new' : 'old'}-${document.length}` } }
        const answer = await ask({ actor: actorOf(standpoint, one, land.world) }, document, variables)
        // What asks for more than an old login gives fails as a whole: it is asked again without that, until nothing is missing.
        const weak = answer.errors.find(({ code, path }) => code === 'ASSURANCE_TOO_LOW' && path.length > 1)
        if (weak !== undefined) {
          const less = without(tree, weak.path.slice(1))
          open.splice(0, open.length, ...documentsFor(schema, question, less).map((text) => ({ document: text, tree: less })))
        }
        const outcome = outcomeOf(answer)
        if (outcome === 'fault') report.faults.push(`${question.field} × ${nameOf(one)}: ${answer.text.slice(0, 300)}`)
        const before = met.get(question.field)
        if (before === undefined || better.indexOf(outcome) > better.indexOf(before)) met.set(question.field, outcome)
        if (isAbout(question.field, one.party)) observe(answer.data, seen)
        if (outcome === 'nothing' && one.strong && !lets(roots.get(question.field)!.who, one)) await compare(ask, { actor: actorOf(standpoint, one, land.world) }, document, variables, answer, `${question.field} × ${nameOf(one)} × ${standpoint.state}`, report)
        report.leaks.push(...tellsOf(answer.text, JSON.stringify(variables), secrets, one).map((what) => `${question.field} × ${nameOf(one)} × ${standpoint.state}: tells ${what}`))
      }
    }
  }
  return looks
}

const isId = /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/
/** The same with ids that nobody has. */
function absent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absent)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, name === 'idempotencyKey' ? `${String(one)}-absent` : absent(one)]))
  const id = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1') : ''
  return isId.test(id) ? globalId(`${id.slice(0, -6)}${[...id].slice(-6).toReversed().join('')}`) : value
}
const bare = (text: string): string => text.replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')

/** What is another's is answered as what is not there. */
async function compare(ask: Ask, knock: Knock, document: string, variables: Values, answer: Answer, cell: string, report: Report): Promise<void> {
  const other = absent(variables) as Values
  if (JSON.stringify(other) === JSON.stringify(variables)) return
  const nobodys = await ask(knock, document, other)
  if (bare(nobodys.text) === bare(answer.text)) report.alike++
  else report.told.push(`${cell}: ${bare(answer.text).slice(0, 160)} | of what is not there: ${bare(nobodys.text).slice(0, 160)}`)
}

function judgeRoots(looks: readonly Look[], { inForce, state }: Pick<Standpoint, 'inForce' | 'state'>, asked: 'everything' | 'acts', report: Report): void {
  for (const field of new Set(looks.flatMap(({ met }) => [...met.keys()]))) {
    const decision = roots.get(field)
    // What is reached by `node(id:)` is decided by its type.
    if (decision === undefined || field === 'node') continue
    const expected = (one: Token): boolean => lets(decision.who, one) && (decision.inForce === undefined || inForce)
    const shown = looks.some(({ token: one, met }) => expected(one) && met.get(field) === 'answered')
    for (const { token: one, met } of looks) {
      const outcome = met.get(field)
      if (outcome === undefined) continue
      const cell = `${field} × ${nameOf(one)} × ${state}`
      report.cells++
      if (!expected(one)) {
        if (outcome === 'answered' && decision.own === undefined) report.leaks.push(`${cell}: answered`)
        else if (outcome === 'answered') report.wrong.push(`${cell}: answered`)
        else report.proven++
      } else if (outcome === 'answered' || (decision.own !== undefined && outcome === 'nothing')) report.proven++
      // Who acted before may have left nothing to act on.
      else if (outcome === 'nothing' && (!shown || asked === 'acts')) report.unshown.push(cell)
      else report.wrong.push(`${cell}: ${outcome}, decided to be answered`)
    }
  }
}

function judgeFields(schema: GraphQLSchema, looks: readonly Look[], { inForce, state }: Pick<Standpoint, 'inForce' | 'state'>, asked: 'everything' | 'some' | 'acts', report: Report): void {
  for (const type of objectTypes(schema)) {
    const decision = types.get(type.name)
    if (decision === undefined) continue
    for (const field of Object.keys(type.getFields())) {
      const cell = `${type.name}.${field}`
      const sees = (one: Token): boolean => lets(ofField(decision, field), one) && (decision.inForce === undefined || inForce)
      const may = (one: Token): boolean => sees(one) || (decision.acting !== undefined && asked === 'acts' && lets(decision.acting, one))
      const shown = looks.some(({ token: one, seen }) => sees(one) && seen.get(cell) === 'value')
      for (const { token: one, seen } of looks) {
        const found = seen.get(cell)
        if (found !== undefined) report.reached.add(cell)
        report.cells++
        if (!may(one)) {
          if (found === 'value') report.leaks.push(`${cell} × ${nameOf(one)} × ${state}: shown`)
          else report.proven++
        // What may be empty is seen where it is reached; a field decided by itself has to hold what it holds for others.
        } else if (found === 'value' || (found === 'empty' && (!shown || ofField(decision, field) === decision.sees))) report.proven++
        // Where not everything is asked, not everything is shown to whoever may see it.
        else if (!shown || asked !== 'everything' || ofField(decision, field) === 'everyone' || decision.sometimes === true || !sees(one)) report.unshown.push(`${cell} × ${nameOf(one)} × ${state}`)
        else report.wrong.push(`${cell} × ${nameOf(one)} × ${state}: ${found ?? 'not reached'}, decided to be seen`)
      }
    }
  }
}

/** Acts after which nothing of the tenant is as it was. */
const late = ['recordResidentEvent', 'suspendPartner', 'resumePartner', 'endPartner', 'recordCaIncident']
/** Who may least asks first, while everything is still there. */
const strangersFirst = (tokens: readonly Token[]): Token[] => {
  const strange: readonly Party[] = ['anonymous', 'otherCitizen', 'otherPartner', 'suspendedPartner', 'otherCounter', 'otherPrefecture', 'organ', 'prefecture']
  return [...tokens].sort((a, b) => Number(strange.includes(b.party)) - Number(strange.includes(a.party)) || a.scopes.size - b.scopes.size)
}

/** Fields that show another thing where the consent is another one. */
const byConsent = /^(consent|fourInformation|encryptedFourInformation|isAdult|livesInMunicipality|node|consentRadius)$/

export interface Options { readonly only?: RegExp; readonly acts?: boolean }

/** The whole matrix, or the part of it that asks certain root fields. */
export async function prove(schema: GraphQLSchema, land: Land, ask: Ask, { only = /./, acts = true }: Options = {}): Promise<Report> {
  const report = nothingYet()
  for (const [n, standpoint] of land.standpoints.entries()) {
    const { tenant } = standpoint
    const secrets = secretsOf(land, tenant)
    const questions = questionsAbout(schema, land.world, tenant, 'Query').filter(({ field, variables }) => only.test(field) && (n < 2 || (byConsent.test(field) && (field !== 'node' || variables['id'] === globalId(tenant.ids['consent']!)))))
    const looks = await look(schema, land, ask, standpoint, tokensFor(standpoint, n === 0), await kinds(schema, land, ask, standpoint, questions), secrets, report)
    judgeRoots(looks, standpoint, 'everything', report)
    judgeFields(schema, looks, standpoint, n === 0 ? 'everything' : 'some', report)
    if (n === 0) await scopesAlone(land, ask, standpoint, questions, report)
  }
  const [standpoint] = land.standpoints
  const all = acts ? questionsAbout(schema, land.world, standpoint.tenant, 'Mutation').filter(({ field }) => only.test(field)) : []
  const questions = [...all.filter(({ field }) => !late.includes(field)), ...late.flatMap((field) => all.filter((question) => question.field === field))]
  const looks = await look(schema, land, ask, standpoint, strangersFirst(tokensFor(standpoint, false)), questions, secretsOf(land, standpoint.tenant), report)
  judgeRoots(looks, { inForce: true, state: 'by an act' }, 'acts', report)
  judgeFields(schema, looks, { inForce: true, state: 'by an act' }, 'acts', report)
  for (const type of objectTypes(schema)) for (const field of Object.keys(type.getFields())) if (!report.reached.has(`${type.name}.${field}`)) report.never.push(`${type.name}.${field}`)
  return report
}

/** `node(id:)` is asked for what there is of the kind that it shows; of a kind that it shows to nobody, for its name. */
async function kinds(schema: GraphQLSchema, land: Land, ask: Ask, standpoint: Standpoint, questions: readonly Question[]): Promise<Question[]> {
  const known: Question[] = []
  for (const question of questions) known.push(await kindOf(schema, land, ask, standpoint, question))
  return known
}
async function kindOf(schema: GraphQLSchema, land: Land, ask: Ask, standpoint: Standpoint, question: Question): Promise<Question> {
  if (question.field !== 'node') return question
  for (const one of tokensFor(standpoint, false)) {
    const { data } = await ask({ actor: actorOf(standpoint, one, land.world) }, documentOf(question, []), question.variables)
    const type = schema.getType((data?.['node'] as { __typename?: string } | null)?.__typename ?? '')
    if (type !== undefined) return { ...question, tree: everything(schema, type as GraphQLObjectType) }
  }
  return { ...question, tree: [] }
}

/** Of a token that has every scope but those that a question needs: it is turned away. */
async function scopesAlone(land: Land, ask: Ask, standpoint: Standpoint, questions: readonly Question[], report: Report): Promise<void> {
  for (const question of questions) {
    const decision = roots.get(question.field)
    if (decision === undefined || question.field === 'node') continue
    for (const party of partyNames) {
      const terms = termsOf(decision.who).filter((term) => isCalled(party, term.word))
      if (standpoint.actors[party] === undefined || terms.length === 0 || terms.some((term) => term.anyOf.some((scopes) => scopes.length === 0))) continue
      const needed = new Set(terms.flatMap((term) => term.anyOf.flat()))
      const one = token(party, new Set([...allScopes].filter((scope) => !needed.has(scope))))
      const answer = await ask({ actor: actorOf(standpoint, one, land.world) }, documentOf(question, question.tree.filter(({ on, field }) => on === 'Refused' && field === 'code')), question.variables)
      report.cells++
      if (['turned away', 'nothing'].includes(outcomeOf(answer))) report.proven++
      else report.leaks.push(`${question.field} × ${party} without ${[...needed].join(' ')}: ${outcomeOf(answer)}`)
    }
  }
}
