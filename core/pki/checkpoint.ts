/**
 * A tree head that can be published: the checkpoint of C2SP tlog-checkpoint (origin, size, root) as a C2SP signed note,
 * signed with ECDSA on P-256 (signature type 0x02: the key id is the start of the SHA-256 of the SubjectPublicKeyInfo).
 *
 *     mynagate.example/audit          key name = origin
 *     20852163                        size, decimal
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 *     — mynagate.example/audit base64(key id ‖ signature)
 *
 * @rfc 6962 2.1 (the root)
 */
import { createHash } from 'node:crypto'
import { Malformed } from './der.ts'
import { verifyMessage } from './verify.ts'

export interface Checkpoint {
  readonly origin: string
  readonly size: bigint
  readonly root: Uint8Array
  /** Further lines of the log; opaque. */
  readonly extensions: readonly string[]
}
export interface NoteSignature { readonly keyName: string; readonly keyId: number; readonly signature: Uint8Array }
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint
  /** What is signed: the lines, the last newline included. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** What a witness or reader trusts: a name and a key, both known beforehand. */
export interface NoteKey { readonly name: string; readonly spki: Uint8Array }

const limits = { bytes: 64 * 1024, signatures: 64 } as const
const utf8 = new TextEncoder()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const isKeyName = (text: string): boolean => text !== '' && text.isWellFormed() && !/[\s+\p{Cc}\p{Zs}]/u.test(text)
const isLine = (text: string): boolean => text !== '' && text.isWellFormed() && !/\p{Cc}/u.test(text)

export const noteKeyId = (spki: Uint8Array): number => createHash('sha256').update(spki).digest().readUInt32BE(0)

/** The text to be signed. Throws `RangeError` for what no checkpoint can hold. */
export function encodeCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  if (!isLine(origin) || size < 0n || size >= 2n ** 64n || root.length !== 32 || !extensions.every(isLine)) throw new RangeError('not a checkpoint')
  return [origin, size.toString(), base64(root), ...extensions].map((line) => `${line}\n`).join('')
}

/** The signed note. `sign` gets the text's bytes and returns ECDSA in DER over their SHA-256. */
export async function signCheckpoint(checkpoint: Checkpoint, key: NoteKey, sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>): Promise<string> {
  if (!isKeyName(key.name)) throw new RangeError('a key name has no spaces and no plus')
  const text = encodeCheckpoint(checkpoint)
  return `${text}\n${signatureLine(key, await sign(utf8.encode(text)))}`
}

/** One more line for a note, a witness's for instance. */
export function signatureLine({ name, spki }: NoteKey, signature: Uint8Array): string {
  const id = Buffer.alloc(4)
  id.writeUInt32BE(noteKeyId(spki))
  return `— ${name} ${base64(Buffer.concat([id, signature]))}\n`
}

/** Throws `Malformed`. Nothing in it may be believed before {@link verifyCheckpoint}. */
export function parseCheckpoint(note: string): SignedCheckpoint {
  const lonely = !note.isWellFormed() || note.length > limits.bytes || /[\p{Cc}--\n]/v.test(note)
  const end = note.lastIndexOf('\n\n')
  if (lonely || end < 0 || !note.endsWith('\n')) throw new Malformed('not a signed note')
  const text = note.slice(0, end + 1)
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n')
  if (origin === undefined || size === undefined || root === undefined) throw new Malformed('a checkpoint has three lines')
  const hash = decodeBase64(root)
  if (!isLine(origin) || !/^(0|[1-9]\d{0,19})$/.test(size) || BigInt(size) >= 2n ** 64n || hash?.length !== 32 || !extensions.every(isLine)) throw new Malformed('not the lines of a checkpoint')
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > limits.signatures) throw new Malformed('too many signatures')
  return { checkpoint: { origin, size: BigInt(size), root: hash, extensions }, text, signatures: lines.map(readSignature) }
}

function readSignature(line: string): NoteSignature {
  const [dash, keyName, body, ...more] = line.split(' ')
  const bytes = body === undefined ? null : decodeBase64(body)
  if (dash !== '—' || keyName === undefined || !isKeyName(keyName) || bytes === null || bytes.length < 5 || more.length > 0) throw new Malformed('not a signature line')
  return { keyName, keyId: Buffer.from(bytes).readUInt32BE(0), signature: bytes.subarray(4) }
}

/** Canonical base64 only. */
function decodeBase64(text: string): Uint8Array | null {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return base64(bytes) === text ? bytes : null
}

/** Whether that key signed it, under its name; of a key named twice, every signature must hold. Never throws. */
export function verifyCheckpoint({ text, signatures }: SignedCheckpoint, key: NoteKey): boolean {
  const own = signatures.filter((s) => s.keyName === key.name && s.keyId === noteKeyId(key.spki))
  return own.length > 0 && own.every((s) => verifyMessage(key.spki, 'sha256', utf8.encode(text), s.signature))
}
