/**
 * Conversations with a card as text. One line each: `# comment`, `card: NAME` (which card, for those who have several),
 * `reset`, `C: command` and `R: answer` in hex. In an answer `*` is any number of octets before the status word, `*n`
 * exactly n. `**` for an octet of a command: it was a secret and was not written down; such a transcript reads, but cannot
 * be replayed.
 */
import { fromHex, parseCommand, toHex } from './apdu.ts'
import type { Transmit } from './client.ts'
import { concat } from './state.ts'

export type TranscriptLine =
  | { readonly kind: 'card'; readonly name: string; readonly line: number }
  | { readonly kind: 'reset'; readonly line: number }
  | { readonly kind: 'command'; readonly hex: string; readonly line: number }
  | { readonly kind: 'answer'; readonly pattern: string; readonly line: number }

export class TranscriptError extends Error {
  /** From 1. */
  readonly line: number
  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`)
    this.name = 'TranscriptError'
    this.line = line
  }
}

/** Throws {@link TranscriptError} on a line of no known form, and on an answer to nothing. */
export function parseTranscript(text: string): TranscriptLine[] {
  const lines: TranscriptLine[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const written = raw.replace(/#.*$/, '').trim()
    const line = i + 1
    const hex = written.slice(2).replace(/\s+/g, '').toUpperCase()
    if (written === '') continue
    else if (written === 'reset') lines.push({ kind: 'reset', line })
    else if (/^card: \S+$/.test(written)) lines.push({ kind: 'card', name: written.slice(6), line })
    else if (written.startsWith('C:') && /^([0-9A-F]{2}|\*\*){1,}$/.test(hex)) lines.push({ kind: 'command', hex, line })
    else if (written.startsWith('R:') && /^[0-9A-F]*(\*\d*?)?[0-9A-F]{4}$/.test(hex) && lines.at(-1)?.kind === 'command') lines.push({ kind: 'answer', pattern: hex, line })
    else throw new TranscriptError(line, `not a line of a transcript: ${raw.trim().slice(0, 60)}`)
  }
  return lines
}

/** Whether an answer is the one written, or one that the pattern stands for. */
export const answers = (pattern: string, answer: Uint8Array): boolean =>
  new RegExp(`^${pattern.replace(/\*(\d*?)(?=[0-9A-F]{4}$)/, (_, n: string) => (n === '' ? '(..)*' : `(..){${n}}`))}$`).test(toHex(answer))

export interface Difference { readonly line: number; readonly command: string; readonly expected: string; readonly got: string }
export interface Replayed { readonly commands: number; readonly differences: readonly Difference[] }

export interface ReplayOptions {
  readonly transmit: Transmit
  readonly reset: () => Promise<void>
  /** Puts the card of that name in; absent: `card:` lines are passed over. */
  readonly card?: (name: string) => Promise<void>
  /** `words`: the status words alone have to be the same, for another card with other keys. */
  readonly compare?: 'whole' | 'words'
}

/** Sends the commands again and holds the answers against the written ones. Throws {@link TranscriptError} where a command was not written down. */
export async function replay(lines: readonly TranscriptLine[], { transmit, reset, card, compare = 'whole' }: ReplayOptions): Promise<Replayed> {
  const differences: Difference[] = []
  let commands = 0
  let command = ''
  let answer: Uint8Array = new Uint8Array(0)
  for (const step of lines) {
    if (step.kind === 'card') await card?.(step.name)
    else if (step.kind === 'reset') await reset()
    else if (step.kind === 'command') {
      if (step.hex.includes('*')) throw new TranscriptError(step.line, 'a secret was left out of this command')
      command = step.hex
      answer = await transmit(fromHex(command))
      commands++
    } else {
      const [expected, got] = compare === 'words' ? [step.pattern.slice(-4), answer.subarray(-2)] : [step.pattern, answer]
      if (!answers(expected, got)) differences.push({ line: step.line, command, expected: step.pattern, got: toHex(answer) })
    }
  }
  return { commands, differences }
}

export interface Recorder {
  readonly transmit: Transmit
  reset(): void
  /** Everything so far, as text. */
  text(): string
}

/** `secrets`: whether PINs are written down; leave them out for a card of a living person. */
export function recorder(transmit: Transmit, options: { readonly title: string; readonly secrets: 'kept' | 'left out' }): Recorder {
  const lines = [`# ${options.title}`]
  return {
    async transmit(command) {
      const written = options.secrets === 'kept' ? toHex(command) : withoutSecret(command)
      const answer = await transmit(command)
      lines.push(`C: ${written}`, `R: ${toHex(answer)}`)
      return answer
    },
    reset: () => void lines.push('reset'),
    text: () => `${lines.join('\n')}\n`,
  }
}

/** VERIFY, CHANGE REFERENCE DATA and CHANGE KEY carry a PIN. */
function withoutSecret(command: Uint8Array): string {
  const c = parseCommand(command)
  if (c === null || c.data.length === 0 || !((c.cla & 0x80) === 0 ? [0x20, 0x24].includes(c.ins) : c.ins === 0x32)) return toHex(command)
  const at = c.extended ? 7 : 5
  return `${toHex(command.subarray(0, at))}${'**'.repeat(c.data.length)}${toHex(concat(command.subarray(at + c.data.length)))}`
}
