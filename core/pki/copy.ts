/**
 * A copy of the log's leaves, held against checkpoints that were signed earlier and kept elsewhere. One leaf per line, in
 * order; a change of any leaf that a checkpoint covers (an edit, a deletion, an insertion, an exchange, a cut end) gives
 * another root. What came after the newest checkpoint is counted, not vouched for.
 *
 * @rfc 9162 2.1.1
 */
import { parseCheckpoint, verifyCheckpoint, type NoteKey } from './checkpoint.ts'
import { Malformed } from './der.ts'
import { append, emptyRange, leafHash, rootOf, type CompactRange } from './merkle.ts'

export type CopyFault =
  /** Not a checkpoint, or not one of this key and name. */
  | 'checkpoint-not-signed'
  /** The copy ends before the checkpoint does. */
  | 'leaves-missing'
  /** The copy's leaves are not those that were signed. */
  | 'leaves-differ'

export interface CopyVerdict {
  readonly leaves: bigint
  /** Leaves that a checkpoint that holds vouches for. */
  readonly covered: bigint
  readonly faults: readonly { readonly checkpoint: number; readonly fault: CopyFault; readonly size: bigint | null }[]
}

/** Takes the leaves in order, each as its octets. Intact where there is no fault. Throws where no checkpoint is given: nothing would be checked. */
export async function verifyCopy(lines: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, notes: readonly string[], key: NoteKey): Promise<CopyVerdict> {
  if (notes.length === 0) throw new RangeError('no checkpoint to hold the copy against')
  const heads = notes.map((note) => signedHead(note, key))
  const wanted = new Set(heads.flatMap((h) => (h === null ? [] : [h.size])))
  const roots = new Map<bigint, Uint8Array>()
  let range: CompactRange = emptyRange
  const keep = (): void => { if (wanted.has(range.size)) roots.set(range.size, rootOf(range)) }
  keep()
  for await (const line of lines) {
    range = append(range, leafHash(line))
    keep()
  }
  const faults: { checkpoint: number; fault: CopyFault; size: bigint | null }[] = []
  let covered = 0n
  for (const [checkpoint, signed] of heads.entries()) {
    const root = signed === null ? undefined : roots.get(signed.size)
    const fault = signed === null ? 'checkpoint-not-signed' : root === undefined ? 'leaves-missing' : Buffer.compare(root, signed.root) === 0 ? null : 'leaves-differ'
    if (fault !== null) faults.push({ checkpoint, fault, size: signed?.size ?? null })
    else if (signed !== null && signed.size > covered) covered = signed.size
  }
  return { leaves: range.size, covered, faults }
}

/** What a note signs under this key and name; null where it does not. */
export function signedHead(note: string, key: NoteKey): { readonly size: bigint; readonly root: Uint8Array } | null {
  try {
    const parsed = parseCheckpoint(note)
    return parsed.checkpoint.origin === key.name && verifyCheckpoint(parsed, key) ? parsed.checkpoint : null
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}
