/** Conversations with the card, as files: each client's opening and each rule (the form: core/chip/transcript.ts). */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../core/chip/apdu.ts'
import { reset } from '../../core/chip/chip.ts'
import type { Chip } from '../../core/chip/state.ts'
import { answers, parseTranscript, recorder, replay, TranscriptError } from '../../core/chip/transcript.ts'
import { makePersonalisedChip, makeTestChip, Reader } from './fixture.ts'

const folder = new URL('./transcripts/', import.meta.url)
const cards: Record<string, () => Promise<Chip>> = {
  default: async () => makeTestChip(),
  personalised: () => makePersonalisedChip(),
  'iso-blocked': () => makePersonalisedChip({ blockedWord: 0x6983 }),
}
const made: Record<string, Chip> = {}
beforeAll(async () => {
  for (const [name, make] of Object.entries(cards)) made[name] = await make()
})

const play = (text: string, compare: 'whole' | 'words' = 'whole') => {
  let reader = new Reader(made['default']!)
  return replay(parseTranscript(text), {
    transmit: (command) => reader.transmit(command), compare,
    reset: async () => { reader.chip = reset(reader.chip) },
    card: async (name) => { reader = new Reader(made[name]!) },
  })
}

describe('transcripts', () => {
  it.each(readdirSync(folder).filter((f) => f.endsWith('.txt')))('%s', async (name) => {
    const { commands, differences } = await play(readFileSync(new URL(name, folder), 'utf8'))
    expect(differences).toEqual([])
    expect(commands).toBeGreaterThan(0)
  })

  it('tells where another answer came', async () => {
    const text = 'C: 00A4040C0AD392F000260100000001\nR: 9000\n# the label\nC: 00B0860004\nR: 4A504B4A9000\n'
    expect((await play(text)).differences).toEqual([{ line: 5, command: '00B0860004', expected: '4A504B4A9000', got: '4A504B499000' }])
    expect((await play(text, 'words')).differences).toEqual([])
    expect((await play(text.replace('4A504B4A9000', '6982'), 'words')).differences).toHaveLength(1)
  })

  it.each(['C: 00A404A', 'C:', 'C: GG', 'R: 9000', 'C: 00A40000\nR: 90', 'C: 00A40000\nR: *X9000', 'X: 00', 'card:', 'C: 00A40000\nreset\nR: 9000'])('does not read %j', (text) => {
    expect(() => parseTranscript(text)).toThrow(TranscriptError)
  })

  it.each([['9000', '9000', true], ['*9000', '9000', true], ['*9000', 'AABB9000', true], ['AA*9000', 'BB9000', false], ['*2 9000', 'AABB9000', true], ['*2 9000', 'AA9000', false], ['*9000', '6982', false], ['aa9000', 'AA9000', true]])('%s for %s: %s', (written, answer, same) => {
    const [, line] = parseTranscript(`C: 00A40000\nR: ${written}`)
    expect(answers((line as { pattern: string }).pattern, Buffer.from(answer, 'hex'))).toBe(same)
  })

  it('what is recorded is replayed to the same answers', async () => {
    const reader = new Reader(made['personalised']!)
    const record = recorder(reader.transmit, { title: 'a login', secrets: 'kept' })
    for (const hex of ['00A4040C0AD392F000260100000001', '002000980431323334', '802A0097010100', '00B08A00000000']) await record.transmit(Buffer.from(hex, 'hex'))
    record.reset()
    reader.chip = reset(reader.chip)
    await record.transmit(Buffer.from('802A0097010100', 'hex'))
    const text = record.text()
    expect(text.split('\n').slice(0, 3)).toEqual(['# a login', 'C: 00A4040C0AD392F000260100000001', 'R: 9000'])
    expect(await play(`card: personalised\n${text}`)).toEqual({ commands: 5, differences: [] })
  })

  it('leaves PINs out where asked, and nothing else; what was left out is not replayed', async () => {
    const reader = new Reader(made['personalised']!)
    const record = recorder(reader.transmit, { title: 'secrets', secrets: 'left out' })
    const sent = ['00A4040C0AD392F000260100000001', '002000980431323334', '00200098', '00240198 04 35363738', '00 20 00 98 000004 35363738', '80320080 04 31333537']
    for (const hex of sent) await record.transmit(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    const written = record.text().split('\n').filter((line) => line.startsWith('C: '))
    expect(written).toEqual(['C: 00A4040C0AD392F000260100000001', 'C: 0020009804********', 'C: 00200098', 'C: 0024019804********', 'C: 00200098000004********', 'C: 8032008004********'])
    expect(record.text()).not.toContain(toHex(Buffer.from('1234')))
    await expect(play(record.text())).rejects.toThrow('line 4: a secret was left out of this command')
  })
})
