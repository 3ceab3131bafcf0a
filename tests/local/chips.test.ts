/** Cards of one machine: nothing is answered that was not kept. */
import { afterAll, beforeEach, expect, test } from 'vitest'
import { readCertificate, selectJpki, triesLeft, verifyPin } from '../../core/chip/client.ts'
import { openChip } from '../../core/chip/seal.ts'
import type { Chips } from '../../core/law/card/chips.ts'
import type { Opened } from '../../db/client.ts'
import { openStores } from '../../db/open.ts'
import { testSafe } from '../harness/safe.ts'
import { chipRoom, rsaStock, type ChipRoom } from '../../local/card/chips.ts'
import { fakeRandom, makeTestChip, personalisation } from '../chip/fixture.ts'
import { embeddedDatabase } from '../harness/database.ts'

const { cardNumber } = personalisation
const key = new Uint8Array(32).fill(7)
const pin = 0x18
let archive: Opened | undefined
let chips: Chips
let room: ChipRoom
const random = fakeRandom('room')
const reader = (session: string, of = room) => async (command: Uint8Array) => (await of.transmit(cardNumber, session, command))!

beforeEach(async () => {
  await archive?.close()
  archive = await embeddedDatabase()
  chips = openStores(archive.db, testSafe(archive.db)).chips
  room = chipRoom({ chips, key, random })
  await room.keep(makeTestChip())
})
afterAll(() => archive?.close())

const left = async (of = room) => {
  const transmit = reader('look', of)
  await selectJpki(transmit)
  return triesLeft(transmit, pin)
}
const wrong = async (session: string, of = room) => {
  const transmit = reader(session, of)
  await selectJpki(transmit)
  return verifyPin(transmit, pin, '9999')
}

test('a chip is kept sealed, once', async () => {
  const stored = (await chips.load(cardNumber))!
  expect(Buffer.from(stored.sealed).includes(cardNumber)).toBe(false)
  expect(openChip(stored.sealed, key).cardNumber).toBe(cardNumber)
  expect(await room.keep(makeTestChip())).toBe(false)
  expect([await room.transmit('000000000000000', 's', Uint8Array.of(0, 0xa4, 4, 0)), await room.reset('000000000000000', 's'), await room.read('000000000000000')]).toEqual([null, false, null])
})

test('the answer leaves after the save', async () => {
  const events: string[] = []
  const slow: Chips = { ...chips, load: (n) => chips.load(n), save: async (n, v, sealed) => { await new Promise((done) => setTimeout(done, 20)); const saved = await chips.save(n, v, sealed); events.push('saved'); return saved } }
  const of = chipRoom({ chips: slow, key, random })
  const result = await wrong('one', of)
  events.push('answered')
  expect([events, result]).toEqual([['saved', 'answered'], { outcome: 'wrong', triesLeft: 2 }])
  expect(await left(chipRoom({ chips, key, random }))).toBe(2)
})

test('reading saves nothing', async () => {
  const { version } = (await chips.load(cardNumber))!
  await readCertificate(reader('one'), 'authentication')
  expect((await chips.load(cardNumber))!.version).toBe(version)
})

test('a save that fails is no answer, and the next command starts from what is kept', async () => {
  let broken = true
  const of = chipRoom({ chips: { ...chips, load: (n) => chips.load(n), save: async (n, v, s) => { if (broken) throw new Error('disk'); return chips.save(n, v, s) } }, key, random })
  await expect(wrong('one', of)).rejects.toThrow('disk')
  broken = false
  expect(await left(of)).toBe(3)
})

test('of two rooms on one chip none forgets a try of the other', async () => {
  const other = chipRoom({ chips, key, random })
  await left(other)
  expect(await wrong('a')).toEqual({ outcome: 'wrong', triesLeft: 2 })
  expect(await wrong('b', other)).toEqual({ outcome: 'wrong', triesLeft: 1 })
  expect(await wrong('a')).toEqual({ outcome: 'blocked' })
})

test('eight readers at once spend exactly the tries there are', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => wrong(`r${i}`)))
  expect(answers.map((a) => (a.outcome === 'wrong' ? a.triesLeft : 0)).toSorted()).toEqual([0, 0, 0, 0, 0, 0, 1, 2])
})

test('sessions do not see each other, and a reset ends one', async () => {
  const [one, two] = [reader('one'), reader('two')]
  await selectJpki(one)
  expect(await verifyPin(one, pin, '1234')).toEqual({ outcome: 'verified' })
  await expect(triesLeft(two, pin)).rejects.toThrow(/select file/)
  expect(await room.reset(cardNumber, 'one')).toBe(true)
  await expect(triesLeft(one, pin)).rejects.toThrow(/select file/)
})

test('the stock hands out every key once, also when it is empty', async () => {
  const stock = rsaStock(random.bytes)
  try {
    await stock.fill(2)
    const keys = Array.from({ length: 3 }, () => Buffer.from(stock.random.rsaKey!()).toString('hex'))
    expect(new Set(keys).size).toBe(3)
  } finally {
    stock.stop()
  }
})
