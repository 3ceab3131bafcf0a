/**
 * Presents a card to vpcd (the virtual reader inside pcscd): connects to its port and answers, each message two octets of
 * length and as many of content. vpcd speaks first. One octet is control (00 off, 01 on, 02 reset, 04 ATR), anything else a
 * command APDU. Each answer leaves in one write without delay: vpcd waits for every one.
 */
import { connect, type Socket } from 'node:net'

export interface CardInReader {
  /** Answers a command APDU. Commands come one at a time. */
  transmit(command: Uint8Array): Promise<Uint8Array>
  /** Power off, power on and reset alike: volatile state ends. */
  reset(): void
  readonly atr: Uint8Array
}

export interface Presented {
  /** Resolves when the reader let go: null after {@link Presented.close} or an orderly end, else the failure. */
  readonly gone: Promise<Error | null>
  /** Takes the card out. */
  close(): Promise<void>
}

export interface ReaderAddress { readonly host: string; readonly port: number }

const control = { off: 0, on: 1, reset: 2, atr: 4 } as const
/** Function not possible: what a card answers that failed inside. A card that says nothing would block pcscd for ever. */
const internalFailure = Uint8Array.of(0x6f, 0x00)

/** Rejects where nothing listens at that address. */
export async function presentCard(card: CardInReader, address: ReaderAddress): Promise<Presented> {
  const socket = connect(address.port, address.host)
  socket.setNoDelay(true)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.removeAllListeners('error')
  const gone = serve(socket, card)
  return {
    gone,
    async close() {
      socket.end()
      socket.destroySoon()
      await gone
    },
  }
}

function serve(socket: Socket, card: CardInReader): Promise<Error | null> {
  return new Promise((resolve) => {
    let failure: Error | null = null
    let pending: Buffer = Buffer.alloc(0)
    let work = Promise.resolve()
    socket.on('data', (segment: Buffer) => {
      pending = pending.length === 0 ? segment : Buffer.concat([pending, segment])
      for (;;) {
        const message = firstMessage(pending)
        if (message === null) break
        pending = pending.subarray(2 + message.length)
        work = work.then(() => handle(socket, card, message)).catch((error: unknown) => {
          failure = error instanceof Error ? error : new Error(String(error))
          socket.destroy()
        })
      }
    })
    socket.on('error', (error) => { failure = error })
    socket.on('close', () => {
      card.reset()
      resolve(failure)
    })
  })
}

function firstMessage(buffer: Buffer): Buffer | null {
  if (buffer.length < 2) return null
  const length = buffer.readUInt16BE(0)
  return buffer.length < 2 + length ? null : buffer.subarray(2, 2 + length)
}

async function handle(socket: Socket, card: CardInReader, message: Buffer): Promise<void> {
  if (message.length === 0) return
  if (message.length > 1) return send(socket, await answerOf(card, message))
  if (message[0] === control.atr) return send(socket, card.atr)
  if (message[0] === control.off || message[0] === control.on || message[0] === control.reset) card.reset()
}

/** vpcd ejects a card that sends nothing, and its length field holds 65535. */
async function answerOf(card: CardInReader, command: Buffer): Promise<Uint8Array> {
  const response = await card.transmit(Uint8Array.from(command))
  return response.length < 2 || response.length > 65_535 ? internalFailure : response
}

function send(socket: Socket, content: Uint8Array): void {
  if (socket.destroyed) return
  const message = Buffer.allocUnsafe(2 + content.length)
  message.writeUInt16BE(content.length, 0)
  message.set(content, 2)
  socket.write(message)
}
