/**
 * Questions about a person that are answered with yes or no, so that the items stay home: of age, and living in the
 * municipality that the consent names. No other municipality can be asked about, so the address cannot be found out by
 * asking for each. An answer is a release: consented to by its own name, under its own scope, logged in the same
 * transaction.
 *
 * @law 公的個人認証法施行規則 第35条の2 · 民法 第4条
 */
import type { Actor } from '../actor.ts'
import type { MunicipalityCode } from '../ids.ts'
import { isRefusal, type Result } from '../refusal.ts'
import { dayOf, type Instant } from '../time.ts'
import { releaseUnder, type AccessLogEntry, type Asking, type DisclosureWorld, type ItemFacts, type Source } from './disclosure.ts'
import type { Freshness } from './freshness.ts'
import { holds, type PredicateName } from './item.ts'

export interface PredicateAnswer {
  readonly entry: AccessLogEntry
  readonly holds: boolean
  readonly freshness: Freshness
  readonly asOf: Instant
  readonly source: Source
  readonly facts: readonly ItemFacts[]
}

export interface Question extends Asking {
  readonly predicate: PredicateName
  /** The municipality asked about; must be the one that was consented to. */
  readonly municipality: MunicipalityCode | null
}

export async function answerPredicate(world: DisclosureWorld, actor: Actor, { predicate, municipality, ...asking }: Question): Promise<Result<PredicateAnswer>> {
  const released = await releaseUnder(world, actor, asking, (consent) => {
    const covered = consent.items.includes(predicate) && (predicate !== 'livesInMunicipality' || consent.municipality === municipality)
    return covered ? [predicate] : []
  }, null, 'predicate')
  if (isRefusal(released)) return released
  const { entry, held, consent, freshness, asOf, source, facts } = released
  return { entry, holds: holds[predicate](held, consent.municipality, dayOf(entry.at)), freshness, asOf, source, facts }
}
