/**
 * Keys in AWS KMS: the only file in core that knows AWS. The SDK is imported when the first call is made, so a door
 * that never signs pays nothing. Signing is by key ARN and digest; the public key is fetched once and must be the
 * pinned one; what comes back is verified by `digestSigner` before anyone sees it.
 */
import type { DataKeyPairSpec, KMSClient } from '@aws-sdk/client-kms'
import { gate, type GateSettings } from './gate.ts'
import { algorithms, digestSigner, sha256Hex, SignerAway, SignerFault, type Algorithm, type Signer } from './signer.ts'

type Sdk = typeof import('@aws-sdk/client-kms')
interface CallOptions { readonly abortSignal: AbortSignal }

/** A way to KMS: lazily opened, gated, with failures sorted into `SignerAway` and `SignerFault`. */
export interface KmsClient {
  call<T>(run: (client: KMSClient, sdk: Sdk, options: CallOptions) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface KmsSettings {
  readonly region: string
  /** The stand-in or another emulator; absent means AWS. */
  readonly endpoint?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
  /** Milliseconds this invocation still has. Every call ends before that. */
  readonly remaining?: () => number
  readonly gate?: Partial<GateSettings>
  /** Of each request, beside what is signed: which trace it belongs to. */
  readonly headers?: () => Readonly<Record<string, string>>
}

/** Three attempts of at most 800 ms; the breaker opens for 10 s after five failures in a row. */
export const kmsLimits = {
  attempts: 3, attempt: 800, connect: 400, overall: 3_000,
  gate: { concurrent: 32, waiting: 512, failures: 5, rest: 10_000, elapsed: () => performance.now() },
} as const

export function kmsClient(settings: KmsSettings): KmsClient {
  const pass = gate({ ...kmsLimits.gate, ...settings.gate })
  let opened: Promise<{ client: KMSClient; sdk: Sdk }> | null = null
  return {
    async call(run) {
      const { client, sdk } = await (opened ??= open(settings))
      return pass(async () => {
        const left = Math.min(settings.remaining?.() ?? kmsLimits.overall, kmsLimits.overall)
        if (left <= 0) throw new SignerAway('no time left for a call', 0)
        try {
          return await run(client, sdk, { abortSignal: AbortSignal.timeout(left) })
        } catch (error) {
          throw sorted(error)
        }
      })
    },
    async close() {
      if (opened !== null) (await opened).client.destroy()
    },
  }
}

async function open(settings: KmsSettings): Promise<{ client: KMSClient; sdk: Sdk }> {
  const sdk = await import('@aws-sdk/client-kms')
  const client = new sdk.KMSClient({
    region: settings.region,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    // `standard`, not `adaptive`: several keys share this client, and callers wait for the answer.
    retryMode: 'standard',
    maxAttempts: kmsLimits.attempts,
    requestHandler: { connectionTimeout: kmsLimits.connect, requestTimeout: kmsLimits.attempt, throwOnRequestTimeout: true },
  })
  const { headers } = settings
  if (headers !== undefined) {
    type Next = (given: { readonly request: unknown }) => Promise<unknown>
    const added = (next: Next): Next => (given) => {
      Object.assign((given.request as { headers: Record<string, string> }).headers, headers())
      return next(given)
    }
    client.middlewareStack.addRelativeTo(added as never, { name: 'headersOfTheCaller', relation: 'after', toMiddleware: 'httpSigningMiddleware' })
  }
  return { client, sdk }
}

/** Throttled, timed out, unavailable: a repeat is safe. All else is final: denied, disabled, unknown, malformed. */
function sorted(error: unknown): SignerAway | SignerFault {
  if (error instanceof SignerAway || error instanceof SignerFault) return error
  const { name, code, $metadata, $retryable } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number }; $retryable?: unknown }
  const status = $metadata?.httpStatusCode
  const away = awayNames.has(name ?? '') || awayCodes.has(code ?? '') || $retryable !== undefined || status === 429 || (status !== undefined && status >= 500)
  const text = `KMS: ${code ?? name ?? 'unknown failure'}`
  return away ? new SignerAway(text, 1_000, { cause: error }) : new SignerFault(text, { cause: error })
}
const awayNames: ReadonlySet<string> = new Set([
  'ThrottlingException', 'LimitExceededException', 'RequestLimitExceeded', 'TooManyRequestsException', 'KMSInternalException', 'DependencyTimeoutException', 'KeyUnavailableException',
  'InternalFailure', 'ServiceUnavailable', 'ServiceUnavailableException', 'TimeoutError', 'AbortError',
])
const awayCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

// ---------------------------------------------------------------- signing

