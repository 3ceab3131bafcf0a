/**
 * Random requests across tenants: documents made from the schema about things of either tenant, asked by anybody. An answer
 * leaks where it holds a text that is a tenant's and not the asker's to see. Once as the gateway is; and once with the checks
 * of the application out of the way: the law is made to believe that the rightful actor asks, while the archive's session is
 * somebody else's, so that row-level security alone holds. The second is of tests only: no door can name two actors.
 */
import { getNamedType, isLeafType, isRequiredArgument, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Actor } from '../../core/law/actor.ts'
import { roots } from './decided.ts'
import { roleNames, type Land, type RoleName, type Tenant } from './land.ts'
import { rolesIn } from './matrix.ts'
import { ask, outcomeOf } from './observe.ts'
import { everything, globalId, questionsAbout, type Question } from './questions.ts'

export interface Crossing { readonly asked: number; readonly answered: number; readonly leaks: readonly string[]; readonly milliseconds: number }

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

// ---------------------------------------------------------------- whose texts are whose

interface Secret { readonly text: string; readonly what: string; readonly mayKnow: ReadonlySet<RoleName> }

/** Roles as seen from the other tenant: what is the citizen's of one is a stranger's of the other. */
const mirrored: Readonly<Partial<Record<RoleName, RoleName>>> = { citizen: 'citizenB', citizenB: 'citizen', partner: 'partnerB', partnerB: 'partner', municipal: 'municipalB', municipalB: 'municipal' }
export const seenFrom = (land: Land, of: Tenant, role: RoleName): RoleName => (of === land.a ? role : (mirrored[role] ?? role))

function secretsOf(land: Land, of: Tenant): Secret[] {
  const resident = land.world.personas.find((persona) => persona.person === of.person)!.resident
  const secret = (what: string, text: string, roles: string): Secret => ({ what, text, mayKnow: new Set(rolesIn(roles).map((role) => seenFrom(land, of, role))) })
  // A partner that was shown a certificate knows its number, and may have it told back.
  const verifiers = 'partner partnerB partnerSuspended'
  const id = (kind: string, roles: string): Secret => secret(`${kind} of ${resident.items.name}`, globalId(of.ids[kind]!), roles)
  return [
    id('person', 'citizen municipal'), id('card', 'citizen municipal agency ministry'), id('cardApplication', 'citizen municipal agency'), id('certificateApplication', 'municipal agency'),
    id('signature', 'citizen municipal agency'), id('authentication', 'citizen municipal agency'), id('cardOrder', 'municipal agency'), id('grant', 'citizen municipal agency ministry'),
    id('installation', 'citizen municipal agency ministry'), id('purpose', 'citizen citizenB partner'), id('consentRequest', 'citizen citizenB partner'), id('consent', 'citizen partner'),
    id('webhook', 'partner'), id('challenge', 'partner'), id('login', 'citizen partner'), id('residentEvent', 'municipal'),
    secret('name', resident.items.name, 'citizen municipal agency partner'), secret('address', resident.items.address, 'citizen municipal agency partner'), secret('birth date', resident.items.birthDate, 'citizen municipal agency'),
    ...(resident.kana === null ? [] : [secret('kana', resident.kana, 'citizen municipal')]),
    secret('card number', of.card.cardNumber, 'citizen municipal agency'), secret('serial', of.certificate.serial, `citizen municipal agency ${verifiers}`),
    secret('certificate', Buffer.from(of.certificate.der).toString('base64').slice(0, 400), `citizen municipal agency ${verifiers}`),
    secret('subject', `subject of ${nameOf(of, land)}`, 'citizen partner'), secret('hook', `https://${nameOf(of, land)}.example/hook`, 'partner'), secret('request id', `request of ${nameOf(of, land)}`, 'citizen'),
    secret('purpose', `purpose of ${nameOf(of, land)}`, 'citizen citizenB partner'), secret('note', `住所 ${nameOf(of, land)}`, 'citizen municipal agency'), secret('library', `library of ${nameOf(of, land)}`, 'citizen municipal agency ministry'),
  ]
}
const nameOf = (of: Tenant, land: Land): string => land.world.personas.find((persona) => persona.person === of.person)!.name

/** Names that the law's actor brings along itself: they come from no archive. */
const broughtBy = (actor: Actor): string[] => (actor.kind === 'citizen' ? [globalId(actor.person)] : [])

