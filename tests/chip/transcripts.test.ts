/**
 * Conversations with the card, as files. Lines: `# comment`, `card: default | personalised | iso-blocked`, `reset`,
 * `C: command` and `R: answer`. In an answer `*` is any number of octets, `*n` exactly n.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { reset } from '../../core/chip/chip.ts'
import type { Chip } from '../../core/chip/state.ts'
import { makePersonalisedChip, makeTestChip, Reader } from './fixture.ts'

const folder = new URL('./transcripts/', import.meta.url)
const cards: Record<string, () => Promise<Chip>> = {
  default: async () => makeTestChip(),
  personalised: () => makePersonalisedChip(),
  'iso-blocked': () => makePersonalisedChip({ blockedWord: 0x6983 }),
}
const made: Record<string, Chip> = {}

const pattern = (answer: string): RegExp =>
  new RegExp(`^${answer.replace(/\s+/g, '').replace(/\*(\d*?)(?=[0-9A-F]{4}$)/, (_, n: string) => (n === '' ? '(..)*' : `(..){${n}}`))}$`)

describe('transcripts', () => {
  beforeAll(async () => {
    for (const [name, make] of Object.entries(cards)) made[name] = await make()
  })

  it.each(readdirSync(folder).filter((f) => f.endsWith('.txt')))('%s', (name) => {
    let reader = new Reader(made['default']!)
    let answer = ''
    let commands = 0
    readFileSync(new URL(name, folder), 'utf8').split('\n').forEach((raw, i) => {
      const line = raw.replace(/#.*$/, '').trim()
      const where = `${name}:${i + 1} ${line}`
      if (line === '') return
      if (line === 'reset') reader.chip = reset(reader.chip)
      else if (line.startsWith('card: ')) reader = new Reader(made[line.slice(6)]!)
      else if (line.startsWith('C: ')) {
        answer = reader.apdu(line.slice(3))
        commands++
      } else if (line.startsWith('R: ')) expect(answer, where).toMatch(pattern(line.slice(3)))
      else throw new Error(`unreadable line ${where}`)
    })
    expect(commands).toBeGreaterThan(0)
  })
})
