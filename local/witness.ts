/**
 * `mynagate witness`: somebody beside the house who remembers the last head it saw, cosigns a newer one only where a copy of
 * the log shows that it grew out of that, and so makes it visible when the log is told to two people in two ways. It needs
 * no gateway: files in, one file out.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseCheckpoint } from '../core/pki/checkpoint.ts'
import { verifyCopy } from '../core/pki/copy.ts'
import { cosign, encodeWitnessKey, witnessKeyOf } from '../core/pki/cosignature.ts'
import { linesOf } from './lines.ts'

export interface WitnessFiles {
  /** The head to cosign, and a copy of the log that covers it. */
  readonly checkpoint: string
  readonly dump: string
  /** PEM of the key that signs checkpoints. */
  readonly key: string
  /** The witness's own Ed25519 key, PEM; made where there is none. */
  readonly witnessKey: string
  /** The last head it cosigned. */
  readonly state: string
  readonly name: string
  readonly out: string
}

/** What was done, and the lines to say. Nothing is written where it was refused. */
export async function witness({ checkpoint, dump, key, witnessKey, state, name, out }: WitnessFiles, seconds: number): Promise<{ readonly cosigned: boolean; readonly lines: readonly string[] }> {
  if (!existsSync(witnessKey)) writeFileSync(witnessKey, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const own = createPrivateKey(readFileSync(witnessKey, 'utf8'))
  const note = readFileSync(checkpoint, 'utf8')
  const last = existsSync(state) ? readFileSync(state, 'utf8') : null
  const { checkpoint: head } = parseCheckpoint(note)
  const before = last === null ? null : parseCheckpoint(last).checkpoint
  if (before !== null && before.size > head.size) return { cosigned: false, lines: [`NOT COSIGNED  a head of ${before.size} acts was cosigned already; this one has ${head.size}`] }
  const log = { name: (before ?? head).origin, spki: new Uint8Array(createPublicKey(readFileSync(key, 'utf8')).export({ type: 'spki', format: 'der' })) }
  const { faults } = await verifyCopy(linesOf(createReadStream(dump)), last === null ? [note] : [last, note], log)
  if (faults.length > 0) return { cosigned: false, lines: faults.map(({ checkpoint: which, fault }) => `NOT COSIGNED  ${last !== null && which === 0 ? 'the head that was cosigned last' : 'the new head'}: ${fault}`) }
  keep(out, cosign(note, name, own, seconds))
  keep(state, note)
  return { cosigned: true, lines: [`cosigned a head of ${head.size} acts${before === null ? ', the first one seen' : `, grown out of ${before.size}`}`, encodeWitnessKey(witnessKeyOf(name, own))] }
}

function keep(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}
