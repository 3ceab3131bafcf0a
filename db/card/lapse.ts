/**
 * How rows of certificates lapse, for every act that makes them: revocation, an event in the register, a successor.
 *
 * First ground wins. A hold that becomes final takes the final ground and reason and keeps the instant at which it was
 * put on hold, as X.509 has it: from then on nobody could rely on it. The instant of the final act is in its audit leaf.
 *
 * @rfc 5280 5.3.1
 */
import { and, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { CertificateKind } from '../../core/law/certificate/certificate.ts'
import type { CertificateId, IssuerKeyId, MunicipalityCode, PersonId } from '../../core/law/ids.ts'
import { revocation as revocationOf, type Revocation } from '../../core/law/certificate/revocation.ts'
import { dayOf, type Instant } from '../../core/law/time.ts'
import type { Tx } from '../client.ts'
import { openPersons } from '../session.ts'
import { announce } from '../partner/outbox.ts'
import { consents } from '../tables/consents.ts'
import { certificateApplications, certificates, crlShards } from '../tables/certificates.ts'

type Shard = { readonly issuer: IssuerKeyId; readonly shard: MunicipalityCode }
const shard = { issuer: certificates.issuer, shard: certificates.shard }

/** Live certificates that meet the condition lapse; those whose period has run out do not. Returns how many did. */
export async function lapse(tx: Tx, which: SQL | undefined, revocation: Revocation): Promise<number> {
  const running = gte(certificates.expiresOn, dayOf(revocation.recordedAt))
  const { ground, reason, occurredAt, recordedAt } = revocation
  const hold = ground === 'temporary-stop'
  const changed = await tx
    .update(certificates)
    .set({
      state: hold ? 'HELD' : 'REVOKED', ground, reason,
      occurredAt: sql`least(${certificates.occurredAt}, ${occurredAt}::bigint)`, recordedAt: sql`coalesce(${certificates.recordedAt}, ${recordedAt}::bigint)`,
    })
    .where(and(which, running, inArray(certificates.state, hold ? ['VALID'] : ['VALID', 'HELD'])))
    .returning({ id: certificates.id, person: certificates.person, kind: certificates.kind, ...shard })
  await openPersons(tx, changed.map((row) => row.person))
  const persons = hold ? [] : [...new Set(changed.filter((row) => row.kind === 'signature').map((row) => row.person))]
  if (persons.length > 0) await announce(tx, 'certificate-revoked', and(inArray(consents.person, persons), eq(consents.state, 'IN_FORCE')), recordedAt)
  await markChanged(tx, changed)
  // A certificate in a phone ends with the card certificate it hangs on; a hold is no end.
  const ended = changed.map((row) => row.id)
  if (hold || ended.length === 0) return changed.length
  await orphan(tx, ended, recordedAt)
  const children = await lapse(tx, inArray(certificates.parent, ended), revocationOf('parent-lapsed', occurredAt, recordedAt))
  return changed.length + children
}

/**
 * Issuing under a key, and the incident that ends it, exclude each other: many may issue, one may end it. Not a lock of the
 * issuer's row: the door on the internet may not touch that.
 */
export const holdIssuer = (tx: Tx, issuer: IssuerKeyId, how: 'shared' | 'alone'): Promise<unknown> =>
  tx.execute(sql`select ${sql.raw(how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock')}(hashtextextended(${`issuer ${issuer}`}, 0))`)

/** Certificates whose last day is over stop standing in the way of a successor. */
export async function expire(tx: Tx, which: SQL | undefined, at: Instant): Promise<void> {
  const over = await tx
    .update(certificates).set({ state: 'EXPIRED' }).where(and(which, lt(certificates.expiresOn, dayOf(at)), inArray(certificates.state, ['VALID', 'HELD']))).returning({ id: certificates.id })
  if (over.length > 0) await orphan(tx, over.map((row) => row.id), at)
}

/** What was being applied for in a phone under a card certificate that is over: applications end, and reservations go on the list. */
async function orphan(tx: Tx, parents: readonly CertificateId[], at: Instant): Promise<void> {
  const theirs = inArray(certificateApplications.parent, [...parents])
  await endReserved(tx, theirs, at, 'parent-lapsed')
  await tx.update(certificateApplications).set({ state: 'ABANDONED', refusedFor: 'parent-lapsed' }).where(and(theirs, inArray(certificateApplications.state, ['APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED'])))
}

/** Reservations of a person end; a signature may exist of each, so they go on the list. */
export const abandonReserved = (tx: Tx, person: PersonId, kinds: readonly CertificateKind[], at: Instant, reason: string): Promise<void> =>
  endReserved(tx, and(eq(certificateApplications.person, person), sql`${certificateApplications.kind} in ${kinds}`), at, reason)

/** Reservations under an issuer's key end. */
export const abandonReservedOf = (tx: Tx, issuer: IssuerKeyId, at: Instant, reason: string): Promise<void> =>
  endReserved(tx, inArray(certificateApplications.id, tx.select({ id: certificates.application }).from(certificates).where(and(eq(certificates.issuer, issuer), eq(certificates.state, 'RESERVED')))), at, reason)

async function endReserved(tx: Tx, which: SQL | undefined, at: Instant, reason: string): Promise<void> {
  const ended = await tx
    .update(certificateApplications)
    .set({ state: 'ABANDONED', refusedFor: reason })
    .where(and(which, eq(certificateApplications.state, 'RESERVED')))
    .returning({ id: certificateApplications.id })
  if (ended.length > 0) await abandon(tx, inArray(certificates.application, ended.map((row) => row.id)), at)
}

export async function abandon(tx: Tx, which: SQL, at: Instant): Promise<void> {
  const changed = await tx.update(certificates).set({ state: 'ABANDONED', abandonedAt: at }).where(and(which, eq(certificates.state, 'RESERVED'))).returning(shard)
  await markChanged(tx, changed)
}

/** The lists of these shards are stale. Always the last lock of an act, and in one order. */
async function markChanged(tx: Tx, changed: readonly Shard[]): Promise<void> {
  const distinct = [...new Map(changed.map((s) => [`${s.issuer} ${s.shard}`, s])).values()].sort((a, b) => (a.issuer + a.shard < b.issuer + b.shard ? -1 : 1))
  if (distinct.length === 0) return
  await tx
    .insert(crlShards)
    .values(distinct.map((s) => ({ ...s, changes: 1 })))
    .onConflictDoUpdate({ target: [crlShards.issuer, crlShards.shard], set: { changes: sql`${crlShards.changes} + 1` } })
}
