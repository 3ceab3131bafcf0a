/**
 * Whether the rows of an archive are the log that was signed: a copy of the database (a dump that was restored, a second
 * instance) held against checkpoints that were kept elsewhere. Every column that says something of an act, of its place, of
 * the tree and of the signed heads is looked at; each check finds what the others cannot, so none may be left out.
 *
 * Rows of business are held against the versions that were sealed into the log (rows.ts says which). Not looked at, because
 * nothing was signed about it: numbers that the database gives rows for its own use (the id of a leaf, its transaction
 * beyond its order), and when a head was taken.
 *
 * @rfc 9162 2.1.1 · C2SP tlog-checkpoint
 */
import type { NoteKey } from '../../pki/checkpoint.ts'
import { signedHead, verifyCopy } from '../../pki/copy.ts'
import { append, emptyRange, leafHash, rootOf } from '../../pki/merkle.ts'
import { brokenSeal, changedRow, writtenBeside, type BoundCopy, type RowVersion, type Seal, type StandingRow } from './rows.ts'
import { grow, type AuditEntry, type StoredCheckpoint, type TreeNode } from './audit.ts'

export interface CopiedLeaf extends Omit<AuditEntry, 'position'> {
  /** Null where it was not put in order yet. */
  readonly position: bigint | null
  readonly leaf: number
  readonly transaction: bigint
}
export interface CopiedHead { readonly size: bigint; readonly hashes: readonly Uint8Array[]; readonly lastTransaction: bigint; readonly lastLeaf: number }
/** All rows of the log, as they stand in the copy. */
export interface ArchiveCopy {
  /** By place; those without one last. */
  readonly leaves: readonly CopiedLeaf[]
  /** How many places are given, whether there is a leaf for them or not. */
  readonly places: number
  readonly nodes: readonly TreeNode[]
  readonly head: CopiedHead | null
  readonly checkpoints: readonly Pick<StoredCheckpoint, 'size' | 'root' | 'signed'>[]
  /** Versions of rows, by transaction and number, and the rows as they stand. */
  readonly versions: readonly RowVersion[]
  readonly rows: readonly StandingRow[]
}