/** The key behind the ARN is not the pinned one. */
export class PinMismatch extends SignerFault {
  /** Hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly pinned: string
  readonly found: string
  constructor(keyArn: string, pinned: string, found: string) {
    super(`key ${keyArn} has public key ${found}, pinned is ${pinned}`)
    this.pinned = pinned
    this.found = found
  }
}

/** The pin is the public key itself, or the hex SHA-256 of its SubjectPublicKeyInfo. */
export type KmsSigningKey = ({ readonly spki: Uint8Array } | { readonly spkiSha256: string }) & {
  /** The ARN of the key; an alias can be moved and is refused. */
  readonly keyArn: string
  readonly algorithm: Algorithm
}

const keyArnForm = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/

/** Fetches the public key, holds it against the pin, and gives a signer. Throws `PinMismatch`, `SignerFault`, `SignerAway`. */
export async function kmsSigner(kms: KmsClient, key: KmsSigningKey): Promise<Signer> {
  const { keyArn, algorithm } = key
  requireArn(keyArn)
  const answer = await kms.call((client, sdk, options) => client.send(new sdk.GetPublicKeyCommand({ KeyId: keyArn }), options))
  const spki = filled(answer.PublicKey, 'PublicKey')
  const [pinned, found] = ['spki' in key ? sha256Hex(key.spki) : key.spkiSha256.toUpperCase(), sha256Hex(spki)]
  if (answer.KeyId !== keyArn || pinned !== found) throw new PinMismatch(keyArn, pinned, found)
  return digestSigner(algorithm, spki, async (digest) => {
    const signed = await kms.call((client, sdk, options) =>
      client.send(new sdk.SignCommand({ KeyId: keyArn, Message: digest, MessageType: 'DIGEST', SigningAlgorithm: algorithms[algorithm].kms }), options))
    if (signed.KeyId !== keyArn) throw new SignerFault(`signed by ${signed.KeyId}, asked ${keyArn}`)
    return filled(signed.Signature, 'Signature')
  })
}

function requireArn(keyArn: string): void {
  if (!keyArnForm.test(keyArn)) throw new SignerFault(`a key ARN is wanted, not ${keyArn}`)
}

function filled(bytes: Uint8Array | undefined, field: string): Uint8Array {
  if (bytes === undefined || bytes.length === 0) throw new SignerFault(`KMS answered without ${field}`)
  return new Uint8Array(bytes)
}

// ---------------------------------------------------------------- sealing

/** Bound to the ciphertext: what was sealed for one purpose cannot be opened for another. */
export type SealContext = Readonly<Record<string, string>>

export interface Sealer {
  /** At most 4,096 octets. */
  seal(plaintext: Uint8Array, context: SealContext): Promise<Uint8Array>
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>
  /** A new AES-256 key, in clear and sealed. */
  dataKey(context: SealContext): Promise<{ readonly plaintext: Uint8Array; readonly sealed: Uint8Array }>
  dataKeySealed(context: SealContext): Promise<Uint8Array>
  /** A new key pair whose private half (PKCS#8) is never outside KMS in clear: the OCSP responder's. */
  keyPair(spec: DataKeyPairSpec, context: SealContext): Promise<{ readonly spki: Uint8Array; readonly sealedKey: Uint8Array }>
}

/** Envelope encryption under a symmetric KMS key. */
export function kmsSealer(kms: KmsClient, { keyArn }: { readonly keyArn: string }): Sealer {
  requireArn(keyArn)
  return {
    async seal(plaintext, context) {
      const answer = await kms.call((client, sdk, options) => client.send(new sdk.EncryptCommand({ KeyId: keyArn, Plaintext: plaintext, EncryptionContext: context }), options))
      return filled(answer.CiphertextBlob, 'CiphertextBlob')
    },
    async open(sealed, context) {
      const answer = await kms.call((client, sdk, options) => client.send(new sdk.DecryptCommand({ KeyId: keyArn, CiphertextBlob: sealed, EncryptionContext: context }), options))
      return filled(answer.Plaintext, 'Plaintext')
    },
    async dataKey(context) {
      const answer = await kms.call((client, sdk, options) => client.send(new sdk.GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }), options))
      return { plaintext: filled(answer.Plaintext, 'Plaintext'), sealed: filled(answer.CiphertextBlob, 'CiphertextBlob') }
    },
    async dataKeySealed(context) {
      const answer = await kms.call((client, sdk, options) => client.send(new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }), options))
      return filled(answer.CiphertextBlob, 'CiphertextBlob')
    },
    async keyPair(spec, context) {
      const answer = await kms.call((client, sdk, options) => client.send(new sdk.GenerateDataKeyPairWithoutPlaintextCommand({ KeyId: keyArn, KeyPairSpec: spec, EncryptionContext: context }), options))
      return { spki: filled(answer.PublicKey, 'PublicKey'), sealedKey: filled(answer.PrivateKeyCiphertextBlob, 'PrivateKeyCiphertextBlob') }
    },
  }
}

/** HMAC-SHA-256 under a KMS key: blind indexes and pairwise names. */
export function kmsMac(kms: KmsClient, { keyArn }: { readonly keyArn: string }): (message: Uint8Array) => Promise<Uint8Array> {
  requireArn(keyArn)
  return async (message) => {
    const answer = await kms.call((client, sdk, options) => client.send(new sdk.GenerateMacCommand({ KeyId: keyArn, Message: message, MacAlgorithm: 'HMAC_SHA_256' }), options))
    return filled(answer.Mac, 'Mac')
  }
}
