/**
 * The log proves itself: an act is shown to stand in it, the log to have grown out of an earlier one, a copy to be intact
 * and a changed copy not to be; it holds nothing of the person, and every signature is accounted for.
 */
import { randomUUID } from 'node:crypto'
import { verifyCopy } from '../../core/pki/copy.ts'
import { parseCheckpoint } from '../../core/pki/checkpoint.ts'
import { verifyConsistency, verifyInclusion } from '../../core/pki/merkle.ts'
import { must, unb64, until, type Progress, type Scene } from './scene.ts'
import { newAddress } from './move.ts'
import type { Teller } from './teller.ts'

interface Checkpoint { readonly size: string; readonly root: string; readonly note: string; readonly key: string }
interface Proof { readonly entry: { readonly position: string; readonly leafHash: string; readonly body: string }; readonly checkpoint: Checkpoint; readonly path: readonly string[] }
const proofQuery = 'query ($key: IdempotencyKey!) { auditProof(act: { idempotencyKey: $key }) { entry { position leafHash body } path checkpoint { size root note key } } }'
const checkpointQuery = 'query ($size: LogSize) { auditCheckpoint(size: $size) { size root note key } }'

/** `grant`: a right that the story no longer needs. */
export async function logActs(scene: Scene, progress: Progress, grant: string, story: Teller): Promise<void> {
  const { agency, ministry } = scene

  await story.act('The log proves itself: an act, its growth, a copy', 'RFC 9162 2.1 · C2SP tlog-checkpoint', async (check) => {
    const first = await until('a checkpoint', async () => (await ministry.query<{ auditCheckpoint: Checkpoint | null }>(checkpointQuery, { size: '1' })).data.auditCheckpoint)
    const idempotencyKey = randomUUID()
    await must(agency, 'suspendGrant', { grant, idempotencyKey }, 'Grant', 'state')
    const proof = await until('a checkpoint over the act', async () => (await agency.query<{ auditProof: Proof | null }>(proofQuery, { key: idempotencyKey })).data.auditProof)
    const { entry, checkpoint, path } = proof
    const [size, root] = [BigInt(checkpoint.size), unb64(checkpoint.root)]
    check('the act stands in the log', verifyInclusion(BigInt(entry.position), size, unb64(entry.leafHash), path.map(unb64), root) && entry.body.includes('grant.suspend'), proof)
    const { data } = await ministry.query<{ auditConsistency: { path: string[] } }>('query ($from: LogSize!, $to: LogSize!) { auditConsistency(from: $from, to: $to) { ... on AuditConsistency { path } } }', { from: first.size, to: checkpoint.size })
    check('the log grew out of the earlier one', verifyConsistency(BigInt(first.size), size, unb64(first.root), root, data.auditConsistency.path.map(unb64)), data)

    const leaves = (await entries(scene, size)).map((body) => Buffer.from(body, 'utf8'))
    const key = { name: parseCheckpoint(checkpoint.note).checkpoint.origin, spki: unb64(first.key) }
    const intact = async (copy: readonly Uint8Array[]): Promise<boolean> => (await verifyCopy(copy, [first.note, checkpoint.note], key)).faults.length === 0
    check(`a copy of ${leaves.length} acts is intact`, await intact(leaves))
    const middle = leaves.length >> 1
    const changed = Uint8Array.from(leaves[middle]!)
    changed[changed.length >> 1]! ^= 1
    for (const [what, copy] of Object.entries({ changed: leaves.with(middle, Buffer.from(changed)), removed: leaves.toSpliced(middle, 1), added: leaves.toSpliced(middle, 0, leaves[0]!), cut: leaves.slice(0, -1) })) check(`${what}: seen`, !(await intact(copy)))
    const values = [scene.items.name, scene.items.address, newAddress, scene.items.birthDate, scene.items.birthDate.replaceAll('-', ''), progress.card.cardNumber, 'ABC123', '0012345678', 'A-001234']
    const told = leaves.filter((leaf) => values.some((value) => leaf.includes(value)))
    check('nothing of the person stands in it', told.length === 0, told.map(String))
  })

  await story.act('Every signature is accounted for', 'reconciliation', async (check) => {
    const { data } = await agency.query<{ signatureTallies: { key: string; asked: number; distinct: number; stored: number; agrees: boolean }[] }>('{ signatureTallies { key asked distinct stored agrees } }')
    const tallies = data.signatureTallies
    check('as many as certificates, lists, responders, orders, checkpoints and receipts', tallies.length === 5 && tallies.every((t) => t.agrees && t.stored > 0), tallies)
  })
}

async function entries({ ministry }: Scene, size: bigint): Promise<string[]> {
  const bodies: string[] = []
  while (BigInt(bodies.length) < size) {
    const { data } = await ministry.query<{ auditEntries: { body: string }[] }>('query ($from: LogSize!) { auditEntries(from: $from, first: 1000) { body } }', { from: String(bodies.length) })
    if (data.auditEntries.length === 0) break
    bodies.push(...data.auditEntries.map((entry) => entry.body))
  }
  return bodies.slice(0, Number(size))
}