interface Held { readonly copy: ArchiveCopy; readonly notes: readonly string[]; readonly key: NoteKey }
type Finding = string | null
const equal = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean => a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
const ordered = ({ leaves }: ArchiveCopy): CopiedLeaf[] => leaves.filter((leaf) => leaf.position !== null)
const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Each says what it found, or null. */
export const archiveChecks = {
  /** Places are 0, 1, 2 … and each has its leaf. */
  places({ copy }: Held): Finding {
    const placed = ordered(copy)
    const hole = placed.findIndex((leaf, i) => leaf.position !== BigInt(i))
    return hole >= 0 ? `the place ${hole} is not taken once` : placed.length === copy.places ? null : 'a place without its act'
  },
  /** The act is the one that was hashed. */
  leaves({ copy }: Held): Finding {
    const changed = copy.leaves.find((leaf) => !equal(leafHash(octets(leaf.body)), leaf.leafHash))
    return changed === undefined ? null : `the act at ${changed.position ?? 'no place yet'} is not the one that was hashed`
  },
  /** No act that should have been put in order was passed over, and the order is that of the transactions. */
  order({ copy }: Held): Finding {
    const placed = ordered(copy)
    const isBefore = (a: CopiedLeaf, b: { readonly transaction: bigint; readonly leaf: number }): boolean => a.transaction < b.transaction || (a.transaction === b.transaction && a.leaf <= b.leaf)
    const turned = placed.findIndex((leaf, i) => i > 0 && !isBefore(placed[i - 1]!, leaf))
    if (turned >= 0) return `the act at ${turned} stands before an elder one`
    const last = placed.at(-1)
    const passed = last === undefined ? undefined : copy.leaves.find((leaf) => leaf.position === null && isBefore(leaf, last))
    return passed === undefined ? null : 'an act was slipped in before the last one that was put in order'
  },
  /** Nodes and head are those of the leaves. */
  tree({ copy }: Held): Finding {
    const { range, nodes } = grow(emptyRange, ordered(copy).map((leaf) => leaf.leafHash))
    const last = ordered(copy).at(-1)
    const { head } = copy
    const headHolds = head === null ? last === undefined
      : head.size === range.size && head.hashes.length === range.hashes.length && head.hashes.every((hash, i) => equal(hash, range.hashes[i])) && head.lastLeaf === last?.leaf && head.lastTransaction === last.transaction
    if (!headHolds) return 'the head is not that of the acts'
    const nameOf = ({ level, index }: TreeNode): string => `${level}/${index}`
    const kept = new Map(copy.nodes.map((node) => [nameOf(node), node.hash]))
    return kept.size === nodes.length && copy.nodes.length === nodes.length && nodes.every((node) => equal(kept.get(nameOf(node)), node.hash)) ? null : 'the nodes of the tree are not those of the acts'
  },
  /** The heads in the copy are signed, and are heads of these acts. */
  heads({ copy, key }: Held): Finding {
    const roots = rootsOf(ordered(copy), new Set(copy.checkpoints.map(({ size }) => size)))
    for (const { size, root, signed } of copy.checkpoints) {
      if (!equal(roots.get(size), root)) return `the head of ${size} acts has another root`
      if (signed === null) continue
      const note = signedHead(signed.note, key)
      if (note === null || note.size !== size || !equal(note.root, root) || !equal(signed.key, key.spki)) return `the head of ${size} acts is not signed`
    }
    return null
  },
  /** Every head that was kept elsewhere is in the copy, as it was given. */
  kept({ copy, notes, key }: Held): Finding {
    const missing = notes.find((note) => !copy.checkpoints.some(({ size, signed }) => signed !== null && signed.note === note && signedHead(note, key)?.size === size))
    return missing === undefined ? null : 'a head that was kept elsewhere is not in the copy'
  },
  /** Every row of business is as it was written last. */
  rows: ({ copy }: Held): Finding => changedRow(boundOf(copy)),
  /** What was written is what was sealed into the log. */
  seals: ({ copy }: Held): Finding => brokenSeal(boundOf(copy)),
  /** And it was written with an act. */
  beside: ({ copy }: Held): Finding => writtenBeside(boundOf(copy)),
} as const satisfies Record<string, (held: Held) => Finding>
function boundOf({ leaves, versions, rows }: ArchiveCopy): BoundCopy {
  const seals = leaves.map(({ body }) => JSON.parse(body) as { readonly kind: string; readonly facts: unknown }).filter(({ kind }) => kind === 'rows.seal').map(({ facts }) => facts as Seal)
  return { versions, rows, seals }
}
export type ArchiveCheck = keyof typeof archiveChecks | 'given'
export interface ArchiveFinding { readonly check: ArchiveCheck; readonly found: string }

/** Intact where nothing is found. `checks` is for a test of the checks themselves; all of them run where it is absent. */
export async function verifyArchive(copy: ArchiveCopy, notes: readonly string[], key: NoteKey, checks: readonly ArchiveCheck[] = [...(Object.keys(archiveChecks) as (keyof typeof archiveChecks)[]), 'given']): Promise<ArchiveFinding[]> {
  const findings: ArchiveFinding[] = []
  for (const check of checks) {
    const found = check === 'given' ? await givenHeads(copy, notes, key) : archiveChecks[check]({ copy, notes, key })
    if (found !== null) findings.push({ check, found })
  }
  return findings
}

/** The acts are those that were signed elsewhere: nobody who writes in the archive can change that. */
async function givenHeads(copy: ArchiveCopy, notes: readonly string[], key: NoteKey): Promise<Finding> {
  const { faults } = await verifyCopy(ordered(copy).map((leaf) => octets(leaf.body)), notes, key)
  const [first] = faults
  return first === undefined ? null : `${first.fault}${first.size === null ? '' : ` under the head of ${first.size} acts`}`
}

function rootsOf(leaves: readonly CopiedLeaf[], sizes: ReadonlySet<bigint>): Map<bigint, Uint8Array> {
  const roots = new Map<bigint, Uint8Array>()
  let range = emptyRange
  for (const leaf of [null, ...leaves]) {
    if (leaf !== null) range = append(range, leaf.leafHash)
    if (sizes.has(range.size)) roots.set(range.size, rootOf(range))
  }
  return roots
}
