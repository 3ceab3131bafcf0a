/**
 * Rows of business bound to the log. The archive writes down a digest of every version of a row, in the transaction of its
 * act; by schedule an act of its own (`rows.seal`) takes what was written since the last one, with the hash of the act that
 * each belongs to, into the log. So a copy shows a row that was changed, deleted, put in or taken back to an elder version
 * beside any act.
 *
 * What is bound is named here, table by table. Values of persons are sealed under keys of their own and are not in the
 * digests; nor are what the archive keeps for its own use (when to look again, counters) and how much of a space is taken,
 * which other rows say. Between two seals a version stands in the archive alone.
 *
 * @law 公的個人認証法施行規則 第27条第3号 (操作の記録)
 */
import { sha256Hex } from '../../pki/signer.ts'
import { system } from '../actor.ts'
import { begin, type Act } from '../act.ts'
import { toHex } from '../ids.ts'
import type { Uses } from '../world.ts'

/** Columns of each table that is bound, its key first, as the archive names them. */
export const boundColumns = {
  residents: ['person', 'municipality', 'state', 'departure_to', 'departs_on', 'departs_from', 'departure_continues', 'version'],
  resident_events: ['id', 'person', 'kind', 'municipality', 'occurred_on', 'recorded_at', 'planned_on', 'card_presented', 'continued_use', 'correction', 'lapsed'],
  card_applications: ['id', 'person', 'municipality', 'channel', 'state', 'received_at', 'card', 'hand_over_officer', 'hand_over_documents', 'hand_over_pins', 'hand_over_at', 'form', 'special_ground', 'special_on', 'photo', 'dropped_at'],
  cards: ['id', 'person', 'municipality', 'state', 'made_on', 'expires_on', 'delivered_at', 'end_ground', 'end_at', 'attestation_key'],
  certificate_applications: ['id', 'kind', 'person', 'card', 'municipality', 'state', 'applied_on', 'lapse_of_present', 'confirmed_by', 'confirmed_at', 'public_key', 'parent', 'refused_for'],
  certificates: ['id', 'application', 'kind', 'person', 'card', 'issuer', 'serial', 'state', 'issued_at', 'completed_at', 'expires_on', 'delivered_at', 'shard', 'parent', 'ground', 'reason', 'occurred_at', 'recorded_at', 'abandoned_at'],
  consents: ['id', 'request', 'partner', 'purpose', 'person', 'items', 'given_at', 'from', 'until', 'state', 'withdrawn_at', 'certificate', 'document', 'signature'],
  access_log: ['id', 'at', 'partner', 'consent', 'purpose', 'person', 'items', 'outcome'],
  grants: ['id', 'municipality', 'partner', 'operator', 'basis', 'population', 'purpose', 'label', 'aid', 'quota_code', 'quota_data', 'quota_volatile', 'evidence', 'valid_from', 'valid_until', 'state', 'requested_by', 'requested_for', 'requested_at', 'approved_by', 'approved_for', 'pending', 'suspended_for', 'ended_for', 'version'],
  installations: ['id', 'grant', 'card', 'state', 'order', 'quota_code', 'quota_data', 'quota_volatile'],
  officer_cards: ['id', 'officer', 'office', 'person', 'state', 'proposed_by', 'proposed_at', 'confirmed_by', 'ended_at'],
  delegations: ['id', 'from_officer', 'to_officer', 'office', 'kind', 'acts', 'scopes', 'valid_from', 'valid_until', 'made_at', 'ended_at'],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>
export type BoundTable = keyof typeof boundColumns
export const boundTables = Object.keys(boundColumns) as BoundTable[]

export interface RowVersion {
  readonly id: number
  readonly transaction: bigint
  readonly table: string
  readonly key: string
  /** SHA-256 over the bound columns as JSON; null where the row was deleted. */
  readonly digest: Uint8Array | null
  /** Leaf hash of the act in whose transaction it was written; null where there was none. */
  readonly act: Uint8Array | null
}
/** Rows as they stand. */
export interface StandingRow { readonly table: string; readonly key: string; readonly digest: Uint8Array }

/** What a seal says of the versions up to `through`: in the order of transactions, then of their numbers. */
export interface Seal { readonly through: string; readonly count: number; readonly beside: number; readonly digest: string }
const utf8 = new TextEncoder()
const hex = (octets: Uint8Array | null): string => (octets === null ? '-' : toHex(octets))
export const sealOf = (versions: readonly RowVersion[]): Seal => ({
  through: placeOf(versions.at(-1)!), count: versions.length, beside: versions.filter(({ act }) => act === null).length,
  digest: sha256Hex(utf8.encode(versions.map(({ table, key, digest, act }) => `${table}\n${key}\n${hex(digest)}\n${hex(act)}\n`).join(''))).toUpperCase(),
})
const placeOf = ({ transaction, id }: Pick<RowVersion, 'transaction' | 'id'>): string => `${transaction}/${id}`

/** Seals what was written since the last time. Returns how many versions. */
export async function sealRows(world: Uses<'clock' | 'audit'>, portion = 5_000): Promise<number> {
  const act = (versions: readonly RowVersion[]): Act => {
    const seal = sealOf(versions)
    return { ...begin('rows.seal', system('sweep'), world.clock.now(), {}), subject: seal.digest, facts: { ...seal } }
  }
  let sealed = 0
  for (let more = portion; more === portion; sealed += more) more = await world.audit.seal(act, portion)
  return sealed
}

// ---------------------------------------------------------------- looking at a copy

/** `seals`: the facts of the acts `rows.seal`, in the order of the log. */
export interface BoundCopy { readonly versions: readonly RowVersion[]; readonly rows: readonly StandingRow[]; readonly seals: readonly Seal[] }

const nameOf = ({ table, key }: { readonly table: string; readonly key: string }): string => `${table} ${key}`

/** Every row is the last version that was written of it, and nothing that was written is missing. */
export function changedRow({ versions, rows }: BoundCopy): string | null {
  const last = new Map(versions.map((version) => [nameOf(version), version.digest]))
  for (const row of rows) {
    const written = last.get(nameOf(row))
    if (written === undefined || written === null) return `${nameOf(row)} was written by nobody`
    if (toHex(written) !== toHex(row.digest)) return `${nameOf(row)} is not as it was written`
    last.delete(nameOf(row))
  }
  const missing = [...last].find(([, digest]) => digest !== null)
  return missing === undefined ? null : `${missing[0]} is gone`
}

/** What was sealed is what is there, without a gap. */
export function brokenSeal({ versions, seals }: BoundCopy): string | null {
  let from = 0
  for (const seal of seals) {
    const through = versions.findIndex((version) => placeOf(version) === seal.through)
    const part = through < from ? [] : versions.slice(from, through + 1)
    const now = part.length === 0 ? null : sealOf(part)
    if (now === null || now.count !== seal.count || now.beside !== seal.beside || now.digest !== seal.digest) return `what was sealed through ${seal.through} is not what is there`
    from = through + 1
  }
  return null
}

/** After the first seal, which takes what it finds, nothing was written beside an act. */
export function writtenBeside({ versions, seals }: BoundCopy): string | null {
  const [first] = seals
  const begun = first === undefined ? versions.length : versions.findIndex((version) => placeOf(version) === first.through) + 1
  const beside = versions.slice(begun).find(({ act }) => act === null)
  return beside === undefined ? null : `${nameOf(beside)} was written beside any act`
}
