/**
 * The real door over the land's archive, asked in process: documents, limits, costs and budgets, guards, recipes, and the
 * session of row-level security, as a deployed one. Only who knocks is said by the proof instead of by a signed token.
 */
import type { Actor } from '../../core/law/actor.ts'
import type { World } from '../../core/law/world.ts'
import { openStores, type Stores } from '../../db/open.ts'
import { actorSession, inSession } from '../../db/session.ts'
import { graphqlFrom } from '../../functions/environment/parts.ts'
import { webauthn } from '../../functions/environment/webauthn.ts'
import { graphqlDoor } from '../../functions/graphql.ts'
import type { Land } from './land.ts'
import type { Values } from './documents.ts'

export interface Answer { readonly data: Values | null; readonly errors: readonly { readonly code: string; readonly path: readonly string[] }[]; readonly text: string }
/** `session`: whom the archive knows, where that is not who acts. */
export interface Knock { readonly actor: Actor; readonly session?: Actor }
export type Ask = (knock: Knock, document: string, variables: Values) => Promise<Answer>

/** What a proof changes of a gateway, in its own process: how the world of a request is made. No door reads it from outside. */
export type Remake = (land: Land, stores: Stores, knock: Knock, usual: World) => World

export async function openDoor(land: Land, remake: Remake = (_, __, ___, usual) => usual): Promise<Ask> {
  const { world } = land
  const stores = openStores(world.db, world.safe)
  const audience = 'https://gateway.example'
  let knocking: Knock = { actor: { kind: 'anonymous', scopes: new Set() } }
  const knocks = new Map<Actor, Knock>()
  const environment = await graphqlFrom({
    stage: 'test', clock: world.clock, random: world.random, settings: world.settings, stores, bell: world.bell, pairwiseSecret: 'authz', vault: world.vault, webauthn: webauthn(), issuer: audience, audience, log: () => undefined,
    authenticate: async () => ({ actor: knocking.actor }),
  })
  const archive = environment.world
  const door = graphqlDoor(async () => ({
    ...environment,
    worldFor: (actor) => {
      const knock = knocks.get(actor)!
      return remake(land, stores, knock, { ...archive, ...inSession(stores, actorSession(knock.session ?? actor)) })
    },
  }))
  return async (knock, query, variables) => {
    // One request at a time: the embedded database answers one at a time too.
    knocking = knock
    knocks.clear()
    knocks.set(knock.actor, knock)
    const response = await door({ version: '2.0', routeKey: '$default', rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json' }, isBase64Encoded: false, body: JSON.stringify({ query, variables }), requestContext: { http: { method: 'POST' } } } as never, { awsRequestId: 'authz' } as never)
    const text = (response.body ?? '').toWellFormed()
    const { data = null, errors = [] } = JSON.parse(text) as { data?: Values | null; errors?: { path?: (string | number)[]; extensions?: { code?: string } }[] }
    return { data, errors: errors.map(({ path, extensions }) => ({ code: extensions?.code ?? '', path: (path ?? []).filter((step) => typeof step === 'string') })), text }
  }
}

/** `value` · `empty`: the thing was reached and the field held nothing. A field that is absent was not reached. */
export type Seen = Map<string, 'value' | 'empty'>

/** Adds what an answer holds. A value beats an empty field of the same name elsewhere; a refusal holds nothing. */
export function observe(data: unknown, into: Seen): void {
  if (Array.isArray(data)) for (const one of data) observe(one, into)
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return
  const { __typename: type, ...fields } = data as { readonly __typename?: string }
  for (const [field, value] of Object.entries(fields)) {
    if (type !== undefined) {
      const cell = `${type}.${field}`
      const empty = value === null || (Array.isArray(value) && value.length === 0) || (value as { __typename?: string }).__typename === 'Refused'
      if (!empty) into.set(cell, 'value')
      else if (!into.has(cell)) into.set(cell, 'empty')
    }
    observe(value, into)
  }
}

/** What is said of another's as of nothing. */
const veiled: readonly unknown[] = ['NOT_FOUND', 'CONSENT_NOT_IN_FORCE', 'CHALLENGE_SPENT', 'PARTNER_NOT_IN_STANDING']
const away: readonly string[] = ['UNAUTHENTICATED', 'NOT_PERMITTED', 'ASSURANCE_TOO_LOW']
export type Outcome = 'turned away' | 'nothing' | 'answered' | 'fault'

/** How a root field met a token: turned away, as if nothing were there, or answered (also by a refusal on the merits). */
export function outcomeOf({ data, errors }: Answer): Outcome {
  if (errors.some(({ code }) => code === 'INTERNAL' || !/^[A-Z_]+$/.test(code))) return 'fault'
  if (errors.some(({ code, path }) => away.includes(code) && (path.length <= 1 || Object.values(data ?? {}).every((value) => value === null)))) return 'turned away'
  if (data === null) return errors.length > 0 ? 'fault' : 'nothing'
  const [value] = Object.values(data)
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return 'nothing'
  const { __typename: type, code } = value as { readonly __typename?: string; readonly code?: unknown }
  if (type !== 'Refused') return 'answered'
  return away.includes(String(code)) ? 'turned away' : veiled.includes(code) ? 'nothing' : 'answered'
}

