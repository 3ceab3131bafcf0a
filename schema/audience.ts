/**
 * Who may ask what, closed by default: a root field that names no audience does not build. The audience stands in the
 * SDL, as directives; the same declaration guards the resolver. It is the first wall only: the recipes of the law decide
 * with the actor as an argument.
 */
import { defaultFieldResolver, DirectiveLocation, getNamedType, GraphQLDirective, GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLString, isObjectType, isUnionType, type GraphQLField, type GraphQLOutputType, type GraphQLSchema } from 'graphql'
import type { Actor, Scope } from '../core/law/actor.ts'
import { noteTurnedAway } from '../core/law/partner/explain.ts'
import { refuse, type Refusal } from '../core/law/refusal.ts'
import { assuranceOf, fallsShort, requiresAssurance, stepUpFacts } from './assurance.ts'
import type { Context } from './context.ts'
import { requestError } from './errors.ts'

/** 本人 · 連携事業者 · 市区町村職員 · 都道府県職員 · 国の行政機関の職員 · 機構職員 · 主務大臣の職員 */
export const audienceKinds = {
  citizen: 'The person (本人).', partner: 'A client of a partner (署名検証者・利用者証明検証者・SP).', municipal: 'An officer of a municipality (市区町村職員).', prefectural: 'An officer of a prefecture (都道府県職員).', national: 'An officer of an administrative organ of the state (国の行政機関の職員).',
  agency: 'An officer of the agency (機構職員).', ministry: 'An officer of the competent ministry (主務大臣の職員).',
} as const
export type AudienceKind = keyof typeof audienceKinds

/** For each kind of actor, the scopes of which one is enough; an empty list: any token of that kind. */
export type Audience = 'everyone' | Readonly<Partial<Record<AudienceKind, readonly Scope[]>>>

/** For the `extensions` of a field. */
export const audience = (who: Audience): { readonly audience: Audience } => ({ audience: who })
/** Every kind of actor that holds a token; what each sees is decided per thing. */
export const anyToken: Audience = { citizen: [], partner: [], municipal: [], prefectural: [], national: [], agency: [], ministry: [] }

export const audienceOf = (field: { readonly extensions: Readonly<Record<string, unknown>> }): Audience | undefined => field.extensions['audience'] as Audience | undefined

const actorKind = new GraphQLEnumType({
  name: 'ActorKind', description: 'Kinds of actor, as the access token says.',
  values: Object.fromEntries(Object.entries(audienceKinds).map(([value, description]) => [value.toUpperCase(), { value, description }])),
})
export const directives: readonly GraphQLDirective[] = [
  new GraphQLDirective({
    name: 'requiresScope', isRepeatable: true, locations: [DirectiveLocation.FIELD_DEFINITION],
    description: 'This kind of actor may ask the field with a token that carries one of these scopes; with an empty list, with any token. Kinds not named may not ask it.',
    args: {
      actor: { type: new GraphQLNonNull(actorKind), description: 'The kind of actor.' },
      scopes: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))), description: 'One of these is enough.' },
    },
  }),
  requiresAssurance,
  new GraphQLDirective({ name: 'public', locations: [DirectiveLocation.FIELD_DEFINITION], description: 'Anybody may ask this field, without a token.' }),
]

/** Null where the actor may ask. */
export function turnedAway(who: Audience, actor: Actor): Refusal | null {
  if (who === 'everyone') return null
  const kind = actor.kind === 'officer' ? actor.role : actor.kind
  const needed = kind === 'anonymous' || kind === 'system' ? undefined : who[kind]
  if (needed === undefined) return refuse('NOT_PERMITTED', { field: `actor ${kind}` })
  if (needed.length === 0 || needed.some((scope) => actor.scopes.has(scope))) return null
  return refuse('NOT_PERMITTED', { field: `scope ${needed.join(' or ')}` })
}

/** Puts the guard on every field that names an audience, and demands one of every root field. */
export function close(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType()]
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const who = audienceOf(field)
      if (who !== undefined || assuranceOf(field) !== undefined) guard(field, who ?? 'everyone')
      if (who === undefined && roots.includes(type)) throw new Error(`${type.name}.${field.name} names no audience`)
    }
  }
  return schema
}

function guard(field: GraphQLField<unknown, Context>, who: Audience): void {
  const resolve = field.resolve ?? defaultFieldResolver
  const answersRefusals = mayBeRefused(field.type)
  const need = assuranceOf(field)
  field.resolve = (parent, args, context, info) => {
    const no = turnedAway(who, context.actor)
    const low = no !== null || need === undefined ? null : fallsShort(need, context.actor, context.world.clock.now())
    if (low !== null && answersRefusals) return low
    if (low !== null) throw requestError('ASSURANCE_TOO_LOW', { context, extensions: { stepUp: stepUpFacts(low.stepUp!) } })
    if (no === null) return resolve(parent, args, context, info)
    if (context.actor.kind === 'anonymous') throw requestError('UNAUTHENTICATED', { context })
    if (answersRefusals) return no
    const turned = requestError('NOT_PERMITTED', { context, detail: `Missing: ${no.field}.`, extensions: { missing: no.field } })
    if (context.actor.kind !== 'partner') throw turned
    return noteTurnedAway(context.world, context.actor, 'NOT_PERMITTED', context.requestId, { limit: no.field ?? null, at: null }).then(() => Promise.reject(turned))
  }
}

function mayBeRefused(type: GraphQLOutputType): boolean {
  const named = getNamedType(type)
  return isUnionType(named) && named.getTypes().some((member) => member.name === 'Refused')
}
