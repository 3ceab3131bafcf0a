/**
 * `mynagate verify-audit`: a copy of the log held against checkpoints, offline; and `mynagate copy-audit`, which makes such
 * a copy from a running gateway. A copy is text: one act per line, canonical JSON, in order.
 */
import { createPublicKey } from 'node:crypto'
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { once } from 'node:events'
import type { Gateway } from '../client/gateway.ts'
import { verifyCopy, type CopyFault, type CopyVerdict } from '../core/pki/copy.ts'
import { parseCheckpoint } from '../core/pki/checkpoint.ts'

export interface AuditFiles {
  readonly dump: string
  readonly checkpoints: readonly string[]
  /** PEM of the key that signs checkpoints, as it was given when trust began. */
  readonly key: string
  /** Name of the log; that of the first checkpoint where absent. */
  readonly origin: string | null
}

const faults: Readonly<Record<CopyFault, string>> = {
  'checkpoint-not-signed': 'is not a checkpoint of this log signed by this key',
  'leaves-missing': 'covers more acts than the copy has: its end was cut',
  'leaves-differ': 'has another root: acts were changed, removed, added or exchanged',
}

/** What was found, and the lines to say. */
export async function verifyAudit({ dump, checkpoints, key, origin }: AuditFiles): Promise<{ readonly verdict: CopyVerdict; readonly lines: readonly string[] }> {
  const notes = checkpoints.map((file) => readFileSync(file, 'utf8'))
  const spki = new Uint8Array(createPublicKey(readFileSync(key, 'utf8')).export({ type: 'spki', format: 'der' }))
  const verdict = await verifyCopy(linesOf(createReadStream(dump)), notes, { name: origin ?? originOf(notes[0]!), spki })
  const bad = verdict.faults.map(({ checkpoint, fault }) => `NOT INTACT  ${checkpoints[checkpoint]!} ${faults[fault]}`)
  const uncovered = verdict.leaves - verdict.covered
  const count = `${verdict.leaves} acts in the copy, ${verdict.covered} covered by a checkpoint that holds${uncovered > 0n ? `, ${uncovered} not covered yet` : ''}`
  return { verdict, lines: [...bad, bad.length === 0 ? `intact: ${count}` : count] }
}

/** Octets between line feeds; nothing is trimmed, decoded or mended. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    let bytes: Uint8Array = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
      yield bytes.subarray(0, end)
      bytes = bytes.subarray(end + 1)
    }
    rest = bytes
  }
  if (rest.length > 0) yield rest
}

function originOf(note: string): string {
  try {
    return parseCheckpoint(note).checkpoint.origin
  } catch {
    return ''
  }
}

const stretch = 1_000
const entries = 'query ($from: LogSize!) { auditEntries(from: $from, first: 1000) { body } }'

/** Asks for the log, stretch by stretch. Returns how many acts there were. */
export async function copyAudit(gateway: Gateway, file: string): Promise<number> {
  const out = createWriteStream(file, { encoding: 'utf8', mode: 0o600 })
  let count = 0
  for (let more = true; more;) {
    const { data } = await gateway.query<{ auditEntries: { body: string }[] }>(entries, { from: String(count) })
    for (const { body } of data.auditEntries) if (!out.write(`${body}\n`)) await once(out, 'drain')
    count += data.auditEntries.length
    more = data.auditEntries.length === stretch
  }
  out.end()
  await once(out, 'finish')
  return count
}
