/**
 * `mynagate card …`: the personas' cards listed, put into virtual readers, asked for their PINs, traced and replayed.
 *
 *   card list                                                   who there is, what for, how the card stands, its PINs
 *   card present NAME… [--vpcd HOST:PORT] [--trace FILE]        into virtual readers, one port further for each; `card --persona NAME` is the same
 *   card pin-status NAME                                        tries left of each PIN
 *   card trace NAME FILE                                        command APDUs in hex from standard input; the session goes to FILE
 *   card replay FILE [--persona NAME] [--words]                 sends a transcript again, to a fresh chip where no persona is named
 *
 * Everything but `replay` on a fresh chip goes through the sandbox door of a gateway, as anybody's program would.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fromHex, toHex } from '../../core/chip/apdu.ts'
import { execute, reset } from '../../core/chip/chip.ts'
import type { Chip } from '../../core/chip/state.ts'
import { parseTranscript, replay, type ReplayOptions, type TranscriptLine } from '../../core/chip/transcript.ts'
import { sandboxCard } from '../../client/card.ts'
import type { CardOperations } from '../../client/operations.ts'
import { freshChip, freshChips, type FreshChip } from './fresh-chip.ts'
import { Mistake } from '../mistake.ts'
import type { ReaderAddress } from './reader.ts'
import { mustBeWritable, pinStatus, type Say } from '../login/session-lines.ts'
import { presentCards } from './slots.ts'

export const cardUsage = 'card list | card present NAME… [--vpcd HOST:PORT] [--trace FILE] | card pin-status NAME | card trace NAME FILE | card replay FILE [--persona NAME] [--words]'

export interface CardValues {
  readonly persona?: string | undefined
  readonly vpcd: string
  readonly trace?: string | undefined
  readonly words: boolean
}

/** Throws {@link Mistake} on what cannot be done; whoever called says it and ends with 1. */
export async function cardCommand([act, ...names]: readonly string[], values: CardValues, withGateway: (use: (url: string) => Promise<void>) => Promise<void>): Promise<void> {
  const say: Say = (line) => console.log(line)
  const [first, second] = names
  const { persona } = values
  if (act === 'list' && names.length === 0) return withGateway((url) => listCards(url, say))
  if ((act === 'present' && names.length > 0) || (act === undefined && persona !== undefined)) {
    const personas = act === undefined ? [persona!] : names
    const address = addressOf(values.vpcd, personas.length)
    return withGateway((url) => presentCards({ url, personas, address, trace: values.trace ?? null, input: process.stdin, until: interrupted(), say }))
  }
  if (act === 'pin-status' && first !== undefined && names.length === 1) return withGateway(async (url) => pinStatus(await sandboxCard(first, { url }), say))
  if (act === 'trace' && first !== undefined && second !== undefined && names.length === 2) {
    mustBeWritable(second)
    return withGateway((url) => traceSession(url, first, second, process.stdin, say))
  }
  if (act === 'replay' && first !== undefined && names.length === 1) {
    if (persona === undefined) return replayFile(first, { words: values.words, persona: null }, say)
    return withGateway((url) => replayFile(first, { words: values.words, persona: { name: persona, url } }, say))
  }
  throw new Mistake(`mynagate ${cardUsage}   [--data DIR]`)
}

function addressOf(text: string, cards: number): ReaderAddress {
  const match = /^(.+):(\d{1,5})$/.exec(text)
  if (match === null || Number(match[2]) + cards - 1 > 65_535) throw new Mistake(`--vpcd takes HOST:PORT, not ${text}`)
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) }
}

const interrupted = (): Promise<void> => new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})

interface Listed { readonly name: string; readonly about: string; readonly situation: { readonly card: string; readonly certificates: string; readonly blocked?: readonly string[]; readonly monthsAgo?: number; readonly phone?: boolean; readonly later?: string }; readonly pins: Readonly<Record<string, string>> }

