/**
 * What was done and what came of it, in the order of one clock; and what must hold of it, whatever the weather was: nothing
 * acknowledged is lost, nothing is done twice, nothing is released after a withdrawal, a revocation is never taken back.
 */
import type pg from 'pg'
import { answerFor } from '../../core/law/certificate/status.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { readCrl } from '../../core/pki/crl.ts'
import type { TestWorld } from '../harness/world.ts'
import { fallingNumbers, violations } from '../crash/invariants.ts'

export type Kind = 'release' | 'withdraw' | 'revoke' | 'status'
export interface Operation {
  readonly kind: Kind
  /** Id of the consent or the certificate. */
  readonly subject: string
  /** The request's id, or its idempotency key. */
  readonly key: string
  /** Milliseconds of one clock. */
  readonly start: number
  readonly end: number
  /** `ok`, `good`, `revoked`, the code of a refusal, or `fault` where nobody knows. */
  readonly outcome: string
}

/** What a history by itself shows to be wrong: an answer that contradicts one acknowledged before it was asked for. */
export function contradictions(history: readonly Operation[]): string[] {
  const acknowledged = (kind: Kind): ReadonlyMap<string, number> => {
    const first = new Map<string, number>()
    for (const o of history) if (o.kind === kind && o.outcome === 'ok' && o.end < (first.get(o.subject) ?? Number.POSITIVE_INFINITY)) first.set(o.subject, o.end)
    return first
  }
  const [withdrawn, revoked] = [acknowledged('withdraw'), acknowledged('revoke')]
  const late = (o: Operation, since: ReadonlyMap<string, number>): boolean => o.start > (since.get(o.subject) ?? Number.POSITIVE_INFINITY)
  return history.flatMap((o) => {
    if (o.kind === 'release' && o.outcome === 'ok' && late(o, withdrawn)) return [`released after its withdrawal: ${o.key} of ${o.subject}`]
    if (o.kind === 'status' && o.outcome !== 'revoked' && o.outcome !== 'fault' && late(o, revoked)) return [`${o.outcome} after its revocation: ${o.subject}`]
    return []
  })
}

/** What the archive at rest must show of a history. */
export async function losses(history: readonly Operation[], client: pg.Client, world: TestWorld, certificates: ReadonlyMap<string, CertificateRecord>): Promise<string[]> {
  const found: string[] = [...(await violations(client, world.safe, world.statuses)), ...(await fallingNumbers(client))]
  const leaves = async (kind: string): Promise<ReadonlyMap<string, number>> =>
    new Map((await client.query<{ subject: string; n: string }>('select subject, count(*) as n from audit_leaves where kind = $1 group by subject', [kind])).rows.map((r) => [r.subject, Number(r.n)]))
  const done = (kind: Kind): ReadonlySet<string> => new Set(history.filter((o) => o.kind === kind && o.outcome === 'ok').map((o) => o.subject))

  const [withdrawals, revocations, releases] = [await leaves('consent.withdraw'), await leaves('certificate.revoke'), await leaves('release.give')]
  for (const [kind, counted] of [['withdrawal', withdrawals], ['revocation', revocations], ['release', releases]] as const) for (const [subject, n] of counted) if (n !== 1) found.push(`${n} leaves of one ${kind}: ${subject}`)

  for (const id of done('withdraw')) {
    if (withdrawals.get(id) !== 1) found.push(`withdrawal lost: ${id}`)
    if ((await world.consents.load(id as never))?.state !== 'WITHDRAWN') found.push(`consent in force again: ${id}`)
  }
  const listed = new Map<string, ReadonlySet<string>>()
  for (const id of done('revoke')) {
    const { issuer, serial, shard } = certificates.get(id)!
    if (revocations.get(id) !== 1) found.push(`revocation lost: ${id}`)
    const answer = answerFor(await world.statuses.find(issuer, serial))
    if (answer.status !== 'revoked') found.push(`revoked, but ${answer.status}: ${id}`)
    const list = `${issuer} ${shard}`
    if (!listed.has(list)) listed.set(list, new Set(serialsOf((await world.crls.latest(issuer, shard))?.der ?? null)))
    if (!listed.get(list)!.has(serial.toUpperCase())) found.push(`revoked, but on no list: ${id}`)
  }

  const rows = (await client.query<{ request_id: string; outcome: string; id: string }>('select request_id, outcome, id from access_log')).rows
  const log = new Map<string, typeof rows>()
  for (const row of rows) log.set(row.request_id, [...(log.get(row.request_id) ?? []), row])
  for (const o of history.filter((h) => h.kind === 'release' && h.outcome !== 'fault')) {
    const written = log.get(o.key) ?? []
    const wanted = o.outcome === 'ok' ? 'RELEASED' : o.outcome
    if (written.length !== 1 || written[0]!.outcome !== wanted) found.push(`${o.key} was answered ${wanted}, its log says ${written.map((w) => w.outcome).join(', ') || 'nothing'}`)
  }
  for (const { id, outcome } of rows) if (outcome === 'RELEASED' && releases.get(id) !== 1) found.push(`a release without its leaf: ${id}`)

  const live = (await client.query<{ person: string; n: string }>(`select person, count(*) as n from certificates where state in ('VALID', 'HELD') group by person, kind having count(*) > 1`)).rows
  for (const { person, n } of live) found.push(`${n} live certificates of one kind: ${person}`)
  return found
}

const serialsOf = (der: Uint8Array | null): string[] => (der === null ? [] : [...readCrl(der).entries()].map((entry) => entry.serial.toUpperCase()))
