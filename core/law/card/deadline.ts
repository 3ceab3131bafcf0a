/**
 * What time brings about: cards and certificates that ended because a period ran out, found in the register and carried
 * out. The decision is pure and remembers nothing (lapse.ts); the archive calls it with the rows of one person held
 * still. What has ended ended at the instant the law says, not when somebody looked: a day that nobody looked is caught
 * up exactly as if somebody had.
 *
 * @law 番号法 第17条第10項 · 公的個人認証法 第12条・第15条・第31条・第34条
 */
import { system } from '../actor.ts'
import { begin, type Act } from '../act.ts'
import type { Card, CardEnd } from './card.ts'
import { isSmartphone, type CardCertificateKind, type CertificateRecord } from '../certificate/certificate.ts'
import type { CardId, CertificateId, MunicipalityCode, PersonId } from '../ids.ts'
import { cardLapse, certificateLapse, nextTrigger, type CardFacts, type CertificateLapse, type RegisterEvent } from './lapse.ts'
import { isRefusal, type Result } from '../refusal.ts'
import { grounds, revocation, type Revocation } from '../certificate/revocation.ts'
import { addDays, after, dayOf, endOf, startOf, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** A card that has not ended. */
export interface StandingCard extends CardFacts, Pick<Card, 'id' | 'state'> {}
/** A certificate that is live, or may become so. */
export type StandingCertificate = Pick<CertificateRecord, 'id' | 'kind' | 'card' | 'state' | 'issuedAt' | 'expiresOn'>
/** What the archive holds of one person, as far as time can end it. */
export interface Standing {
  readonly cards: readonly StandingCard[]
  readonly certificates: readonly StandingCertificate[]
  readonly history: readonly RegisterEvent[]
}

export interface CardEnding { readonly card: CardId; readonly ground: CardEnd; readonly at: Instant }
/** `revocation` is null where the period of the certificate ran out. */
export interface CertificateEnding extends Pick<StandingCertificate, 'kind' | 'state'> { readonly certificate: CertificateId; readonly revocation: Revocation | null }
export interface Settlement {
  readonly cards: readonly CardEnding[]
  readonly certificates: readonly CertificateEnding[]
  /** When to look at each card again that goes on, unless more is recorded. */
  readonly due: readonly { readonly card: CardId; readonly at: Instant }[]
  /** Cards in use that go on pass to this municipality (継続利用). */
  readonly transfer: MunicipalityCode | null
}
export type Decide = (standing: Standing) => Settlement

export const endsNothing = (settlement: Settlement): boolean => settlement.cards.length === 0 && settlement.certificates.length === 0

/** With an event that is being recorded now: what the archive holds already was there before it, be it by less than a millisecond. */
export function withEvent({ cards, certificates, history }: Standing, event: RegisterEvent): Standing {
  const before = (at: Instant): Instant => (at >= event.recordedAt ? after(event.recordedAt, -1) : at)
  return {
    cards: cards.map((card) => ({ ...card, since: before(card.since) })), certificates: certificates.map((certificate) => ({ ...certificate, issuedAt: before(certificate.issuedAt) })), history: [...history, event],
  }
}

/** Everything that has ended by `at`. */
export function settle({ cards, certificates, history }: Standing, at: Instant): Settlement {
  const today = dayOf(at)
  const ended = cards.flatMap((card): CardEnding[] => {
    const { lapsed } = cardLapse(card, history, today)
    return lapsed === null ? [] : [{ card: card.id, ground: lapsed.end, at: lapsed.at }]
  })
  const lapses = new Map<StandingCertificate, CertificateLapse>()
  for (const certificate of certificates) {
    const card = cards.find(({ id }) => id === certificate.card)
    if (card === undefined || !onCard(certificate)) continue
    const { lapsed } = certificateLapse(certificate, card, history, today)
    const ending = ended.find((e) => e.card === card.id)
    if (lapsed !== null) lapses.set(certificate, lapsed)
    // Issued after the card had ended and before anybody looked: no certificate outlives its card.
    else if (ending !== undefined) lapses.set(certificate, cardLapsed(certificate.issuedAt))
  }
  // One in a phone runs out by its own period; that it ends with its parent on the card the archive sees to, in the same act.
  for (const certificate of certificates.filter((c) => !onCard(c))) {
    const over = startOf(addDays(certificate.expiresOn, 1))
    if (over <= at) lapses.set(certificate, { ground: 'expired', reason: null, article: '', cause: null, on: dayOf(over), at: over })
  }
  return {
    cards: ended,
    certificates: [...lapses].map(([certificate, lapse]) => ({ certificate: certificate.id, kind: certificate.kind, state: certificate.state, revocation: revocationOf(certificate, lapse) })),
    due: cards.filter(({ id }) => !ended.some(({ card }) => card === id)).map((card) => ({ card: card.id, at: nextTrigger(card, history, at) })),
    transfer: null,
  }
}

const cardLapsed = (at: Instant): CertificateLapse => ({ ground: 'card-lapsed', reason: grounds['card-lapsed'].reason, article: grounds['card-lapsed'].article, cause: null, on: dayOf(at), at })

const onCard = (certificate: StandingCertificate): certificate is StandingCertificate & { readonly kind: CardCertificateKind } =>
  !isSmartphone(certificate.kind)

/** Recorded when it took effect; what brought it about may be older. With its card it may run out, which nobody publishes. */
function revocationOf({ expiresOn }: StandingCertificate, { ground, on, at }: CertificateLapse): Revocation | null {
  if (ground === 'expired' || at > endOf(expiresOn)) return null
  const occurred = startOf(on)
  return revocation(ground, occurred < at ? occurred : at, at)
}

// ---------------------------------------------------------------- port and recipes

export interface Deadlines {
  /** Persons of whom something may have ended by `at`, in order, beginning after `after`. */
  due(at: Instant, after: PersonId | null, limit: number): Promise<PersonId[]>
  /** What `decide` makes of the person's rows. Where nothing ends, the day to look again is stored; nothing else changes. */
  look(person: PersonId, decide: Decide): Promise<Settlement>
  /** Carries out what `decide` makes of the rows, held still; `CONFLICT` where that is nothing any more. */
  settle(act: Act, person: PersonId, decide: Decide): Promise<Result<Settlement>>
}

/** Carries out what has ended of one person by now. One act; none where nothing has. Returns how much ended. */
export async function settlePerson(world: Uses<'clock' | 'deadlines'>, person: PersonId): Promise<number> {
  const now = world.clock.now()
  const decide: Decide = (standing) => settle(standing, now)
  const seen = await world.deadlines.look(person, decide)
  if (endsNothing(seen)) return 0
  const subject = seen.cards[0]?.card ?? seen.certificates[0]!.certificate
  const facts = { ground: seen.cards[0]?.ground ?? null, cards: seen.cards.length, certificates: seen.certificates.length }
  const done = await world.deadlines.settle({ ...begin('deadline.pass', system('sweep'), now, { person }), subject, facts }, person, decide)
  return isRefusal(done) ? 0 : done.cards.length + done.certificates.length
}

/** The card as it stands now: what ran out since the last sweep is carried out first, so that nobody goes by a state of yesterday. */
export async function standingCard(world: Uses<'clock' | 'cards' | 'deadlines'>, card: Card): Promise<Card> {
  await settlePerson(world, card.person)
  return (await world.cards.load(card.id)) ?? card
}

export interface SweepReport { readonly persons: number; readonly ended: number; readonly failed: number; readonly finished: boolean }

/**
 * Every person of whom something is due, in portions. Who is done is not due any more, so that a round that died is
 * gone on with by the next; a person who fails keeps nobody else waiting. Stops early where `goOn` says so.
 */
export async function sweepDeadlines(
  world: Uses<'clock' | 'deadlines' | 'bell'>, portion: number, failed: (person: PersonId, fault: unknown) => void, goOn: () => boolean = () => true,
): Promise<SweepReport> {
  const at = world.clock.now()
  let report: SweepReport = { persons: 0, ended: 0, failed: 0, finished: false }
  for (let last: PersonId | null = null; goOn(); ) {
    const persons: PersonId[] = await world.deadlines.due(at, last, portion)
    for (const person of persons) {
      try {
        report = { ...report, persons: report.persons + 1, ended: report.ended + (await settlePerson(world, person)) }
      } catch (fault) {
        report = { ...report, persons: report.persons + 1, failed: report.failed + 1 }
        failed(person, fault)
      }
    }
    if (persons.length < portion) {
      report = { ...report, finished: true }
      break
    }
    last = persons.at(-1)!
  }
  if (report.ended > 0) await world.bell.ring({ wake: 'crl' })
  return report
}
