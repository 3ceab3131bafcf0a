/**
 * An authenticator in software: ES256 keys, attestation 'none' or packed by its own key, user verified. What it says can be
 * bent, to see it refused. Web Authentication Level 3, 6.1, 6.5, 8.2, 8.7.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export interface Bent {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: Uint8Array
  readonly type?: string
  /** Octet of flags: user present 1, user verified 4, attested data 64. */
  readonly flags?: number
  readonly counter?: number
  /** Signs with another key. */
  readonly key?: KeyObject
  readonly credential?: Uint8Array
}

export interface Authenticator {
  readonly credential: Uint8Array
  readonly key: KeyObject
  create(offer: { challenge: Uint8Array; origin: string; rpId: string }, format?: 'none' | 'packed', bent?: Bent): { credential: Uint8Array; clientData: Uint8Array; attestation: Uint8Array }
  get(asked: { challenge: Uint8Array; origin: string; rpId: string }, bent?: Bent): { credential: Uint8Array; clientData: Uint8Array; authenticatorData: Uint8Array; signature: Uint8Array }
}

export function authenticator(): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credential = new Uint8Array(randomBytes(32))
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const cose = cbor(new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]))
  let counter = 0
  const clientData = (type: string, asked: { challenge: Uint8Array; origin: string }, bent: Bent): Uint8Array =>
    new Uint8Array(Buffer.from(JSON.stringify({ type: bent.type ?? type, challenge: Buffer.from(bent.challenge ?? asked.challenge).toString('base64url'), origin: bent.origin ?? asked.origin, crossOrigin: false })))
  const data = (rpId: string, flags: number, bent: Bent, attested: Uint8Array = new Uint8Array()): Buffer => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(bent.counter ?? ++counter)
    return Buffer.concat([hash(bent.rpId ?? rpId), Buffer.of(bent.flags ?? flags), count, attested])
  }
  return {
    credential, key: privateKey,
    create(offer, format = 'none', bent = {}) {
      const client = clientData('webauthn.create', offer, bent)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credential.length)
      const authData = data(offer.rpId, 0x45, bent, Buffer.concat([Buffer.alloc(16), length, credential, cose]))
      const statement = format === 'none' ? new Map() : new Map<string, unknown>([['alg', -7], ['sig', sign('sha256', Buffer.concat([authData, hash(client)]), bent.key ?? privateKey)]])
      return { credential: bent.credential ?? credential, clientData: client, attestation: new Uint8Array(cbor(new Map<string, unknown>([['fmt', format], ['attStmt', statement], ['authData', authData]]))) }
    },
    get(asked, bent = {}) {
      const client = clientData('webauthn.get', asked, bent)
      const authenticatorData = new Uint8Array(data(asked.rpId, 0x05, bent))
      return { credential: bent.credential ?? credential, clientData: client, authenticatorData, signature: new Uint8Array(sign('sha256', Buffer.concat([authenticatorData, hash(client)]), bent.key ?? privateKey)) }
    },
  }
}

const hash = (what: string | Uint8Array): Buffer => createHash('sha256').update(what).digest()

/** The part of RFC 8949 that is needed: integers, octets, text, maps. */
function cbor(value: unknown): Buffer {
  const head = (major: number, n: number): Buffer => (n < 24 ? Buffer.of((major << 5) | n) : n < 256 ? Buffer.of((major << 5) | 24, n) : Buffer.of((major << 5) | 25, n >> 8, n & 255))
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([k, v]) => [cbor(k), cbor(v)])])
  throw new TypeError('not a value of this encoder')
}
