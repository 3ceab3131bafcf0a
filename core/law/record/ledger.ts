/**
 * The account of signatures: every one is written down before a key is asked for it, and what came of it is counted where
 * it is kept. What was asked and is nowhere is a signature that somebody else may hold; what is there and was never asked
 * was made beside the house.
 */
import { sha256Hex, type Signer } from '../../pki/signer.ts'
import { isCentral, type Actor } from '../actor.ts'
import { fromHex } from '../ids.ts'
import { refuse, type Result } from '../refusal.ts'
import { dayOf, minute, type Clock, type Instant, type LegalDate } from '../time.ts'
import type { TrailDay, TrailLedger } from './trail.ts'
import type { Uses } from '../world.ts'

/** Of one key: `card-orders`, `checkpoint`, `receipt`, or the key id of an issuer. */
export interface Tally {
  readonly key: string
  /** How often it was asked. */
  readonly asked: number
  /** For how many different texts: a repeat after a crash asks for the same again. */
  readonly distinct: number
  /** Of these, how many were first asked for within the last minutes and may still be on their way. */
  readonly recent: number
  /** CA certificates, certificates, lists, responders' certificates, orders, checkpoints or records of consents that carry a signature of this key. */
  readonly stored: number
}

/** With what the key service says of the last day that was reckoned; null where it was not asked about this key. */
export interface ToldTally extends Tally { readonly trail: TrailDay | null }

export interface Ledger extends TrailLedger {
  ask(key: string, digest: Uint8Array, at: Instant): Promise<void>
  /** All keys, counted at one moment. */
  tally(recentSince: Instant): Promise<Tally[]>
  /** False where the day has its reckoning already. */
  record(day: LegalDate, at: Instant, tallies: readonly Tally[]): Promise<boolean>
  recorded(day: LegalDate): Promise<boolean>
}

/** The same signer, which writes down what it is asked for first. */
export const ledgered = (key: string, signer: Signer, ledger: Pick<Ledger, 'ask'>, clock: Clock): Signer => ({
  ...signer,
  async sign(tbs) {
    await ledger.ask(key, fromHex(sha256Hex(tbs)), clock.now())
    return signer.sign(tbs)
  },
})

/** As many products as texts that were signed; what was asked just now may still be missing. */
export const agrees = ({ distinct, recent, stored }: Tally): boolean => stored <= distinct && stored >= distinct - recent

const onItsWay = 10 * minute

export const tallyNow = ({ clock, ledger }: Uses<'clock' | 'ledger'>): Promise<Tally[]> => ledger.tally((clock.now() - onItsWay) as Instant)

/** Once a day. Returns the keys whose account does not agree; null where the day was reckoned before. */
export async function reconcile(world: Uses<'clock' | 'ledger'>): Promise<Tally[] | null> {
  const now = world.clock.now()
  const today = dayOf(now)
  if (await world.ledger.recorded(today)) return null
  const tallies = await tallyNow(world)
  return (await world.ledger.record(today, now, tallies)) ? tallies.filter((tally) => !agrees(tally)) : null
}

export async function readTallies(world: Uses<'clock' | 'ledger'>, actor: Actor): Promise<Result<ToldTally[]>> {
  if (!isCentral(actor) || !actor.scopes.has('audit')) return refuse('NOT_PERMITTED', { field: 'scope audit' })
  const trail = new Map((await world.ledger.lastTrail()).map((day) => [day.key, day]))
  const tallies = await tallyNow(world)
  // A key that was never asked here and signed all the same.
  const strange = [...trail.values()].filter(({ key, signed }) => signed > 0 && tallies.every((tally) => tally.key !== key)).map(({ key }): Tally => ({ key, asked: 0, distinct: 0, recent: 0, stored: 0 }))
  return [...tallies, ...strange].map((tally) => ({ ...tally, trail: trail.get(tally.key) ?? null }))
}
