/**
 * The virtual cards of one gateway: a command in, the answer out, and between the two the chip is saved by
 * compare-and-set. A kill at any moment loses no counter of a PIN and no key that an answer spoke of.
 *
 * A session is what a reader holds: volatile state, kept here only, one per token that the caller chooses. It ends with a
 * reset, or when somebody else changed which applications the card has. Chips in use are remembered opened; where another
 * process changed one meanwhile, the save sees it and the command runs again on what is stored.
 */
import { generateKeyPair, generateKeyPairSync } from 'node:crypto'
import { promisify } from 'node:util'
import { execute, insert, reset } from '../../core/chip/chip.ts'
import { openChip, sealChip } from '../../core/chip/seal.ts'
import { powerOn, type Card, type Chip, type Random, type Session } from '../../core/chip/state.ts'
import type { Chips } from '../../core/law/card/chips.ts'

export interface ChipRoom {
  /** Null where there is no chip of that number. */
  transmit(cardNumber: string, session: string, command: Uint8Array): Promise<Uint8Array | null>
  /** False where there is no chip of that number. */
  reset(cardNumber: string, session: string): Promise<boolean>
  /** The persistent part. */
  read(cardNumber: string): Promise<Card | null>
  /** Keeps a new chip. False where there is one of that number. */
  keep(chip: Chip): Promise<boolean>
}

export interface ChipRoomOptions {
  readonly chips: Chips
  /** Seals what is kept: 32 octets. */
  readonly key: Uint8Array
  readonly random: Random
}

/** What nobody used for long makes room for new ones. */
const mostSessions = 1_000
const mostChips = 64

export function chipRoom({ chips, key, random }: ChipRoomOptions): ChipRoom {
  const sessions = new Map<string, { readonly session: Session; readonly applications: string }>()
  const turns = new Map<string, Promise<unknown>>()
  const opened = new Map<string, { readonly card: Card; readonly version: number }>()

  /** One command at a time per card, as in a reader. */
  const inTurn = <T>(cardNumber: string, run: () => Promise<T>): Promise<T> => {
    const mine = (turns.get(cardNumber) ?? Promise.resolve()).catch(() => undefined).then(run)
    turns.set(cardNumber, mine)
    void mine.catch(() => undefined).finally(() => { if (turns.get(cardNumber) === mine) turns.delete(cardNumber) })
    return mine
  }
  const remember = (name: string, chip: Chip): void => {
    sessions.delete(name)
    if (chip.session !== powerOn) sessions.set(name, { session: chip.session, applications: applicationsOf(chip.card) })
    if (sessions.size > mostSessions) sessions.delete(sessions.keys().next().value!)
  }

  async function open(cardNumber: string): Promise<{ readonly card: Card; readonly version: number } | null> {
    const present = opened.get(cardNumber)
    if (present !== undefined) return present
    const stored = await chips.load(cardNumber)
    if (stored === null) return null
    const found = { card: openChip(stored.sealed, key), version: stored.version }
    opened.set(cardNumber, found)
    if (opened.size > mostChips) opened.delete(opened.keys().next().value!)
    return found
  }

  async function once(cardNumber: string, session: string, command: Uint8Array): Promise<Uint8Array | null | 'again'> {
    const stored = await open(cardNumber)
    if (stored === null) return null
    const { card } = stored
    const name = `${cardNumber} ${session}`
    const held = sessions.get(name)
    const before: Chip = held !== undefined && held.applications === applicationsOf(card) ? { card, session: held.session } : insert(card)
    const { chip, response } = execute(before, command, random)
    if (chip.card !== before.card) {
      // Forgotten first: if the save fails, nobody goes on from a state that was never kept.
      opened.delete(cardNumber)
      if (!(await chips.save(cardNumber, stored.version, sealChip(chip.card, key, random)))) return 'again'
      opened.set(cardNumber, { card: chip.card, version: stored.version + 1 })
    }
    remember(name, chip)
    return response
  }

  return {
    transmit: (cardNumber, session, command) => inTurn(cardNumber, async () => {
      for (let tries = 0; tries < 10; tries++) {
        const answer = await once(cardNumber, session, command)
        if (answer !== 'again') return answer
      }
      throw new Error(`the chip ${cardNumber} kept changing`)
    }),
    reset: (cardNumber, session) => inTurn(cardNumber, async () => {
      sessions.delete(`${cardNumber} ${session}`)
      return (await open(cardNumber)) !== null
    }),
    read: (cardNumber) => inTurn(cardNumber, async () => (await open(cardNumber))?.card ?? null),
    keep: (chip) => chips.create(chip.card.cardNumber, sealChip(reset(chip).card, key, random)),
  }
}

const applicationsOf = (card: Card): string => card.applications.map((a) => Buffer.from(a.aid).toString('hex')).join(' ')

/** Draws RSA keys beside the event loop, a few in advance: on board it takes a tenth of a second each, and blocks. */
export function rsaStock(bytes: Random['bytes'], size = 2): { readonly random: Random; fill(n: number): Promise<void>; stop(): void } {
  const draw = promisify(generateKeyPair)
  const stock: Uint8Array[] = []
  let drawing: Promise<void> | null = null
  let stopped = false
  let wanted = 0
  const refill = (): Promise<void> => (drawing ??= (async () => {
    while (stock.length < wanted && !stopped) {
      const made = await Promise.all(Array.from({ length: Math.min(2, wanted - stock.length) }, () => draw('rsa', { modulusLength: 2048, publicExponent: 0x10001 })))
      stock.push(...made.map((pair) => Uint8Array.from(pair.privateKey.export({ type: 'pkcs8', format: 'der' }))))
    }
  })().finally(() => { drawing = null }))
  return {
    random: {
      bytes,
      rsaKey: () => {
        const key = stock.shift()
        wanted = size
        setImmediate(() => void refill())
        return key ?? drawNow()
      },
    },
    /** Resolves once `n` keys are there. */
    async fill(n) {
      wanted = Math.max(wanted, n)
      while (stock.length < n && !stopped) await refill()
    },
    stop: () => { stopped = true },
  }
}

function drawNow(): Uint8Array {
  return Uint8Array.from(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x10001 }).privateKey.export({ type: 'pkcs8', format: 'der' }))
}
