/**
 * A card in a PC/SC reader, with the operations of the sandbox card: what was tried on a virtual card goes on unchanged with
 * a real one. It goes over the npm package `smartcard`, which compiles native code when installed and is therefore no
 * dependency of this one: install it beside, where there is a reader.
 */
import { operationsOver, type CardOperations, type TraceOptions } from './operations.ts'

/** As much of the package as is used. */
export interface PcscModule {
  readonly Context: new () => PcscContext
  readonly SCARD_SHARE_SHARED: number
  readonly SCARD_PROTOCOL_T0: number
  readonly SCARD_PROTOCOL_T1: number
  readonly SCARD_RESET_CARD: number
  readonly SCARD_LEAVE_CARD: number
}
interface PcscContext {
  listReaders(): readonly PcscReader[]
  close(): void
}
interface PcscReader {
  readonly name: string
  connect(share: number, protocol: number): Promise<PcscCard>
}
interface PcscCard {
  readonly atr: Uint8Array | null
  transmit(command: Buffer, options: { readonly maxRecvLength: number }): Promise<Uint8Array>
  reconnect(share: number, protocol: number, initialization: number): Promise<number>
  disconnect(disposition: number): void
}

export interface RealCardOptions extends TraceOptions {
  /** Part of the reader's name; where absent, the first reader that has a card. */
  readonly reader?: string
  /** Where PC/SC comes from; the package `smartcard` where absent. */
  readonly pcsc?: () => Promise<PcscModule>
}

export interface RealCard extends CardOperations {
  readonly reader: string
  /** Resets the card, so that no login stays behind, and lets go of it. */
  close(): Promise<void>
}

/** no-package: `smartcard` is not installed. no-service: pcscd or its like does not answer. no-card: no reader (of that name) has one. */
export class NoReader extends Error {
  readonly reason: 'no-package' | 'no-service' | 'no-card'
  constructor(reason: NoReader['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NoReader'
    this.reason = reason
  }
}

/** Longest answer, with its status word. */
const longestAnswer = 65_538

/** Throws {@link NoReader}. A trace never holds a PIN, but all that the card answered: what is read of a person is in it. */
export async function realCard(options: RealCardOptions = {}): Promise<RealCard> {
  const pcsc = await (options.pcsc ?? installed)()
  const context = await Promise.resolve().then(() => new pcsc.Context()).catch((cause: unknown) => {
    throw new NoReader('no-service', `PC/SC does not answer (on Linux: is pcscd running?): ${messageOf(cause)}`, { cause })
  })
  try {
    const { card, name } = await firstCard(context, pcsc, options.reader ?? '')
    const protocol = pcsc.SCARD_PROTOCOL_T0 | pcsc.SCARD_PROTOCOL_T1
    const carrier = {
      transmit: async (command: Uint8Array) => Uint8Array.from(await card.transmit(Buffer.from(command), { maxRecvLength: longestAnswer })),
      reset: async () => void (await card.reconnect(pcsc.SCARD_SHARE_SHARED, protocol, pcsc.SCARD_RESET_CARD)),
    }
    return {
      reader: name,
      async close() {
        // A card that was taken out has no login either.
        await carrier.reset().catch(() => undefined)
        card.disconnect(pcsc.SCARD_LEAVE_CARD)
        context.close()
      },
      ...operationsOver(carrier, { ...options, title: `card in ${name}`, secrets: 'left out' }),
    }
  } catch (error) {
    context.close()
    throw error
  }
}

async function firstCard(context: PcscContext, pcsc: PcscModule, wanted: string): Promise<{ card: PcscCard; name: string }> {
  const readers = context.listReaders().filter(({ name }) => name.includes(wanted))
  for (const reader of readers) {
    const card = await reader.connect(pcsc.SCARD_SHARE_SHARED, pcsc.SCARD_PROTOCOL_T0 | pcsc.SCARD_PROTOCOL_T1).catch(() => null)
    if (card !== null) return { card, name: reader.name }
  }
  throw new NoReader('no-card', readers.length === 0 ? `no reader${wanted === '' ? '' : ` called ${wanted}`}` : `no card in ${readers.map(({ name }) => name).join(', ')}`)
}

async function installed(): Promise<PcscModule> {
  // Named by a variable: no bundler and no compiler is to look for it.
  const name: string = 'smartcard'
  try {
    return (await import(name)) as PcscModule
  } catch (cause) {
    throw new NoReader('no-package', 'a real reader needs the package smartcard beside this one (npm install smartcard; on Linux with libpcsclite-dev and a compiler)', { cause })
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
