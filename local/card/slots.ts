/**
 * Cards in virtual readers, several at once: the first at the port that was named, each other one a port further, as vpcd
 * numbers its slots. While they are in, lines from the keyboard take cards out and put them back.
 */
import { createInterface } from 'node:readline'
import { atrs } from '../../core/chip/make.ts'
import { sandboxCard, type SandboxCard } from '../../client/card.ts'
import { Mistake } from '../mistake.ts'
import { presentCard, type CardInReader, type Presented, type ReaderAddress } from './reader.ts'
import { mustBeWritable, pinStatus, traceFile, type Say } from '../login/session-lines.ts'

export interface SlotsOptions {
  readonly url: string
  readonly personas: readonly string[]
  readonly address: ReaderAddress
  /** Where the sessions are written when all is over; null: they are not kept. */
  readonly trace: string | null
  readonly input: NodeJS.ReadableStream
  /** Resolves when all is to end. */
  readonly until: Promise<void>
  readonly say: Say
}

interface Slot {
  readonly persona: string
  readonly card: SandboxCard
  readonly reader: CardInReader & { settled(): Promise<void> }
  readonly address: ReaderAddress
  presented: Presented | null
}

export const keys = 'insert [NAME] · remove [NAME] · pin-status [NAME] · quit'

/** Returns when told to end, or when no reader holds a card any more that nobody took out. */
export async function presentCards({ url, personas, address, trace, input, until, say }: SlotsOptions): Promise<void> {
  const several = personas.length > 1
  if (trace !== null) for (const persona of personas) mustBeWritable(traceFile(trace, persona, several))
  const slots: Slot[] = []
  for (const [i, persona] of personas.entries()) {
    const card = await sandboxCard(persona, { url, trace: trace !== null })
    slots.push({ persona, card, reader: inReader(card), address: { host: address.host, port: address.port + i }, presented: null })
  }
  let end!: (failure: Error | null) => void
  const ended = new Promise<Error | null>((resolve) => { end = resolve })
  try {
    for (const slot of slots) await insert(slot, end, say)
    say(several ? `${slots.length} cards are in; Ctrl-C takes them out. ${keys}` : `Ctrl-C takes it out. ${keys}`)
    const lines = createInterface({ input })
    let work = Promise.resolve()
    lines.on('line', (line) => {
      work = work.then(() => obey(line, slots, end, say)).catch((error: unknown) => say(error instanceof Error ? error.message : String(error)))
    })
    const failure = await Promise.race([ended, until.then(() => null)])
    lines.close()
    if (failure !== null) throw new Mistake(`the reader let go: ${failure.message}`)
  } finally {
    for (const slot of slots) await remove(slot)
    if (trace !== null) for (const { card, persona } of slots) await card.save(traceFile(trace, persona, several))
  }
}

async function obey(line: string, slots: readonly Slot[], end: (failure: Error | null) => void, say: Say): Promise<void> {
  const [act, name] = line.trim().split(/\s+/)
  if (act === undefined || act === '') return
  if (act === 'quit') return end(null)
  const chosen = name === undefined ? slots : slots.filter(({ persona }) => persona === name)
  if (!['insert', 'remove', 'pin-status'].includes(act)) return say(`${act}? ${keys}`)
  if (chosen.length === 0) return say(`no card of ${name} here; there are ${slots.map(({ persona }) => persona).join(', ')}`)
  for (const slot of chosen) {
    if (act === 'pin-status') await pinStatus(slot.card, (text) => say(slots.length > 1 ? `${slot.persona}: ${text}` : text))
    else if (act === 'insert') await (slot.presented === null ? insert(slot, end, say) : say(`${slot.persona}: is in already`))
    else if (slot.presented === null) say(`${slot.persona}: is out already`)
    else {
      await remove(slot)
      say(`${slot.persona}: out`)
    }
  }
}

async function insert(slot: Slot, end: (failure: Error | null) => void, say: Say): Promise<void> {
  const { host, port } = slot.address
  const presented = await presentCard(slot.reader, slot.address).catch((cause: unknown) => {
    throw new Mistake(`no virtual reader at ${host}:${port} (${cause instanceof Error ? cause.message : String(cause)}): is pcscd running with vpcd?`)
  })
  slot.presented = presented
  void presented.gone.then((failure) => {
    // Whoever took it out has said so before.
    if (slot.presented === presented) end(failure ?? null)
  })
  say(`${slot.persona}: card ${slot.card.cardNumber} is in the reader at ${host}:${port}`)
}

async function remove(slot: Slot): Promise<void> {
  const { presented } = slot
  slot.presented = null
  await presented?.close()
  await slot.reader.settled().catch(() => undefined)
}

/** The reader does not wait for a reset; the next command does, and who takes the card out. */
function inReader(card: SandboxCard): CardInReader & { settled(): Promise<void> } {
  let resetting: Promise<void> = Promise.resolve()
  return {
    atr: atrs.contact,
    settled: () => resetting,
    reset: () => {
      resetting = resetting.catch(() => undefined).then(() => card.reset())
      // Whoever waits next is told.
      resetting.catch(() => undefined)
    },
    async transmit(command) {
      await resetting
      return card.transmit(command)
    },
  }
}
