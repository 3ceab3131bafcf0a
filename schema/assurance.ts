/**
 * How sure the gateway must be of the person who asks a field: `@requiresAssurance` in the SDL, and the same declaration guards
 * the resolver (schema/audience.ts). What falls short learns what was reached, what is needed, and how the card gets it there.
 * Clients of partners are no persons: what they read rests on a consent that the person signed with the card.
 *
 * @rfc 9470 3
 */
import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLInt, GraphQLNonNull } from 'graphql'
import type { Actor } from '../core/law/actor.ts'
import { acrFor, authenticationLevels, identityLevels, shortOf, type AuthenticationLevel, type IdentityLevel, type Need, type StepUp } from '../core/law/partner/assurance.ts'
import type { Refusal } from '../core/law/refusal.ts'
import type { Instant } from '../core/law/time.ts'
import { builder, enumOf } from './builder.ts'

/** For the `extensions` of a field: what a person needs who asks it. */
export const assured = (level: AuthenticationLevel, maxAge: number): { readonly assurance: Need } => ({ assurance: { level, maxAge } })

/** Reading one's own, and what changes an account: the first a passkey may do, the second a card of now. */
export const ownReading = assured('AAL2', 900)
export const accountAct = assured('AAL3', 300)

export const assuranceOf = (field: { readonly extensions: Readonly<Record<string, unknown>> }): Need | undefined => field.extensions['assurance'] as Need | undefined

export const requiresAssurance = new GraphQLDirective({
  name: 'requiresAssurance', locations: [DirectiveLocation.FIELD_DEFINITION],
  description: 'A person (actor CITIZEN) may ask the field with a token whose `acr` names this level of authentication or a higher one, and whose `auth_time` is no older. Other kinds of actor are not held to it.',
  args: {
    level: { type: new GraphQLNonNull(new GraphQLEnumType({ name: 'RequiredAssurance', description: 'Levels of authentication that a field may ask for.', values: { AAL1: { description: 'One factor.' }, AAL2: { description: 'Two factors: a passkey.' }, AAL3: { description: 'Two factors, one of them a hardware key: the card, or a phone that holds a certificate.' } } })), description: 'The lowest level.' },
    maxAge: { type: new GraphQLNonNull(GraphQLInt), description: 'Seconds since the person showed to be there, at most.' },
  },
})

/** Null where the actor may ask. */
export const fallsShort = (need: Need, actor: Actor, now: Instant): Refusal | null => (actor.kind === 'citizen' ? shortOf(need, actor.assurance, now) : null)

export const stepUpFacts = ({ needed, achieved }: StepUp) => ({
  needed: needed.level, maxAge: needed.maxAge, achieved: achieved?.levels.authentication ?? null, achievedIdentity: achieved?.levels.identity ?? null, age: achieved?.age ?? null, acrValues: acrFor(needed),
})

// ---------------------------------------------------------------- types

export const IdentityLevelEnum = enumOf<IdentityLevel>('IdentityAssurance', 'How the identity was proven (names of DS-511).', { IAL1: 'By the person’s own word.', IAL2: 'By documents, at a distance.', IAL3: 'Face to face, at the hand-over of the card.' } satisfies Record<(typeof identityLevels)[number], string>)
export const AuthenticationLevelEnum = enumOf<AuthenticationLevel>('AuthenticationAssurance', 'How the person showed to be present (names of DS-511).', { AAL1: 'One factor.', AAL2: 'Two factors: a passkey that the person unlocked.', AAL3: 'Two factors, one of them a hardware key.' } satisfies Record<(typeof authenticationLevels)[number], string>)

export const StepUpRef = builder.objectRef<StepUp>('StepUp').implement({
  description: 'How to get from the login that there is to the one that is needed: send the person to the authorization server with `acrValues` and `maxAge`, or, for a login at a partner, have the challenge answered with the card.',
  fields: (t) => ({
    needed: t.field({ type: AuthenticationLevelEnum, description: 'The level that is needed.', resolve: ({ needed }) => needed.level }),
    maxAge: t.int({ description: 'How many seconds old the login may be.', resolve: ({ needed }) => needed.maxAge }),
    achieved: t.field({ type: AuthenticationLevelEnum, nullable: true, description: 'The level that was reached; null where the token names none.', resolve: ({ achieved }) => achieved?.levels.authentication ?? null }),
    achievedIdentity: t.field({ type: IdentityLevelEnum, nullable: true, description: 'The level of identity that was reached.', resolve: ({ achieved }) => achieved?.levels.identity ?? null }),
    age: t.int({ nullable: true, description: 'How many seconds ago.', resolve: ({ achieved }) => (achieved === null ? null : Math.max(0, Math.min(achieved.age, 2_147_483_647))) }),
    acrValues: t.string({ description: '`acr_values` for the authorization server (RFC 9470).', resolve: ({ needed }) => acrFor(needed) }),
  }),
})
