/**
 * The log of acts (監査証跡). Every act left a leaf in its own transaction; here the leaves are put in one order and grown
 * into a Merkle tree, whose head is signed as a checkpoint and copied to where nobody who can change the archive can.
 * Reading proofs needs no trust: who holds a checkpoint can check them.
 *
 * @law 公的個人認証法施行規則 第27条第3号 (操作の記録) · @rfc 9162 2.1 · C2SP tlog-checkpoint
 */
import { signCheckpoint } from '../../pki/checkpoint.ts'
import { consistencyProof, inclusionProof, nodeHash, rootAt, rootOf, verifyConsistency, type CompactRange } from '../../pki/merkle.ts'
import type { Signer } from '../../pki/signer.ts'
import { isCentral, nameOf, type Actor } from '../actor.ts'
import type { Act } from '../act.ts'
import type { IdempotencyKey } from '../ids.ts'
import { refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { RowVersion } from './rows.ts'
import type { Uses } from '../world.ts'

export interface AuditEntry {
  /** Place in the log, from 0. */
  readonly position: bigint
  /** Canonical JSON of actor, at, facts, kind and subject: its leaf hash is SHA-256 of 00 and these octets. */
  readonly body: string
  readonly leafHash: Uint8Array
}
export interface StoredCheckpoint {
  readonly size: bigint
  readonly root: Uint8Array
  readonly at: Instant
  /** Signed note and SubjectPublicKeyInfo; null until signed. */
  readonly signed: { readonly note: string; readonly key: Uint8Array } | null
}
export interface TreeNode { readonly level: number; readonly index: bigint; readonly hash: Uint8Array }
export interface Growth { readonly range: CompactRange; readonly nodes: readonly TreeNode[] }

/** The tree with these leaves more, and every perfect subtree that they completed, above the leaves. */
export function grow(before: CompactRange, leaves: readonly Uint8Array[]): Growth {
  const hashes = [...before.hashes]
  const nodes: TreeNode[] = []
  let { size } = before
  for (const leaf of leaves) {
    let top = leaf
    for (let level = 1; ((size >> BigInt(level - 1)) & 1n) === 1n; level++) {
      top = nodeHash(hashes.pop()!, top)
      nodes.push({ level, index: size >> BigInt(level), hash: top })
    }
    hashes.push(top)
    size++
  }
  return { range: { size, hashes }, nodes }
}

export interface AuditLog {
  /** Puts up to `limit` leaves in order. Only one does so at a time; only leaves that can no longer gain an elder sibling are taken. Returns how many. */
  extend(grow: (before: CompactRange, leaves: readonly Uint8Array[]) => Growth, limit: number): Promise<number>
  /** Writes the act that `make` makes of the next versions of rows, up to `limit`; none where there are none. Returns how many versions. */
  seal(make: (versions: readonly RowVersion[]) => Act, limit: number): Promise<number>
  head(): Promise<CompactRange>
  /** Throws where the tree has no such node. */
  node(level: number, index: bigint): Promise<Uint8Array>
  entries(from: bigint, limit: number): Promise<AuditEntry[]>
  /** The entry of what this actor did under this key; null where there is none, or none in order yet. */
  ofAct(actor: string, key: IdempotencyKey): Promise<AuditEntry | null>
  /** Records that this head is to be signed; a head of that size that is there already stays. */
  intend(checkpoint: Omit<StoredCheckpoint, 'signed'>): Promise<void>
  /** First signature wins. */
  sign(size: bigint, signed: NonNullable<StoredCheckpoint['signed']>): Promise<void>
  copied(size: bigint): Promise<void>
  /** Those that are not signed, or not copied. */
  unfinished(): Promise<StoredCheckpoint[]>
  /** The newest signed one; of those of at least `size` leaves the smallest. */
  checkpoint(size?: bigint): Promise<StoredCheckpoint | null>
}

/** Where checkpoints are kept beside the archive: nobody who writes there can change what is there. */
export interface CheckpointStore {
  put(size: bigint, note: string): Promise<void>
}

/** The tree is not what was signed before: nothing more is signed until somebody has looked. */
export class LogRewritten extends Error {
  override readonly name = 'LogRewritten'
}

/** Orders what waits. Returns how many leaves. */
export async function sequence(world: Uses<'audit'>, portion = 1_000): Promise<number> {
  let ordered = 0
  for (let added = portion; added === portion; ordered += added) added = await world.audit.extend(grow, portion)
  return ordered
}

type CheckpointWorld = Uses<'clock' | 'audit' | 'settings'> & { readonly checkpointSigner: Signer; readonly checkpointStore: CheckpointStore }

/**
 * Signs the head where it grew, and finishes what a crash left: recorded, then signed, then copied. Throws
 * {@link LogRewritten} where the head did not grow out of the last one that was signed. Returns the new size, or null.
 */
export async function publishCheckpoint(world: CheckpointWorld): Promise<bigint | null> {
  const { audit } = world
  const head = await audit.head()
  const last = await audit.checkpoint()
  const grew = head.size > (last?.size ?? 0n)
  if (last !== null) await expectGrownFrom(audit, last, head)
  if (grew) await audit.intend({ size: head.size, root: rootOf(head), at: world.clock.now() })
  for (const waiting of await audit.unfinished()) {
    const { size, root } = waiting
    const signed = waiting.signed ?? await note(world, size, root)
    if (waiting.signed === null) await audit.sign(size, signed)
    await world.checkpointStore.put(size, signed.note)
    await audit.copied(size)
  }
  return grew ? head.size : null
}

async function note({ settings, checkpointSigner }: Pick<CheckpointWorld, 'settings' | 'checkpointSigner'>, size: bigint, root: Uint8Array): Promise<{ note: string; key: Uint8Array }> {
  const origin = settings.auditOrigin
  const text = await signCheckpoint({ origin, size, root, extensions: [] }, { name: origin, spki: checkpointSigner.spki }, (message) => checkpointSigner.sign(message))
  return { note: text, key: checkpointSigner.spki }
}

async function expectGrownFrom(audit: AuditLog, last: StoredCheckpoint, head: CompactRange): Promise<void> {
  const nodes = (level: number, index: bigint) => audit.node(level, index)
  const grown = head.size >= last.size && verifyConsistency(last.size, head.size, last.root, rootOf(head), await consistencyProof(last.size, head.size, nodes))
  if (!grown) throw new LogRewritten(`the log of ${head.size} leaves did not grow out of the signed one of ${last.size}`)
}

// ---------------------------------------------------------------- proofs

export interface ActProof { readonly entry: AuditEntry; readonly checkpoint: StoredCheckpoint; readonly path: readonly Uint8Array[] }

/** That an act stands in the log: one's own by its idempotency key; any by its place, for those who audit. */
export async function proveAct(world: Uses<'audit'>, actor: Actor, act: { readonly key: IdempotencyKey } | { readonly position: bigint }): Promise<Result<ActProof>> {
  if ('position' in act && !mayAudit(actor)) return refuse('NOT_FOUND')
  const entry = 'key' in act ? await world.audit.ofAct(nameOf(actor), act.key) : ((await world.audit.entries(act.position, 1))[0] ?? null)
  const checkpoint = await world.audit.checkpoint()
  // Between the act and the next checkpoint there is nothing to prove it against.
  if (entry === null || checkpoint === null || entry.position >= checkpoint.size) return refuse('NOT_FOUND')
  return { entry, checkpoint, path: await inclusionProof(entry.position, checkpoint.size, (level, index) => world.audit.node(level, index)) }
}

export interface GrowthProof { readonly from: bigint; readonly to: bigint; readonly fromRoot: Uint8Array; readonly toRoot: Uint8Array; readonly path: readonly Uint8Array[] }

/** That the log of `to` leaves begins with the very leaves of that of `from`. Both heads are public. */
export async function proveGrowth(world: Uses<'audit'>, from: bigint, to: bigint): Promise<Result<GrowthProof>> {
  const { size } = await world.audit.head()
  if (from < 1n || from > to || to > size) return refuse('MALFORMED_INPUT', { field: from < 1n || from > to ? 'from' : 'to' })
  const nodes = (level: number, index: bigint) => world.audit.node(level, index)
  return { from, to, fromRoot: await rootAt(from, nodes), toRoot: await rootAt(to, nodes), path: await consistencyProof(from, to, nodes) }
}

/** A stretch of the log, for those who audit: what a copy of it is made from. */
export async function readEntries(world: Uses<'audit'>, actor: Actor, from: bigint, limit: number): Promise<Result<AuditEntry[]>> {
  return mayAudit(actor) ? world.audit.entries(from, limit) : refuse('NOT_PERMITTED', { field: 'scope audit' })
}

const mayAudit = (actor: Actor): boolean => isCentral(actor) && actor.scopes.has('audit')