// ---------------------------------------------------------------- documents

/** Some of what is below a type, at random; at least one field of each kind. */
function some(schema: GraphQLSchema, whole: string, roll: (n: number) => number): string {
  // The whole selection with fields struck out would not parse; asking for the whole or for the top of it does.
  return roll(4) === 0 ? '{ __typename }' : whole
}

interface Shape { readonly field: string; readonly document: string; readonly whole: string; readonly ids: readonly string[]; readonly question: Question }

function shapes(schema: GraphQLSchema, land: Land, of: Tenant, root: 'Query' | 'Mutation'): Shape[] {
  const type: GraphQLObjectType = root === 'Query' ? schema.getQueryType()! : schema.getMutationType()!
  return questionsAbout(schema, land, of, root).map((question) => {
    const field = type.getFields()[question.field]!
    return { field: question.field, document: question.document, whole: isLeafType(getNamedType(field.type)) ? '' : everything(schema, field.type), ids: field.args.filter((arg) => isRequiredArgument(arg) && getNamedType(arg.type).name === 'ID').map((arg) => arg.name), question }
  })
}

export interface Options { readonly requests: number; readonly seed: number; readonly applicationChecks: boolean; readonly atOnce?: number }

/** Asks that often, and says what leaked. */
export async function cross(schema: GraphQLSchema, land: Land, { requests, seed, applicationChecks, atOnce = 1 }: Options): Promise<Crossing> {
  const roll = dice(seed)
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!
  const secrets = [...secretsOf(land, land.a), ...secretsOf(land, land.b)]
  const tenants = [land.a, land.b]
  const queries = new Map(tenants.map((of) => [of, shapes(schema, land, of, 'Query')]))
  const mutations = new Map(tenants.map((of) => [of, shapes(schema, land, of, 'Mutation')]))
  const leaks: string[] = []
  let answered = 0
  const begun = performance.now()

  async function one(n: number): Promise<void> {
    const of = pick(tenants)
    const role = pick(roleNames)
    const session = land.actors[role]
    const rightful = (['citizen', 'partner', 'municipal', 'agency', 'ministry'] as const).map((name) => land.actors[of === land.a ? name : (mirrored[name] ?? name)])
    const actor = applicationChecks ? session : pick(rightful)
    const acts = roll(10) === 0
    const shape = pick((acts ? mutations : queries).get(of)!)
    // Whoever may act would change the land; that is the matrix's to prove.
    if (acts && rolesIn(roots[`Mutation.${shape.field}`]?.answered).includes(seenFrom(land, of, role))) return
    const variables: Record<string, unknown> = { ...shape.question.variables }
    if (acts) variables['input'] = { ...(variables['input'] as object), idempotencyKey: `cross-${seed}-${n}` }
    else if (roll(3) === 0) for (const name of shape.ids) variables[name] = globalId(pick(Object.values(pick(tenants).ids)))
    const document = acts ? shape.document : shape.document.replace(shape.whole, some(schema, shape.whole, roll))
    const answer = await ask(schema, land, actor, { document, variables }, session)
    if (outcomeOf(answer) === 'answered') answered++
    const sent = JSON.stringify(variables)
    const brought = broughtBy(actor)
    for (const { text, what, mayKnow } of secrets) {
      if (mayKnow.has(role) || !answer.text.includes(JSON.stringify(text).slice(1, -1)) || sent.includes(text) || brought.includes(text)) continue
      leaks.push(`${role} learned ${what} from ${shape.field}${applicationChecks ? '' : `, asked as ${actor.kind}`} (request ${n} of seed ${seed})`)
    }
    if (acts && outcomeOf(answer) === 'answered' && answer.codes.length === 0) {
      const value = Object.values(answer.data as Record<string, Record<string, unknown>>)[0]
      if (applicationChecks && value !== null && value?.['Refused__code'] === undefined) leaks.push(`${role} did ${shape.field} to what is another's (request ${n} of seed ${seed})`)
    }
  }

  for (let n = 0; n < requests;) {
    const round = Array.from({ length: Math.min(atOnce, requests - n) }, (_, i) => one(n + i))
    await Promise.all(round)
    n += round.length
  }
  return { asked: requests, answered, leaks, milliseconds: performance.now() - begun }
}