export async function listCards(url: string, say: Say): Promise<void> {
  const read = async <T>(path: string): Promise<T> => (await (await fetch(new URL(path, url))).json()) as T
  const cards = await read<{ persona: string; cardNumber: string; state: string; expiresOn: string }[]>('/sandbox/cards')
  for (const { name, about, situation, pins } of await read<Listed[]>('/sandbox/personas')) {
    const card = cards.find((c) => c.persona === name)
    const { card: how, certificates, blocked = [], monthsAgo, phone = false, later } = situation
    const facts = [`card ${how}`, `certificates ${certificates}`, ...blocked.map((pin) => `${pin} PIN blocked`), ...(monthsAgo === undefined ? [] : [`made ${monthsAgo} months ago`]), ...(phone ? ['certificates in a phone'] : []), ...(later === undefined ? [] : [later])]
    say(`${name.padEnd(14)}${about}`)
    say(`${''.padEnd(14)}${facts.join(', ')}; ${pinsOf(pins)}`)
    say(`${''.padEnd(14)}${card === undefined ? (how === 'none' ? 'no card' : 'made when first asked for') : `card ${card.cardNumber} ${card.state}, until ${card.expiresOn}`}`)
  }
}

/** The 4-digit ones are alike. */
function pinsOf({ signature, authentication }: Listed['pins']): string {
  return authentication === undefined ? 'no PIN set' : `PINs: signing ${signature}, all others ${authentication}`
}

/** Command APDUs in hex from a stream of lines (`reset` between them), the answers out, all of it into a transcript. */
export async function traceSession(url: string, persona: string, file: string, input: NodeJS.ReadableStream, say: Say): Promise<void> {
  const card = await sandboxCard(persona, { url, trace: true })
  try {
    for await (const raw of createInterface({ input })) {
      const line = raw.replace(/#.*$/, '').replace(/^C:/, '').trim()
      if (line === '' || line.startsWith('R:')) continue
      if (line === 'reset') await card.reset()
      else say(toHex(await card.transmit(commandOf(line))))
    }
  } finally {
    await card.save(file)
  }
}

function commandOf(line: string): Uint8Array {
  try {
    return fromHex(line)
  } catch {
    throw new Mistake(`not a command APDU in hex: ${line.slice(0, 60)}`)
  }
}

/** Replays on a persona's card, or, without one, on fresh chips. Throws {@link Mistake} where an answer differs. */
export async function replayFile(file: string, options: { readonly words: boolean; readonly persona: { readonly name: string; readonly url: string } | null }, say: Say): Promise<void> {
  const lines = transcriptOf(file)
  const carrier = options.persona === null ? freshCarrier() : carrierOf(await sandboxCard(options.persona.name, { url: options.persona.url }))
  await carrier.reset()
  const { commands, differences } = await replay(lines, { ...carrier, compare: options.words ? 'words' : 'whole' })
  for (const { line, command, expected, got } of differences) say(`${file}:${line}\n  C: ${short(command)}\n  written  ${short(expected)}\n  answered ${short(got)}`)
  if (differences.length > 0) throw new Mistake(`${file}: ${differences.length} of ${commands} answers differ`)
  say(`${file}: ${commands} commands, every answer as written`)
}

function transcriptOf(file: string): TranscriptLine[] {
  try {
    return parseTranscript(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Mistake(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const carrierOf = (card: CardOperations): ReplayOptions => ({ transmit: card.transmit, reset: () => card.reset() })

/** A `card:` line puts another fresh chip in; before one, it is the personalised. */
function freshCarrier(): ReplayOptions {
  const random = { bytes: (n: number) => Uint8Array.from(randomBytes(n)) }
  let chip: Promise<Chip> | null = null
  const present = (): Promise<Chip> => (chip ??= freshChip('personalised', random))
  return {
    async transmit(command) {
      const done = execute(await present(), command, random)
      chip = Promise.resolve(done.chip)
      return done.response
    },
    reset: async () => void (chip = Promise.resolve(reset(await present()))),
    card: async (name) => {
      if (!freshChips.includes(name as FreshChip)) throw new Mistake(`no fresh chip is called ${name}; there are ${freshChips.join(', ')}`)
      chip = freshChip(name as FreshChip, random)
    },
  }
}

const short = (hex: string): string => (hex.length > 96 ? `${hex.slice(0, 80)}…${hex.slice(-4)} (${hex.length / 2} octets)` : hex)
