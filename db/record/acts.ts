/**
 * One method, one legal act, one transaction: the change, the row that makes a repeat harmless, and the audit leaf are
 * stored together or not at all. A refusal rolls everything back.
 */
import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { canonicalJson, type Act, type Acts } from '../../core/law/act.ts'
import { nameOf } from '../../core/law/actor.ts'
import { isRefusal, refuse, type Refusal, type RefusalCode, type Result } from '../../core/law/refusal.ts'
import type { Db, Tx } from '../client.ts'
import { violated } from '../fault.ts'
import { acts, auditLeaves } from '../tables/audit.ts'

/** Which refusal a violated constraint means; a constraint that is not named is a fault. */
export type Named = Readonly<Record<string, RefusalCode>>

/** Leaves the transaction without a trace, carrying the refusal. */
class RolledBack {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    this.refusal = refusal
  }
}

/** `work` gets `tx` and uses nothing else. It reads nothing that `act` was decided on without locking or comparing it again. */
export async function perform<T>(db: Db, act: Act, named: Named, work: (tx: Tx) => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await db.transaction(async (tx) => {
      if (!(await enter(tx, act))) throw new RolledBack(refuse('CONFLICT'))
      const done = await work(tx)
      if (isRefusal(done)) throw new RolledBack(done)
      return done
    })
  } catch (thrown) {
    if (thrown instanceof RolledBack) return thrown.refusal
    const constraint = violated(thrown)
    const code = constraint === null ? undefined : named[constraint]
    if (code === undefined) throw thrown
    return refuse(code)
  }
}

/**
 * Audit leaf and idempotency row in one statement. False where this actor used the key before: the statement waits for
 * a transaction that is using it, so of concurrent duplicates one goes on and the others see that it was done.
 */
async function enter(tx: Tx, act: Act): Promise<boolean> {
  const leaf = leafOf(act)
  if (act.key === null) {
    await tx.insert(auditLeaves).values(leaf)
    return true
  }
  const claimed = await tx
    .insert(acts)
    .values({ actor: leaf.actor, key: keyHash(leaf.actor, act.key), kind: act.kind, request: requestHash(act), subject: act.subject, at: act.at })
    .onConflictDoNothing({ target: [acts.actor, acts.key] })
    .returning({ key: acts.key })
  if (claimed.length === 0) return false
  await tx.insert(auditLeaves).values(leaf)
  return true
}

/** Ids, codes, digests, states: no name and no address in Japanese has this form. An article (`basis`) is cited as the law writes it. */
const isWord = (value: string): boolean => /^[\x20-\x7e]{0,400}$/.test(value)

/** Leaf of an act. Statements that write theirs themselves take the values from here. */
export function leafOf(act: Act): { at: Act['at']; kind: Act['kind']; actor: string; subject: string; facts: Act['facts']; leafHash: Uint8Array } {
  for (const [name, value] of Object.entries(act.facts)) if (typeof value === 'string' && name !== 'basis' && !isWord(value)) throw new RangeError(`the fact ${name} of ${act.kind} is no word of the procedure`)
  const body = { actor: nameOf(act.actor), at: act.at, facts: act.facts, kind: act.kind, subject: act.subject }
  const hash = createHash('sha256').update(Uint8Array.of(0)).update(canonicalJson(body), 'utf8').digest()
  return { ...body, leafHash: Uint8Array.from(hash) }
}

/** What is kept of an idempotency key. The key itself stays with the client: whoever reads the table lacks it, and cannot try out inputs against `request`. */
export const keyHash = (actor: string, key: string): string => createHash('sha256').update(canonicalJson([actor, key]), 'utf8').digest('hex')

/** Bound to kind and key, so that equal inputs of different requests do not look alike in the table. */
const requestHash = (act: Pick<Act, 'kind' | 'key' | 'request'>): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(canonicalJson([act.kind, act.key, act.request]), 'utf8').digest())

export function openActs(db: Db): Acts {
  const find = db
    .select({ subject: acts.subject, kind: acts.kind, request: acts.request })
    .from(acts)
    .where(and(eq(acts.actor, sql.placeholder('actor')), eq(acts.key, sql.placeholder('key'))))
    .prepare('acts_find')
  return {
    async find(act) {
      if (act.key === null) return null
      const actor = nameOf(act.actor)
      const [row] = await find.execute({ actor, key: keyHash(actor, act.key) })
      return row === undefined ? null : { subject: row.subject, same: row.kind === act.kind && Buffer.compare(row.request, requestHash(act)) === 0 }
    },
  }
}
