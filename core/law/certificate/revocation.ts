/**
 * Revocation: on what legal ground a certificate lapses, who may bring it about, and with which reason it is published.
 * The lapse takes effect when it is recorded, not when the event happened; both instants are kept.
 *
 * @law 公的個人認証法 第9条–第15条 (signing), 第28条–第34条 (authentication)
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { CertificateRecord } from './certificate.ts'
import type { CertificateId, IdempotencyKey, IssuerKeyId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export interface GroundRule {
  readonly article: string
  /** CRLReason of RFC 5280 5.3.1. */
  readonly reason: 0 | 1 | 2 | 3 | 4 | 5 | 6
  /** Kinds of actor that may state this ground. */
  readonly by: readonly ('citizen' | 'municipal' | 'agency' | 'system')[]
}

/** The legal grounds, closed. The mapping to reason codes is not one-to-one: both are stored. */
export const grounds = {
  /** 失効申請 */
  'holder-request': { article: '公的個人認証法 第9条・第28条', reason: 5, by: ['citizen', 'municipal'] },
  /** 漏えい等の届出 */
  'key-leak': { article: '公的個人認証法 第10条・第29条', reason: 1, by: ['citizen', 'municipal', 'agency'] },
  /** カード紛失の届出による一時停止 */
  'temporary-stop': { article: '運用規程 (一時停止)', reason: 6, by: ['citizen', 'municipal', 'agency'] },
  /** 異動等失効情報: the four items changed or the resident record was deleted */
  'record-changed': { article: '公的個人認証法 第12条・第31条', reason: 3, by: ['system'] },
  /** 記録誤り: the holder must be told promptly */
  'record-error': { article: '公的個人認証法 第13条・第32条', reason: 3, by: ['agency'] },
  /** 発行者署名符号の漏えい等 */
  'ca-incident': { article: '公的個人認証法 第14条・第33条', reason: 2, by: ['agency'] },
  /** カードの失効 */
  'card-lapsed': { article: '公的個人認証法施行規則 第17条・第53条', reason: 5, by: ['system'] },
  /** 更新に伴う失効 */
  superseded: { article: '公的個人認証法施行規則 第13条・第49条', reason: 4, by: ['system'] },
  /** 一人一台: a certificate in another phone, or a new one in the same, takes its place */
  'smartphone-replaced': { article: '公的個人認証法 第16条の5・第35条の5', reason: 4, by: ['system'] },
  /** The card certificate that one in a phone hangs on has lapsed */
  'parent-lapsed': { article: '公的個人認証法 第16条の13・第35条の13', reason: 5, by: ['system'] },
  /** 交付前破棄 */
  'discarded-before-delivery': { article: '運用規程 (交付前破棄)', reason: 0, by: ['municipal', 'system'] },
} as const satisfies Record<string, GroundRule>
export type Ground = keyof typeof grounds

export interface Revocation {
  readonly ground: Ground
  readonly reason: GroundRule['reason']
  /** When what caused it happened, as far as known. */
  readonly occurredAt: Instant
  /** When it was recorded: the legal instant of the lapse. */
  readonly recordedAt: Instant
}

export const revocation = (ground: Ground, occurredAt: Instant, recordedAt: Instant): Revocation => ({
  ground, reason: grounds[ground].reason, occurredAt, recordedAt,
})

export interface Revocations {
  /** First ground wins and keeps its instant; a certificate on hold may still be revoked for good. `CONFLICT` where it lapsed already. */
  revoke(act: Act, certificate: CertificateId, revocation: Revocation): Promise<Result<void>>
  /** Every live certificate of an issuer generation, its reservations, and the incident itself, in one act: from then on nothing more is issued under it. Returns how many lapsed. */
  revokeAllOf(act: Act, issuer: IssuerKeyId, revocation: Revocation): Promise<number>
  /** Oldest first. */
  incidents(): Promise<CaIncident[]>
}

/** 発行者署名符号の漏えい等 */
export interface CaIncident {
  readonly issuer: IssuerKeyId
  readonly occurredAt: Instant
  readonly recordedAt: Instant
}

export interface RevokeInput {
  readonly certificate: CertificateId
  readonly ground: Ground
  readonly occurredAt: Instant | null
  readonly idempotencyKey: IdempotencyKey
}

/** Revokes one certificate. The holder may ask for its own; a municipal officer for one that its municipality handed over. */
export async function revoke(world: Uses<'clock' | 'acts' | 'certificates' | 'revocations' | 'bell'>, actor: Actor, input: RevokeInput): Promise<Result<CertificateRecord>> {
  const now = world.clock.now()
  const record = await world.certificates.load(input.certificate)
  if (record === null || !mayTouch(actor, record)) return refuse('NOT_FOUND')
  if (!mayState(actor, input.ground)) return refuse('NOT_PERMITTED', { field: 'ground' })
  if (input.occurredAt !== null && input.occurredAt > now) return refuse('MALFORMED_INPUT', { field: 'occurredAt' })
  const act = begin('certificate.revoke', actor, now, input)
  const load = async () => (await world.certificates.load(input.certificate)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (record.state !== 'VALID' && record.state !== 'HELD') return refuse('ALREADY_REVOKED', { state: record.state })
    const lapse = revocation(input.ground, input.occurredAt ?? now, now)
    const stored = await world.revocations.revoke({ ...act, subject: record.id, facts: { ground: input.ground, kind: record.kind } }, record.id, lapse)
    if (isRefusal(stored)) return refuse('ALREADY_REVOKED')
    await world.bell.ring({ wake: 'crl' })
    return load()
  })
}

function mayTouch(actor: Actor, record: CertificateRecord): boolean {
  if (actor.kind === 'citizen') return actor.person === record.person
  if (actor.kind !== 'officer' || !actor.scopes.has('certificate')) return false
  return actor.role === 'agency' || (actor.role === 'municipal' && actor.municipality === record.shard)
}

function mayState(actor: Actor, ground: Ground): boolean {
  const by: readonly string[] = grounds[ground].by
  return by.includes(actor.kind === 'officer' ? actor.role : actor.kind)
}

/** The agency records that a CA key leaked, was lost or damaged: everything it signed lapses and the fact is published. */
export async function recordCaIncident(
  world: Uses<'clock' | 'acts' | 'revocations' | 'authorities' | 'bell'>, actor: Actor, input: { issuer: IssuerKeyId; occurredAt: Instant; idempotencyKey: IdempotencyKey },
): Promise<Result<{ issuer: IssuerKeyId; revoked: number }>> {
  const officer = asOfficer(actor, 'agency', 'certificate')
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  if (!world.authorities.all.some((a) => a.keyId === input.issuer)) return refuse('NOT_FOUND')
  if (input.occurredAt > now) return refuse('MALFORMED_INPUT', { field: 'occurredAt' })
  const act = begin('certificate.revoke', officer, now, input)
  return once(world.acts, act, async () => ({ issuer: input.issuer, revoked: 0 }), async () => {
    const count = await world.revocations.revokeAllOf({ ...act, subject: input.issuer, facts: { ground: 'ca-incident' } }, input.issuer, revocation('ca-incident', input.occurredAt, now))
    await world.bell.ring({ wake: 'crl' })
    return { issuer: input.issuer, revoked: count }
  })
}
