/**
 * Random requests across tenants: documents drawn from the schema about things of either tenant, asked by anybody. An answer
 * leaks where it holds a value that is a tenant's and not the asker's to know. Once as the gateway is; and once with the
 * checks of the application out of the way: the law is made to believe that the rightful actor asks, while the archive's
 * session is somebody else's, so that row-level security alone holds. The second is made in this process: no door can name two actors.
 */
import { isUnionType, getNamedType, type GraphQLSchema } from 'graphql'
import { mayKnow, mayReach, secretsOf, tellsOf } from './canaries.ts'
import { roots } from './decisions/index.ts'
import { globalId, questionsAbout, selection, type Node, type Question } from './documents.ts'
import { outcomeOf, type Ask, type Answer } from './door.ts'
import { actorOf, token, type Land, type Tenant } from './land.ts'
import { lets, partyNames, type Party } from './parties.ts'

export interface Crossing { readonly asked: number; readonly answered: number; readonly held: number; readonly leaks: readonly string[]; readonly faults: readonly string[]; readonly milliseconds: number }

/** Deterministic: the seed is printed, and a run can be made again. */
export function dice(seed: number): (n: number) => number {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}

/** Some of a tree: the deeper, the less. */
function some(tree: readonly Node[], roll: (n: number) => number, budget: { left: number }, depth = 0): Node[] {
  return tree.flatMap((node) => {
    if (budget.left <= 0 || roll(10) >= (node.leaf ? 5 : 6 - depth)) return []
    budget.left--
    return [{ ...node, below: some(node.below, roll, budget, depth + 1) }]
  })
}
const largest = 120

/** What one asks about a thing whose owner one is: from where the law, when it is made to believe so, looks. */
const rightful: readonly Party[] = ['holder', 'partner', 'counter', 'agency', 'ministry']

export interface Options { readonly requests: number; readonly seed: number; readonly applicationChecks: boolean }

/** Asks that often, and says what leaked. */
export async function cross(schema: GraphQLSchema, land: Land, ask: Ask, { requests, seed, applicationChecks }: Options): Promise<Crossing> {
  const roll = dice(seed)
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!
  const [standpoint] = land.standpoints
  const askers = partyNames.filter((party) => standpoint.actors[party] !== undefined)
  const seenFrom = (of: Tenant, party: Party): Party => (of === land.tenants[0] ? party : (land.mirrored[party] ?? party))
  const about = new Map(land.tenants.map((of) => [of, {
    secrets: secretsOf(land, of), queries: questionsAbout(schema, land.world, of, 'Query'), mutations: questionsAbout(schema, land.world, of, 'Mutation'), ids: Object.values(of.ids).map(globalId),
  }]))
  const known = new Set(land.tenants.flatMap((of) => about.get(of)!.ids))
  const report = { asked: 0, answered: 0, held: 0, leaks: [] as string[], faults: [] as string[] }
  const begun = performance.now()

  for (let n = 0; report.asked < requests; n++) {
    const of = pick(land.tenants)
    const there = about.get(of)!
    const party = pick(askers)
    const seen = token(seenFrom(of, party))
    const acts = roll(10) === 0
    const question = pick(acts ? there.mutations : there.queries)
    // Whoever may act would change the land; that is the matrix's to prove.
    if (acts && (lets(roots.get(question.field)!.who, seen) || roots.get(question.field)!.own !== undefined)) continue
    const questions = acts || roll(3) > 0 ? [question] : [question, pick(there.queries)]
    const variables = Object.assign({}, ...questions.map((one, i) => renamed(one, i))) as Record<string, unknown>
    if (acts) variables['input0'] = { ...(variables['input0'] as object), idempotencyKey: `cross-${seed}-${applicationChecks ? 'a' : 'b'}-${n}` }
    // Ids of one kind where another is asked for, and of one tenant beside the other's.
    if (roll(3) === 0) for (const [name, value] of Object.entries(variables)) if (typeof value === 'string' && known.has(value)) variables[name] = pick(about.get(pick(land.tenants))!.ids)
    const document = written(questions, roll)
    const session = actorOf(standpoint, token(party), land.world)
    const believed = token(pick(rightful))
    const actor = applicationChecks ? session : actorOf(standpoint, { ...believed, party: seenFrom(of, believed.party) }, land.world)
    const answer = await ask({ actor, session }, document, variables)
    report.asked++
    const outcome = outcomeOf(answer)
    const where = `${party} from ${questions.map((one) => one.field).join(' and ')}${applicationChecks ? '' : `, believed to be the ${believed.party}`} (request ${n} of seed ${seed})`
    if (answer.data !== null && Object.values(answer.data).some((value) => value !== null)) report.answered++
    if (answer.errors.some(({ code }) => code === 'INTERNAL')) {
      // With the first wall away, what the second forbids to write is an error of the database: it held.
      if (applicationChecks) report.faults.push(`${where}: ${answer.text.slice(0, 200)}`)
      else report.held++
    }
    // One's own name the law's actor brings along: it comes from no archive.
    const sent = JSON.stringify(variables) + (actor.kind === 'citizen' ? globalId(actor.person) : '')
    report.leaks.push(...tellsOf(answer.text, sent, there.secrets, seen, applicationChecks ? mayKnow : mayReach).map((what) => `${where}: learned ${what}`))
    if (acts && outcome === 'answered' && done(schema, question, answer)) report.leaks.push(`${where}: done to what is another's`)
  }
  return { ...report, milliseconds: performance.now() - begun }
}

/** Variables of several questions side by side. */
const renamed = ({ variables }: Question, i: number): Record<string, unknown> => Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${name}${i}`, value]))

function written(questions: readonly Question[], roll: (n: number) => number): string {
  const budget = { left: largest }
  const declared = questions.flatMap(({ declared: text }, i) => (text === '' ? [] : [text.slice(1, -1).replaceAll(/\$(\w+)/g, `$$$1${i}`)]))
  const parts = questions.map(({ field, passed, tree, leaf }, i) => `r${i}: ${field}${passed.replaceAll(/\$(\w+)/g, `$$$1${i}`)} ${leaf ? '' : selection(withCode(some(tree, roll, budget), tree))}`)
  return `${questions[0]!.root.toLowerCase()}${declared.length === 0 ? '' : `(${declared.join(', ')})`} { ${parts.join(' ')} }`
}
/** So that a refusal says which it is. */
const withCode = (chosen: readonly Node[], tree: readonly Node[]): readonly Node[] => [...chosen.filter(({ on, field }) => on !== 'Refused' || field !== 'code'), ...tree.filter(({ on, field }) => on === 'Refused' && field === 'code')]

/** Whether an act came about, and was not refused on its merits. */
function done(schema: GraphQLSchema, { field }: Question, { data }: Answer): boolean {
  const type = getNamedType(schema.getMutationType()!.getFields()[field]!.type)
  const value = Object.values(data ?? {})[0] as { readonly __typename?: string } | null | undefined
  return isUnionType(type) && value != null && value.__typename !== 'Refused'
}
