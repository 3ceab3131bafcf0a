/**
 * `mynagate verify-audit`: a copy of the log held against checkpoints, offline; and `mynagate copy-audit`, which makes such
 * a copy from a running gateway. A copy is text: one act per line, canonical JSON, in order; or the database itself, restored
 * somewhere or at rest, of which every row of the log is looked at.
 */
import { createPublicKey } from 'node:crypto'
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Gateway } from '../client/gateway.ts'
import { verifyCopy, type CopyFault, type CopyVerdict } from '../core/pki/copy.ts'
import { parseCheckpoint } from '../core/pki/checkpoint.ts'
import { cosignedAt, parseWitnessKey } from '../core/pki/cosignature.ts'
import { verifyArchive } from '../core/law/record/intact.ts'
import { readArchiveCopy } from '../db/record/copy.ts'
import { openDatabase } from '../db/client.ts'
import { openEmbedded } from '../db/embedded.ts'
import { linesOf } from './lines.ts'

interface Trusted {
  readonly checkpoints: readonly string[]
  /** PEM of the key that signs checkpoints, as it was given when trust began. */
  readonly key: string
  /** Name of the log; that of the first checkpoint where absent. */
  readonly origin: string | null
  /** Key of a witness that must have cosigned every checkpoint; null: none. */
  readonly witness: string | null
}
export interface AuditFiles extends Trusted { readonly dump: string }

const faults: Readonly<Record<CopyFault, string>> = {
  'checkpoint-not-signed': 'is not a checkpoint of this log signed by this key',
  'leaves-missing': 'covers more acts than the copy has: its end was cut',
  'leaves-differ': 'has another root: acts were changed, removed, added or exchanged',
}

/** What was found, and the lines to say. */
export async function verifyAudit({ dump, ...trusted }: AuditFiles): Promise<{ readonly intact: boolean; readonly verdict: CopyVerdict; readonly lines: readonly string[] }> {
  const { notes, key } = given(trusted)
  const verdict = await verifyCopy(linesOf(createReadStream(dump)), notes, key)
  const bad = [...verdict.faults.map(({ checkpoint, fault }) => `NOT INTACT  ${trusted.checkpoints[checkpoint]!} ${faults[fault]}`), ...unwitnessed(trusted)]
  const uncovered = verdict.leaves - verdict.covered
  const count = `${verdict.leaves} acts in the copy, ${verdict.covered} covered by a checkpoint that holds${uncovered > 0n ? `, ${uncovered} not covered yet` : ''}`
  return { intact: bad.length === 0, verdict, lines: [...bad, bad.length === 0 ? `intact: ${count}` : count] }
}

/** The same of a database: the data folder of a gateway that does not run, or the address of a Postgres. Nothing is written. */
export async function verifyDatabase({ archive, ...trusted }: Trusted & { readonly archive: string }): Promise<{ readonly intact: boolean; readonly lines: readonly string[] }> {
  const { notes, key } = given(trusted)
  const { db, close } = /^postgres(ql)?:/.test(archive) ? await openDatabase(archive) : await openEmbedded({ directory: join(archive, 'database') })
  try {
    const copy = await readArchiveCopy(db)
    const bad = [...(await verifyArchive(copy, notes, key)).map(({ check, found }) => `NOT INTACT  ${check}: ${found}`), ...unwitnessed(trusted)]
    const count = `${copy.leaves.length} acts in the database, ${copy.places} in order`
    return { intact: bad.length === 0, lines: [...bad, bad.length === 0 ? `intact: ${count}` : count] }
  } finally {
    await close()
  }
}

function given({ checkpoints, key, origin, witness }: Trusted) {
  const notes = checkpoints.map((file) => readFileSync(file, 'utf8'))
  // Of a note that a witness cosigned, the archive keeps what was there before.
  const bare = witness === null ? notes : notes.map(firstSignature)
  return { notes: bare, key: { name: origin ?? originOf(notes[0]!), spki: new Uint8Array(createPublicKey(readFileSync(key, 'utf8')).export({ type: 'spki', format: 'der' })) } }
}

const firstSignature = (note: string): string => {
  const end = note.lastIndexOf('\n\n') + 2
  return note.slice(0, end) + (note.slice(end).split('\n')[0] ?? '') + '\n'
}

function unwitnessed({ checkpoints, witness }: Trusted): string[] {
  if (witness === null) return []
  const key = parseWitnessKey(witness)
  return checkpoints.filter((file) => cosignedAt(parseCheckpoint(readFileSync(file, 'utf8')), key) === null).map((file) => `NOT INTACT  ${file} is not cosigned by ${key.name}`)
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
