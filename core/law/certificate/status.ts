/**
 * What is answered about a certificate (保存期間に係る失効情報, by OCSP) and what is published (失効情報ファイル, the CRL).
 * An answer is about issuer and serial; a serial that was never issued is never `good`.
 *
 * @law 公的個人認証法 第16条・第18条・第35条 · 施行令 第3条–第7条 (an entry is kept until the certificate's expiry)
 */
import { crlTbs, type CrlEntry } from '../../pki/crl.ts'
import { distributionPointFor } from '../../pki/profile.ts'
import { assemble } from '../../pki/certificate.ts'
import { lintCrl, signLinted } from '../../pki/lint.ts'
import { begin, type Act } from '../act.ts'
import { system } from '../actor.ts'
import type { CertificateState } from './certificate.ts'
import type { IssuerKeyId, MunicipalityCode, SerialNumber } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Revocation } from './revocation.ts'
import { after, hour, second, type Instant } from '../time.ts'
import type { Authority, Municipality, Uses } from '../world.ts'

export interface StatusRow {
  readonly state: CertificateState
  readonly revocation: Revocation | null
  /** When an abandoned reservation was given up. */
  readonly abandonedAt: Instant | null
}
export interface Statuses {
  find(issuer: IssuerKeyId, serial: SerialNumber): Promise<StatusRow | null>
}

export type StatusAnswer =
  | { readonly status: 'good' }
  | { readonly status: 'revoked'; readonly at: Instant; readonly reason: Revocation['reason'] | null }
  | { readonly status: 'unknown' }

/** @rfc 6960 2.2 */
export function answerFor(row: StatusRow | null): StatusAnswer {
  if (row === null) return { status: 'unknown' }
  switch (row.state) {
    case 'VALID':
    case 'EXPIRED': return row.revocation === null ? { status: 'good' } : { status: 'revoked', at: row.revocation.recordedAt, reason: row.revocation.reason }
    case 'HELD':
    case 'REVOKED': return row.revocation === null ? { status: 'unknown' } : { status: 'revoked', at: row.revocation.recordedAt, reason: row.revocation.reason }
    case 'ABANDONED': return row.abandonedAt === null ? { status: 'unknown' } : { status: 'revoked', at: row.abandonedAt, reason: null }
    case 'RESERVED': return { status: 'unknown' }
  }
}

/** The same as it stood at an earlier instant: a lapse counts from when it was recorded. */
export function answerAt(row: StatusRow | null, at: Instant): StatusAnswer {
  const answer = answerFor(row)
  if (answer.status !== 'revoked' || answer.at <= at) return answer
  return row?.state === 'ABANDONED' ? { status: 'unknown' } : { status: 'good' }
}

// ---------------------------------------------------------------- CRL

export interface ListedRevocation { readonly serial: SerialNumber; readonly at: Instant; readonly reason: Revocation['reason'] | null }
export interface PublishedCrl {
  readonly issuer: IssuerKeyId
  readonly shard: MunicipalityCode
  readonly number: bigint
  readonly der: Uint8Array
  readonly thisUpdate: Instant
  readonly nextUpdate: Instant
}
export interface Crls {
  /** Shards with certificates whose list is missing, past half its life, or older than a revocation; of these last only where the list is no younger than `settled` (absent: whatever its age). */
  due(at: Instant, settled?: Instant): Promise<{ readonly issuer: IssuerKeyId; readonly shard: MunicipalityCode }[]>
  /** Fixes the next number (larger than any before, at least the instant in milliseconds) and what was revoked at that moment, in one transaction. */
  reserve(issuer: IssuerKeyId, shard: MunicipalityCode, at: Instant): Promise<{ readonly number: bigint; readonly entries: readonly ListedRevocation[] }>
  /** `CONFLICT` where a larger number is out already. */
  publish(act: Act, crl: PublishedCrl): Promise<Result<void>>
  latest(issuer: IssuerKeyId, shard: MunicipalityCode): Promise<PublishedCrl | null>
}

type CrlWorld = Uses<'clock' | 'crls' | 'authorities' | 'municipalities' | 'settings'>

/** Publishes every list that is due. Two publishers at once are harmless: the larger number stays. */
export async function publishDueCrls(world: CrlWorld, failed: (shard: string, fault: unknown) => void): Promise<number> {
  let published = 0
  const now = world.clock.now()
  for (const { issuer, shard } of await world.crls.due(now, after(now, -world.settings.crlPauseSeconds * second))) {
    try {
      if (!isRefusal(await publishCrl(world, issuer, shard))) published++
    } catch (fault) {
      failed(`${issuer}/${shard}`, fault)
    }
  }
  return published
}

export async function publishCrl(world: CrlWorld, issuer: IssuerKeyId, shard: MunicipalityCode): Promise<Result<PublishedCrl>> {
  const authority = world.authorities.all.find((a) => a.keyId === issuer)
  const municipality = await world.municipalities.load(shard)
  if (authority === undefined || municipality === null) return refuse('NOT_FOUND')
  if (authority.signer === null) throw new Error(`no signer for issuer ${issuer}`)
  const now = world.clock.now()
  const thisUpdate = after(now, -(now % second))
  const nextUpdate = after(thisUpdate, world.settings.crlLifeHours * hour)
  const { number, entries } = await world.crls.reserve(issuer, shard, now)
  const input = { issuer: authority.certificate, distributionPoint: shardName(authority, municipality, world.settings), number, thisUpdate, nextUpdate, entries: entries.map(entryOf) }
  const linted = lintCrl(crlTbs(input), input)
  const crl: PublishedCrl = { issuer, shard, number, der: assemble(linted, await signLinted(authority.signer, linted)), thisUpdate, nextUpdate }
  const act: Act = { ...begin('crl.publish', system('authority'), now, { issuer, shard }), subject: `${issuer}/${shard}`, facts: { number: number.toString(), entries: entries.length } }
  const stored = await world.crls.publish(act, crl)
  return isRefusal(stored) ? stored : crl
}

const entryOf = (listed: ListedRevocation): CrlEntry => ({ serial: listed.serial, revokedAt: listed.at, reason: listed.reason })

/** The directory name that the certificates of this municipality carry as their distribution point. */
const shardName = (authority: Authority, municipality: Municipality, settings: { profile: Parameters<typeof distributionPointFor>[2] }): Uint8Array =>
  distributionPointFor(authority.ca, municipality, settings.profile)
