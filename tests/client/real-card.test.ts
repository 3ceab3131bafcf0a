/** The card over PC/SC, with a stand-in for the package; the package itself is tried in tests/interop/pcsc.ts. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realCard, type PcscModule } from '../../client/real-card.ts'
import { reset } from '../../core/chip/chip.ts'
import { makeTestChip, pins, Reader } from '../chip/fixture.ts'

/** Readers by name, with a card or none; what was done to the card is written down. */
function standIn(readers: Readonly<Record<string, Reader | null>>, done: string[] = []): () => Promise<PcscModule> {
  const connect = (card: Reader | null) => async (share: number, protocol: number) => {
    done.push(`connect ${share} ${protocol}`)
    if (card === null) throw new Error('no smart card inserted')
    return {
      atr: card.chip.card.atr, transmit: async (command: Buffer, { maxRecvLength }: { maxRecvLength: number }) => card.send(Uint8Array.from(command)).subarray(0, maxRecvLength),
      reconnect: async (_share: number, _protocol: number, initialization: number) => {
        done.push(`reconnect ${initialization}`)
        card.chip = reset(card.chip)
        return 2
      },
      disconnect: (disposition: number) => void done.push(`disconnect ${disposition}`),
    }
  }
  class Context {
    listReaders() {
      return Object.entries(readers).map(([name, card]) => ({ name, connect: connect(card) }))
    }
    close(): void {
      done.push('close')
    }
  }
  return async () => ({ Context, SCARD_SHARE_SHARED: 2, SCARD_PROTOCOL_T0: 1, SCARD_PROTOCOL_T1: 2, SCARD_LEAVE_CARD: 0, SCARD_RESET_CARD: 1 })
}

describe('realCard', () => {
  test('takes the first reader with a card, or the one that is named', async () => {
    const readers = { 'Empty 0': null, 'First 1': new Reader(makeTestChip()), 'Second 2': new Reader(makeTestChip()) }
    expect((await realCard({ pcsc: standIn(readers) })).reader).toBe('First 1')
    expect((await realCard({ pcsc: standIn(readers), reader: 'Second' })).reader).toBe('Second 2')
  })

  test('has the operations of the sandbox card; closing it leaves no login and lets go', async () => {
    const done: string[] = []
    const reader = new Reader(makeTestChip())
    const card = await realCard({ pcsc: standIn({ one: reader }, done) })
    expect(await card.fourItems(pins.text)).toMatchObject({ name: '黒桐　幹也' })
    expect(await card.authenticate('0000', createHash('sha256').digest())).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect(await card.pinStatus()).toEqual({ authentication: 2, signature: 5, text: 3, juki: 3, common: 3 })
    await card.fourItems(pins.text)
    await card.close()
    expect(reader.chip.session.verified).toBe(0)
    expect(done).toEqual(['connect 2 3', 'reconnect 1', 'disconnect 0', 'close'])
  })

  test('a trace holds no PIN', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'real-'))
    try {
      const card = await realCard({ pcsc: standIn({ one: new Reader(makeTestChip()) }), trace: true })
      await card.changePin('text', pins.text, '9876')
      await card.save(join(folder, 'trace.txt'))
      const commands = readFileSync(join(folder, 'trace.txt'), 'utf8').split('\n').filter((line) => line.startsWith('C: '))
      expect(commands.slice(-2)).toEqual(['C: 0020008004********', 'C: 0024018004********'])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test.each([
    ['no-package', {}, /npm install smartcard/],
    ['no-card', { pcsc: standIn({}) }, /^no reader$/],
    ['no-card', { pcsc: standIn({}), reader: 'X' }, /^no reader called X$/],
    ['no-card', { pcsc: standIn({ a: null, b: null }) }, /^no card in a, b$/],
    ['no-service', { pcsc: async () => ({ ...(await standIn({})()), Context: class { constructor() { throw new Error('service not available') } } as never }) }, /is pcscd running\?\): service not available/],
  ] as const)('%s: %o', async (reason, options, message) => {
    await expect(realCard(options)).rejects.toMatchObject({ name: 'NoReader', reason, message: expect.stringMatching(message) })
  })

  test('the context is let go of where there is no card', async () => {
    const done: string[] = []
    await expect(realCard({ pcsc: standIn({ a: null }, done) })).rejects.toThrow()
    expect(done.at(-1)).toBe('close')
  })
})
