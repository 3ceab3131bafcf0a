/**
 * How the persistent part of a chip is kept: `MNC1` ‖ nonce (12) ‖ AES-256-GCM over one canonical serialisation ‖ tag (16).
 * The header is authenticated too. Only here do secrets become octets.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { Secret, reveal } from './secret.ts'
import { concat, type Card, type Random } from './state.ts'

const magic = new TextEncoder().encode('MNC1')
const nonceLength = 12
const tagLength = 16

/** format: not a sealed chip of a known version. authentication: wrong key or changed octets. */
export class SealError extends Error {
  readonly reason: 'key' | 'format' | 'authentication'
  constructor(reason: SealError['reason']) {
    super(`sealed chip: ${reason}`)
    this.name = 'SealError'
    this.reason = reason
  }
}

/** `key`: 32 octets. A key may seal 2³² chips (nonces are drawn at random). Throws {@link SealError} `key`. */
export function sealChip(card: Card, key: Uint8Array, random: Random): Uint8Array {
  if (key.length !== 32) throw new SealError('key')
  const nonce = random.bytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  cipher.setAAD(magic)
  const body = cipher.update(JSON.stringify(freeze(card)), 'utf8')
  return concat(magic, nonce, body, cipher.final(), cipher.getAuthTag())
}

/** Throws {@link SealError}. */
export function openChip(sealed: Uint8Array, key: Uint8Array): Card {
  if (key.length !== 32) throw new SealError('key')
  if (sealed.length < magic.length + nonceLength + tagLength || magic.some((o, i) => sealed[i] !== o)) throw new SealError('format')
  const body = sealed.length - tagLength
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(4, 4 + nonceLength), { authTagLength: tagLength })
  decipher.setAAD(magic)
  decipher.setAuthTag(sealed.subarray(body))
  let text: string
  try {
    text = Buffer.concat([decipher.update(sealed.subarray(4 + nonceLength, body)), decipher.final()]).toString('utf8')
  } catch {
    throw new SealError('authentication')
  }
  return thaw(JSON.parse(text)) as Card
}

/** Octets as `{"b": base64}`, secrets as `{"s": base64}`, objects with sorted keys: equal cards give equal text. */
function freeze(value: unknown): unknown {
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') }
  if (value instanceof Secret) return { s: Buffer.from(reveal(value)).toString('base64') }
  if (Array.isArray(value)) return value.map(freeze)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, freeze(v)]))
}

function thaw(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(thaw)
  if (value === null || typeof value !== 'object') return value
  const { b, s } = value as { b?: unknown; s?: unknown }
  if (typeof b === 'string') return Uint8Array.from(Buffer.from(b, 'base64'))
  if (typeof s === 'string') return new Secret(Buffer.from(s, 'base64'))
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, thaw(v)]))
}
