/** A copy of the log against an earlier checkpoint: nothing that was changed under it goes unseen. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../core/law/act.ts'
import { signCheckpoint, type NoteKey } from '../../core/pki/checkpoint.ts'
import { verifyCopy } from '../../core/pki/copy.ts'
import { append, emptyRange, leafHash, rootOf } from '../../core/pki/merkle.ts'
import { linesOf } from '../../local/lines.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
const key: NoteKey = { name: 'mynagate.example/audit', spki }

/** Repeats. */
function draws(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const acts = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => Buffer.from(canonicalJson({ actor: `officer:ofc_${i % 7}`, at: 1_790_000_000_000 + i * 17, facts: { n: i % 5 === 0 ? null : i }, kind: 'order.sign', subject: `ord_${i}` })))

async function noteOver(leaves: readonly Uint8Array[], over: { key?: NoteKey; origin?: string } = {}): Promise<string> {
  const range = leaves.reduce((r, leaf) => append(r, leafHash(leaf)), emptyRange)
  return signCheckpoint({ origin: over.origin ?? key.name, size: range.size, root: rootOf(range), extensions: [] }, over.key ?? key, (message) => sign('sha256', message, privateKey))
}

type Edit = (leaves: readonly Uint8Array[], pick: (below: number) => number) => Uint8Array[]
const edits: Readonly<Record<string, Edit>> = {
  octet: (leaves, pick) => leaves.with(pick(leaves.length), flipped(leaves[pick(leaves.length)]!, pick)),
  'octet in place': (leaves, pick) => { const i = pick(leaves.length); return leaves.with(i, flipped(leaves[i]!, pick)) },
  'a whole act': (leaves, pick) => leaves.with(pick(leaves.length), Buffer.from(canonicalJson({ actor: 'officer:ofc_9', at: pick(1e9), facts: {}, kind: 'grant.approve', subject: `grt_${pick(1e6)}` }))),
  deletion: (leaves, pick) => leaves.toSpliced(pick(leaves.length), 1),
  'deletion of many': (leaves, pick) => leaves.toSpliced(pick(leaves.length), 1 + pick(20)),
  insertion: (leaves, pick) => leaves.toSpliced(pick(leaves.length), 0, Buffer.from(`{"n":${pick(1e6)}}`)),
  'a repeat': (leaves, pick) => { const i = pick(leaves.length); return leaves.toSpliced(i, 0, leaves[i]!) },
  exchange: (leaves, pick) => { const [i, j] = [pick(leaves.length), pick(leaves.length)]; return i === j ? leaves.toSpliced(i, 1) : leaves.with(i, leaves[j]!).with(j, leaves[i]!) },
  truncation: (leaves, pick) => leaves.slice(0, pick(leaves.length)),
  'a cut head': (leaves, pick) => leaves.slice(1 + pick(leaves.length - 1)),
  'white space': (leaves, pick) => { const i = pick(leaves.length); return leaves.with(i, Buffer.concat([leaves[i]!, Buffer.from([' ', '\r', '\t'][pick(3)]!)])) },
}
function flipped(leaf: Uint8Array, pick: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from(leaf)
  const at = pick(bytes.length)
  bytes[at] = bytes[at]! ^ (1 << pick(7))
  // A line feed would be a line more in a file.
  return bytes[at] === 0x0a ? Buffer.concat([bytes, Buffer.from('x')]) : bytes
}

describe('a copy of the log', () => {
  test('as it was signed: intact; what came later is counted, not vouched for', async () => {
    const leaves = acts(300)
    const notes = [await noteOver(leaves.slice(0, 100)), await noteOver(leaves.slice(0, 257))]
    expect(await verifyCopy(leaves, notes, key)).toEqual({ leaves: 300n, covered: 257n, faults: [] })
  })

  test('1,000 random edits under an earlier checkpoint: each one is seen', { timeout: 60_000 }, async () => {
    const leaves = acts(400)
    const signed = leaves.slice(0, 333)
    const note = await noteOver(signed)
    const pick = draws(20_261_125)
    const names = Object.keys(edits)
    const unseen: string[] = []
    for (let i = 0; i < 1_000; i++) {
      const name = names[i % names.length]!
      const tampered = [...edits[name]!(signed, pick), ...leaves.slice(333)]
      // Truncation cuts what follows as well: an end is an end.
      const copy = name === 'truncation' ? tampered.slice(0, tampered.length - 67) : tampered
      const { faults } = await verifyCopy(copy, [note], key)
      if (faults.length === 0) unseen.push(`${i} ${name}`)
    }
    expect(unseen).toEqual([])
  })

  test('a checkpoint of another key, of another log, altered or no checkpoint at all: not held for one', async () => {
    const leaves = acts(10)
    const other = createPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const otherSpki = new Uint8Array(createPublicKey(other).export({ type: 'spki', format: 'der' }))
    const note = await noteOver(leaves)
    const bad = [await noteOver(leaves, { key: { ...key, spki: otherSpki } }), await noteOver(leaves, { origin: 'other.example/audit' }), note.replace('\n10\n', '\n9\n'), 'not a note']
    expect((await verifyCopy(leaves, bad, key)).faults.map((f) => f.fault)).toEqual(Array.from({ length: 4 }, () => 'checkpoint-not-signed'))
    expect((await verifyCopy(leaves, bad, key)).covered).toBe(0n)
    await expect(verifyCopy(leaves, [], key)).rejects.toThrow(RangeError)
  })

  test('a file is read by its octets: chunks may end anywhere, nothing is trimmed or mended', async () => {
    const text = Buffer.from('{"a":"漢"}\n{"b":1}\r\n\n{"c":2}')
    for (let size = 1; size <= text.length; size++) {
      const chunks = (async function* () { for (let i = 0; i < text.length; i += size) yield text.subarray(i, i + size) })()
      const lines: string[] = []
      for await (const line of linesOf(chunks)) lines.push(Buffer.from(line).toString('utf8'))
      expect(lines).toEqual(['{"a":"漢"}', '{"b":1}\r', '', '{"c":2}'])
    }
  })
})
