/**
 * What a witness adds to a checkpoint: a cosignature of C2SP tlog-cosignature v1. It says that by that time the witness saw
 * this head, and that it grew out of every head it had cosigned before. Ed25519; signature type 0x04; the key is written as
 * one line, `name+id+base64(04 ‖ key)`.
 *
 * @rfc 8032 5.1
 */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts'
import { Malformed } from './der.ts'

export interface WitnessKey { readonly name: string; readonly key: Uint8Array }
const type = 0x04
const spkiPrefix = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])
const isName = (text: string): boolean => /^[^\s+\p{Cc}]+$/u.test(text) && text.isWellFormed()

export const witnessKeyId = ({ name, key }: WitnessKey): number => createHash('sha256').update(`${name}\n`, 'utf8').update(Uint8Array.of(type)).update(key).digest().readUInt32BE(0)

/** The public half of an Ed25519 key. Throws `RangeError` for another kind of key or a name with spaces or a plus. */
export function witnessKeyOf(name: string, privateKey: KeyObject): WitnessKey {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new RangeError('a witness signs with Ed25519')
  if (!isName(name)) throw new RangeError('the name of a witness has no spaces and no plus')
  return { name, key: Uint8Array.from(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length)) }
}

export const encodeWitnessKey = (key: WitnessKey): string => `${key.name}+${witnessKeyId(key).toString(16).padStart(8, '0')}+${Buffer.concat([Uint8Array.of(type), key.key]).toString('base64')}`

/** Throws `Malformed`. */
export function parseWitnessKey(text: string): WitnessKey {
  const [, name, id, body] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? []
  const bytes = body === undefined ? null : Uint8Array.from(Buffer.from(body, 'base64'))
  if (name === undefined || bytes === null || bytes.length !== 33 || bytes[0] !== type) throw new Malformed('not the key of a witness')
  const key = { name, key: bytes.slice(1) }
  if (witnessKeyId(key).toString(16).padStart(8, '0') !== id) throw new Malformed('the key of the witness is not the one its id names')
  return key
}

const message = (text: string, seconds: number): Uint8Array => new TextEncoder().encode(`cosignature/v1\ntime ${seconds}\n${text}`)

/** The note with one more line. `seconds` since 1970. Whether the head grew out of the last one is for the caller to have checked. */
export function cosign(note: string, name: string, privateKey: KeyObject, seconds: number): string {
  const { text } = parseCheckpoint(note)
  const key = witnessKeyOf(name, privateKey)
  const head = Buffer.alloc(12)
  head.writeUInt32BE(witnessKeyId(key))
  head.writeBigUInt64BE(BigInt(seconds), 4)
  return `${note}— ${name} ${Buffer.concat([head, sign(null, message(text, seconds), privateKey)]).toString('base64')}\n`
}

/** When that witness cosigned, in seconds since 1970; null where it did not, or where a line under its name does not hold. Never throws. */
export function cosignedAt({ text, signatures }: SignedCheckpoint, key: WitnessKey): number | null {
  const own = signatures.filter((s) => s.keyName === key.name && s.keyId === witnessKeyId(key))
  const spki = createPublicKey({ key: Buffer.concat([spkiPrefix, key.key]), format: 'der', type: 'spki' })
  const times = own.map(({ signature }) => {
    if (signature.length !== 72) return null
    const seconds = Number(Buffer.from(signature).readBigUInt64BE(0))
    return Number.isSafeInteger(seconds) && verify(null, message(text, seconds), spki, signature.subarray(8)) ? seconds : null
  })
  return times.length === 0 || times.includes(null) ? null : Math.max(...(times as number[]))
}
