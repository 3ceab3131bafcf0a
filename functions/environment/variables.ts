/**
 * Variables of a door, parsed once into values that mean something. What is missing or wrong is said by name, all of it at
 * once, and nothing starts. Values are never repeated in an error: some are secrets.
 */
import type { JWK } from 'jose'
import type { Algorithm } from '../../core/pki/signer.ts'
import { algorithms } from '../../core/pki/signer.ts'

export type StartFault = 'variables' | 'key-not-pinned' | 'database-behind' | 'database-ahead' | 'no-authority'

/** The door cannot start; whoever deploys it must act. One line, `cannot start: …`. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
  readonly fault: StartFault
  constructor(fault: StartFault, message: string, options?: ErrorOptions) {
    super(`cannot start: ${message}`, options)
    this.fault = fault
  }
}

/** What keys are for. Each door is given those of its trust. */
export const keyRoles = ['signature-ca', 'authentication-ca', 'card-orders', 'checkpoint', 'receipt', 'ocsp-wrapping', 'personal-data'] as const
export type KeyRole = (typeof keyRoles)[number]
const sealingRoles: readonly KeyRole[] = ['ocsp-wrapping', 'personal-data']

export interface SigningKey { readonly arn: string; readonly spkiSha256: string; readonly algorithm: Algorithm }
export interface SealingKey { readonly arn: string }

export interface Variables {
  text(name: string): string
  optional(name: string): string | null
  /** Absolute, http or https. */
  url(name: string): string
  optionalUrl(name: string): string | null
  /** Words of a closed list, separated by blanks; absent: none. */
  words<T extends string>(name: string, known: readonly T[]): readonly T[]
  /** At least 32 octets of secret. */
  secret(name: string): string
  /** RFC 7517, private and with its algorithm. */
  privateKey(name: string): JWK
  /** RFC 7517, without a private half. */
  publicKey(name: string): JWK
  signingKey(role: KeyRole): SigningKey
  sealingKey(role: KeyRole): SealingKey
  /** Throws {@link CannotStart} naming everything that was asked for and is not right. */
  check(): void
}

export function variables(read: (name: string) => string | undefined): Variables {
  const wrong: string[] = []
  const value = (name: string): string | null => {
    const text = read(name)
    return text === undefined || text === '' ? null : text
  }
  const needed = (name: string, form: string, fits: (text: string) => boolean): string => {
    const text = value(name)
    if (text !== null && fits(text)) return text
    wrong.push(text === null ? `${name} is missing (${form})` : `${name} is not ${form}`)
    return ''
  }
  const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  const key = (role: KeyRole): { arn?: unknown; spkiSha256?: unknown; algorithm?: unknown } => {
    const text = needed('KMS_KEYS', 'a JSON object of keys by role', (t) => isObject(parse(t)))
    return text === '' ? {} : ((parse(text) as Record<string, object>)[role] ?? {})
  }
  const arnOf = (role: KeyRole, found: { arn?: unknown }): string => {
    if (typeof found.arn === 'string' && /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/.test(found.arn)) return found.arn
    wrong.push(`KMS_KEYS has no key ARN for ${role}`)
    return ''
  }
  return {
    text: (name) => needed(name, 'a text', () => true),
    optional: value,
    url: (name) => needed(name, 'an http or https URL', isUrl),
    optionalUrl: (name) => (value(name) === null ? null : needed(name, 'an http or https URL', isUrl)),
    words<T extends string>(name: string, known: readonly T[]) {
      const said = value(name)?.split(' ') ?? []
      if (!said.every((word) => (known as readonly string[]).includes(word))) wrong.push(`${name} is not a list of ${known.join(', ')}`)
      return known.filter((word) => said.includes(word))
    },
    secret: (name) => needed(name, 'a secret of at least 32 octets', (text) => Buffer.byteLength(text) >= 32),
    privateKey: (name) => {
      const text = needed(name, 'a private JSON Web Key with alg', (t) => isPrivateKey(parse(t)))
      return text === '' ? {} : (parse(text) as JWK)
    },
    publicKey: (name) => {
      const text = needed(name, 'a public JSON Web Key with alg', (t) => isPublicKey(parse(t)))
      return text === '' ? {} : (parse(text) as JWK)
    },
    signingKey(role) {
      if (sealingRoles.includes(role)) throw new RangeError(`${role} signs nothing`)
      const found = key(role)
      const arn = arnOf(role, found)
      const { spkiSha256, algorithm } = found
      if (typeof spkiSha256 === 'string' && /^[0-9A-Fa-f]{64}$/.test(spkiSha256) && isAlgorithm(algorithm)) return { arn, spkiSha256: spkiSha256.toUpperCase(), algorithm }
      wrong.push(`KMS_KEYS does not pin the public key and the algorithm of ${role}`)
      return { arn, spkiSha256: '', algorithm: 'rsa-pkcs1-sha256' }
    },
    sealingKey: (role) => ({ arn: arnOf(role, key(role)) }),
    check() {
      if (wrong.length > 0) throw new CannotStart('variables', [...new Set(wrong)].join('; '))
    },
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const isPrivateKey = (value: unknown): boolean => isObject(value) && ['d', 'kty', 'alg'].every((name) => typeof (value as Record<string, unknown>)[name] === 'string')
const isPublicKey = (value: unknown): boolean => isObject(value) && !('d' in value) && ['kty', 'alg'].every((name) => typeof (value as Record<string, unknown>)[name] === 'string')
const isAlgorithm = (value: unknown): value is Algorithm => typeof value === 'string' && Object.hasOwn(algorithms, value)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
