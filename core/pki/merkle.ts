/**
 * The Merkle tree of transparency logs over SHA-256: leaves and nodes hashed in separate domains, growth by a compact
 * range of log₂ n hashes, proofs that a leaf is in a tree and that one tree grew out of another. Positions and sizes
 * are bigint up to 2⁶⁴ − 1; proofs of any other shape than the one that is right are refused.
 *
 * @rfc 6962 2.1 · 9162 2.1
 */
import { createHash } from 'node:crypto'

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return Uint8Array.from(hash.digest())
}
const hashLength = 32
const largest = 2n ** 64n - 1n
const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

export const leafHash = (entry: Uint8Array): Uint8Array => sha256(leafPrefix, entry)
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(nodePrefix, left, right)
/** Root of the tree without leaves. */
export const emptyRoot: Uint8Array = sha256()

// ---------------------------------------------------------------- growth

/** A tree as far as growing needs it: the roots of its perfect subtrees, largest first, one per bit set in `size`. */
export interface CompactRange { readonly size: bigint; readonly hashes: readonly Uint8Array[] }
export const emptyRange: CompactRange = { size: 0n, hashes: [] }

/** Amortised one node hash per leaf. */
export function append(range: CompactRange, leaf: Uint8Array): CompactRange {
  if (range.size >= largest) throw new RangeError('the tree is full')
  const hashes = [...range.hashes]
  let top = leaf
  for (let size = range.size; (size & 1n) === 1n; size >>= 1n) top = nodeHash(hashes.pop()!, top)
  hashes.push(top)
  return { size: range.size + 1n, hashes }
}

export function rootOf({ hashes }: CompactRange): Uint8Array {
  return hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** Whether a range read from storage has the form that its size demands. */
export const isWellFormed = ({ size, hashes }: CompactRange): boolean =>
  size >= 0n && size <= largest && hashes.every((hash) => hash.length === hashLength) && hashes.length === size.toString(2).replaceAll('0', '').length

// ---------------------------------------------------------------- proofs: make

/**
 * Where the hashes come from: the root of the perfect subtree of 2^`level` leaves that starts at leaf `index`·2^`level`.
 * A store may keep them; {@link nodesOver} computes them from the leaves.
 */
export type Nodes = (level: number, index: bigint) => Uint8Array | Promise<Uint8Array>

export function nodesOver(leaves: readonly Uint8Array[]): (level: number, index: bigint) => Uint8Array {
  const known = new Map<string, Uint8Array>()
  const node = (level: number, index: bigint): Uint8Array => {
    if (level === 0) {
      const leaf = leaves[Number(index)]
      if (leaf === undefined) throw new RangeError(`no leaf ${index}`)
      return leaf
    }
    const name = `${level}/${index}`
    const found = known.get(name) ?? nodeHash(node(level - 1, 2n * index), node(level - 1, 2n * index + 1n))
    known.set(name, found)
    return found
  }
  return node
}

/** PATH(index, D[size]): from the leaf's sibling up to the root's child. @rfc 9162 2.1.3.1 */
export async function inclusionProof(index: bigint, size: bigint, nodes: Nodes): Promise<Uint8Array[]> {
  if (index < 0n || index >= size || size > largest) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const proof: Uint8Array[] = []
  let [from, to] = [0n, size]
  while (to - from > 1n) {
    const middle = from + split(to - from)
    if (index < middle) {
      proof.unshift(await subtree(middle, to, nodes))
      to = middle
    } else {
      proof.unshift(await subtree(from, middle, nodes))
      from = middle
    }
  }
  return proof
}

/** PROOF(first, D[second]). @rfc 9162 2.1.4.1 */
export async function consistencyProof(first: bigint, second: bigint, nodes: Nodes): Promise<Uint8Array[]> {
  if (first < 1n || first > second || second > largest) throw new RangeError(`no proof from ${first} to ${second}`)
  const proof: Uint8Array[] = []
  let [from, to, complete] = [0n, second, true]
  while (first < to) {
    const middle = from + split(to - from)
    if (first <= middle) {
      proof.unshift(await subtree(middle, to, nodes))
      to = middle
    } else {
      proof.unshift(await subtree(from, middle, nodes))
      from = middle
      complete = false
    }
  }
  return complete ? proof : [await subtree(from, to, nodes), ...proof]
}

/** Root of the first `size` leaves. */
export const rootAt = async (size: bigint, nodes: Nodes): Promise<Uint8Array> => (size === 0n ? emptyRoot : subtree(0n, size, nodes))

/** The largest power of two below n, for n > 1. */
const split = (n: bigint): bigint => 1n << BigInt((n - 1n).toString(2).length - 1)

/** Root over the leaves [from, to), of which every part is perfect or splits into such. */
async function subtree(from: bigint, to: bigint, nodes: Nodes): Promise<Uint8Array> {
  const size = to - from
  const level = size.toString(2).length - 1
  if (size === 1n << BigInt(level)) return nodes(level, from >> BigInt(level))
  const middle = from + split(size)
  return nodeHash(await subtree(from, middle, nodes), await subtree(middle, to, nodes))
}

// ---------------------------------------------------------------- proofs: verify

const isHash = (value: Uint8Array): boolean => value.length === hashLength
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Whether the leaf stands at `index` in the tree of that size and root. Never throws. @rfc 9162 2.1.3.2 */
export function verifyInclusion(index: bigint, size: bigint, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array): boolean {
  if (index < 0n || index >= size || size > largest || ![leaf, root, ...proof].every(isHash)) return false
  let [position, last, hash] = [index, size - 1n, leaf]
  for (const sibling of proof) {
    if (last === 0n) return false
    if ((position & 1n) === 1n || position === last) {
      hash = nodeHash(sibling, hash)
      while ((position & 1n) === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n]
    } else hash = nodeHash(hash, sibling)
    position >>= 1n
    last >>= 1n
  }
  return last === 0n && equal(hash, root)
}

/** Whether the tree of `second` leaves begins with the very leaves of the tree of `first`. A first size of 0 proves nothing. Never throws. @rfc 9162 2.1.4.2 */
export function verifyConsistency(first: bigint, second: bigint, firstRoot: Uint8Array, secondRoot: Uint8Array, proof: readonly Uint8Array[]): boolean {
  if (first < 1n || first > second || second > largest) return false
  if (first === second) return proof.length === 0 && equal(firstRoot, secondRoot)
  if (![firstRoot, secondRoot, ...proof].every(isHash)) return false
  const isPerfect = (first & (first - 1n)) === 0n
  const [start, ...rest] = isPerfect ? [firstRoot, ...proof] : proof
  if (start === undefined || (isPerfect && proof.length === 0)) return false
  let [position, last] = [first - 1n, second - 1n]
  while ((position & 1n) === 1n) [position, last] = [position >> 1n, last >> 1n]
  let [old, now] = [start, start]
  for (const sibling of rest) {
    if (last === 0n) return false
    if ((position & 1n) === 1n || position === last) {
      old = nodeHash(sibling, old)
      now = nodeHash(sibling, now)
      while ((position & 1n) === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n]
    } else now = nodeHash(now, sibling)
    position >>= 1n
    last >>= 1n
  }
  return last === 0n && equal(old, firstRoot) && equal(now, secondRoot)
}
