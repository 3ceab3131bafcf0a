/**
 * A persona's virtual card over HTTP, for tests against a gateway that is not in production:
 *
 *   const card = await sandboxCard('hanako')
 *   const { signature } = await card.sign('ABC123', sha256(document))
 *
 * It is the same machine that real smart-card software accepts; PINs count, and a blocked card stays blocked.
 */
import { NoSuchCard, operationsOver, type CardOperations, type TraceOptions } from './operations.ts'

export interface SandboxOptions extends TraceOptions {
  /** Where the gateway answers. */
  readonly url?: string
}

export interface SandboxCard extends CardOperations {
  readonly cardNumber: string
  readonly persona: string | null
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
  const carrier = {
    transmit: async (command: Uint8Array) => bytesOf((await post('apdu', { apdu: hexOf(command) })).response ?? ''),
    reset: async () => void (await post('reset', {})),
  }
  return { cardNumber, persona, ...operationsOver(carrier, { ...options, title: `card of ${persona ?? cardNumber}`, secrets: 'kept' }) }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('').toUpperCase()
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (h) => Number.parseInt(h, 16))
