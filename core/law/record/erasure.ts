/**
 * Erasure: records that the law no longer wants kept are deleted by schedule, and a leaf says of what kind, how many, up to
 * which day, and which (a hash over their ids), so that what is missing can be told from what was taken away. What another
 * record still refers to waits for that one.
 *
 * @law 公的個人認証法施行令 第2条–第7条の8・第18条–第23条の8 · 施行規則 第82条
 */
import { begin, type Act } from '../act.ts'
import { system } from '../actor.ts'
import { isRefusal, type Result } from '../refusal.ts'
import { erasableThrough, retention, type RecordKind } from './retention.ts'
import { dayOf, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** Kinds of record that this gateway itself keeps, in the order in which what refers comes before what is referred to. */
export const erasedKinds = ['consent', 'my-number-log', 'received-by-verifier', 'yearly-report', 'revocation-entry', 'issuance-record', 'revocation-file', 'application', 'decision-record'] as const satisfies readonly RecordKind[]
/** Papers that other bodies keep, and nothing here: 認定認証事業者 · 特定事業者. */
export const keptByOthers = ['accredited-papers', 'customer-identification'] as const satisfies readonly Exclude<RecordKind, ErasedKind>[]
export type ErasedKind = (typeof erasedKinds)[number]

export interface Erasable {
  readonly ids: readonly string[]
  /** SHA-256 over the ids, sorted, one per line; hex. */
  readonly digest: string
}
export interface Erasures {
  /** Records of that kind whose period began on `through` or before, and to which nothing refers. */
  erasable(kind: ErasedKind, through: LegalDate, limit: number): Promise<Erasable>
  /** Deletes exactly these and keeps the proof; `CONFLICT` where one of them is gone or referred to by now. */
  erase(act: Act, kind: ErasedKind, through: LegalDate, what: Erasable): Promise<Result<void>>
}

/** One portion of each kind. Returns how many records went. */
export async function eraseRecords(world: Uses<'clock' | 'erasures'>, limit: number): Promise<number> {
  const now = world.clock.now()
  let erased = 0
  for (const kind of erasedKinds) {
    const through = erasableThrough(kind, dayOf(now))
    const what = through === null ? null : await world.erasures.erasable(kind, through, limit)
    if (through === null || what === null || what.ids.length === 0) continue
    const facts = { record: kind, basis: retention[kind].basis, count: what.ids.length, through, digest: what.digest }
    const act: Act = { ...begin('retention.erase', system('sweep'), now, facts), subject: what.digest, facts }
    if (!isRefusal(await world.erasures.erase(act, kind, through, what))) erased += what.ids.length
  }
  return erased
}
