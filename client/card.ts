/**
 * A persona's virtual card over HTTP, for tests against a gateway that is not in production:
 *
 *   const card = await sandboxCard('hanako')
 *   const { signature } = await card.sign('ABC123', sha256(document))
 *
 * It is the same machine that real smart-card software accepts; PINs count, and a blocked card stays blocked.
 */
import { readCertificate, readFourItems, signDigest, type PinResult, type SignResult, type Transmit } from '../core/chip/client.ts'

export interface SandboxOptions {
  /** Where the gateway answers. */
  readonly url?: string
}

export interface SandboxCard {
  readonly cardNumber: string
  readonly persona: string | null
  /** A command APDU in, the response APDU out. */
  readonly transmit: Transmit
  /** Power off and on: every login on the card is gone. */
  reset(): Promise<void>
  /** 署名用: signs a SHA-256 digest with the signing key. */
  sign(pin: string, digest: Uint8Array): Promise<SignResult>
  /** 利用者証明用: signs a SHA-256 digest with the authentication key. */
  authenticate(pin: string, digest: Uint8Array): Promise<SignResult>
  /** DER. The signing certificate carries name and address and needs its PIN. */
  authenticationCertificate(): Promise<Uint8Array>
  signingCertificate(pin: string): Promise<Uint8Array>
  /** The four items as the card holds them, by the 4-digit PIN. */
  fourItems(pin: string): ReturnType<typeof readFourItems>
}

export class NoSuchCard extends Error {
  override readonly name = 'NoSuchCard'
}
/** The PIN was not verified: wrong, with tries left, or blocked. */
export class PinRefused extends Error {
  override readonly name = 'PinRefused'
  readonly result: Exclude<PinResult, { outcome: 'verified' }>
  constructor(result: Exclude<PinResult, { outcome: 'verified' }>) {
    super(result.outcome === 'blocked' ? 'the PIN is blocked' : `wrong PIN, ${result.triesLeft} tries left`)
    this.result = result
  }
}

/** The card of a persona, by its name, or any sandbox card, by its 15-digit number. Throws {@link NoSuchCard}. */
export async function sandboxCard(name: string, options: SandboxOptions = {}): Promise<SandboxCard> {
  const url = options.url ?? 'http://127.0.0.1:4000'
  const answer = await fetch(new URL(`/sandbox/cards/${encodeURIComponent(name)}`, url))
  if (!answer.ok) throw new NoSuchCard(`no card of ${name} at ${url} (HTTP ${answer.status})`)
  const { cardNumber, persona } = (await answer.json()) as { cardNumber: string; persona: string | null }
  const session = crypto.randomUUID()
  const door = (act: string): URL => new URL(`/sandbox/cards/${cardNumber}/${act}`, url)

  const post = async (act: string, body: object): Promise<{ response?: string }> => {
    const sent = await fetch(door(act), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session, ...body }) })
    if (!sent.ok) throw new NoSuchCard(`card ${cardNumber}: HTTP ${sent.status} ${await sent.text()}`)
    return (await sent.json()) as { response?: string }
  }
  const transmit: Transmit = async (command) => bytesOf((await post('apdu', { apdu: hexOf(command) })).response ?? '')

  return {
    cardNumber, persona, transmit,
    reset: async () => void (await post('reset', {})),
    sign: (pin, digest) => signDigest(transmit, 'signature', pin, digest),
    authenticate: (pin, digest) => signDigest(transmit, 'authentication', pin, digest),
    authenticationCertificate: async () => present(await readCertificate(transmit, 'authentication'), 'authentication'),
    signingCertificate: async (pin) => present(await readCertificate(transmit, 'signature', pin), 'signature'),
    fourItems: (pin) => readFourItems(transmit, pin),
  }
}

function present(read: Awaited<ReturnType<typeof readCertificate>>, kind: string): Uint8Array {
  if (read === null) throw new NoSuchCard(`the card holds no ${kind} certificate`)
  if (!(read instanceof Uint8Array)) throw new PinRefused(read)
  return read
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('').toUpperCase()
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (h) => Number.parseInt(h, 16))
