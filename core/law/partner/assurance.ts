/**
 * How sure the gateway is of a person: of who it is (IAL) and that it is there now (AAL). A field may ask for a level and for
 * how lately it was reached; what falls short is told what was reached, what is needed, and that the card gets it there.
 *
 * Names of levels as in DS-511 (本人確認ガイドライン).
 *
 * @rfc 9470 3, 4 (step up)
 */
import { refuse, type Refusal } from '../refusal.ts'
import { second, type Instant } from '../time.ts'

export const identityLevels = ['IAL1', 'IAL2', 'IAL3'] as const
export const authenticationLevels = ['AAL1', 'AAL2', 'AAL3'] as const
export type IdentityLevel = (typeof identityLevels)[number]
export type AuthenticationLevel = (typeof authenticationLevels)[number]

export interface Levels { readonly identity: IdentityLevel; readonly authentication: AuthenticationLevel }

/**
 * Card and phone: identity proven face to face at hand-over (IAL3), two factors of which one is a hardware key (AAL3). A passkey
 * enrolled in such a login keeps the identity; it may be copied between devices, hence AAL2.
 */
export interface Assurance extends Levels { readonly method: 'CARD_AND_PIN' | 'SMARTPHONE_AND_PIN' | 'PASSKEY' }

/** What an actor's token says, and when the person showed to be there. */
export interface Achieved extends Levels { readonly at: Instant }

export interface Need { readonly level: AuthenticationLevel; /** Seconds. */ readonly maxAge: number }

/** What a refusal for want of assurance carries. */
export interface StepUp {
  readonly needed: Need
  readonly achieved: { readonly levels: Levels; /** Seconds. */ readonly age: number } | null
}

export const reaches = (achieved: Levels, wanted: Levels): boolean =>
  identityLevels.indexOf(achieved.identity) >= identityLevels.indexOf(wanted.identity) && authenticationLevels.indexOf(achieved.authentication) >= authenticationLevels.indexOf(wanted.authentication)

/** Null where the need is met. A login of the future is none. */
export function shortOf(need: Need, achieved: Achieved | null | undefined, now: Instant): Refusal | null {
  if (achieved == null) return tooLow({ needed: need, achieved: null })
  const age = Math.floor((now - achieved.at) / second)
  const high = authenticationLevels.indexOf(achieved.authentication) >= authenticationLevels.indexOf(need.level)
  if (high && now >= achieved.at && now - achieved.at <= need.maxAge * second) return null
  const { identity, authentication } = achieved
  return tooLow({ needed: need, achieved: { levels: { identity, authentication }, age } })
}

export const tooLow = (stepUp: StepUp): Refusal => ({
  ...refuse('ASSURANCE_TOO_LOW', { field: stepUp.needed.level, state: stepUp.achieved?.levels.authentication ?? 'NONE' }), stepUp,
})

/** The words of a token's `acr`, such as `ial3 aal2`; null where it names no level of authentication. */
export function levelsIn(acr: string): Levels | null {
  const words = acr.toUpperCase().split(' ')
  const authentication = authenticationLevels.findLast((level) => words.includes(level))
  return authentication === undefined ? null : { identity: identityLevels.findLast((level) => words.includes(level)) ?? 'IAL1', authentication }
}

/** What is asked of an authorization server so that its token meets the need. @rfc 9470 3 */
export const acrFor = ({ level }: Need): string => `ial3 ${level.toLowerCase()}`
