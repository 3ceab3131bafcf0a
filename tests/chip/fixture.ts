/**
 * A chip for tests: keys from a small pool made once per run, randomness from a counter, an issuer and a holder that
 * never existed (the holder of the published JPKI test card).
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { parseResponse, toHex, fromHex } from '../../core/chip/apdu.ts'
import { execute, reset } from '../../core/chip/chip.ts'
import { generateKey, writeCertificate, type Transmit } from '../../core/chip/client.ts'
import { makeChip, type Personalisation } from '../../core/chip/make.ts'
import { encodeOrder, type Operation } from '../../core/chip/order.ts'
import { makeRecordKeys } from '../../core/chip/records.ts'
import { concat, type Chip, type Random } from '../../core/chip/state.ts'
import { tlv } from '../../core/chip/tlv.ts'
import { sample } from '../../local/card/fresh-chip.ts'

const pool = Array.from({ length: 4 }, () =>
  Uint8Array.from(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'der', type: 'pkcs8' })))

export function fakeRandom(seed = 'chip'): Random {
  let block = 0
  let key = 0
  return {
    bytes(n) {
      const parts: Uint8Array[] = []
      for (let have = 0; have < n; have += 32) parts.push(createHash('sha256').update(`${seed} ${block++}`).digest())
      return Uint8Array.from(concat(...parts).subarray(0, n))
    },
    rsaKey: () => pool[key++ % pool.length]!,
  }
}

export const recordKeys = makeRecordKeys(fakeRandom('records'))
const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const orderKey = Uint8Array.from(issuer.publicKey.export({ format: 'der', type: 'spki' }))

export const { holder, pins } = sample
const ca = (name: string): Uint8Array => Uint8Array.from(Buffer.concat([Buffer.from([0x30, 0x82, 0x04, 0x00]), Buffer.alloc(0x400, name)]))

export const personalisation: Personalisation = {
  ...sample, caCertificates: { signature: ca('S'), authentication: ca('A') }, orderKey, recordKeys, freeSpace: { code: 32_768, data: 8192, volatile: 1024 },
}

/** A chip is immutable: the one without changes is made once. */
const plain = makeChip(personalisation, fakeRandom())
export const makeTestChip = (over: Partial<Personalisation> = {}): Chip =>
  Object.keys(over).length === 0 ? plain : makeChip({ ...personalisation, ...over }, fakeRandom())

/** A card in a reader: keeps the chip between commands. */
export class Reader {
  chip: Chip
  readonly random: Random
  constructor(chip: Chip, random: Random = fakeRandom('reader')) {
    this.chip = chip
    this.random = random
  }

  send(command: Uint8Array): Uint8Array {
    const done = execute(this.chip, command, this.random)
    this.chip = done.chip
    return done.response
  }

  /** Hex in, hex out. */
  apdu(hex: string): string {
    return toHex(this.send(fromHex(hex)))
  }

  /** The status word alone. */
  word(hex: string): string {
    return parseResponse(this.send(fromHex(hex)))!.sw.toString(16).toUpperCase().padStart(4, '0')
  }

  readonly transmit: Transmit = async (command) => this.send(command)
}

export const signOrder = (order: Uint8Array, key = issuer.privateKey): Uint8Array => Uint8Array.from(sign('sha256', order, { key, dsaEncoding: 'der' }))

/** An order for the card of that reader, with the next counter. */
export function order(reader: Reader, operation: Operation, counter = reader.chip.card.orderCounter + 1): { order: Uint8Array; signature: Uint8Array } {
  const bytes = encodeOrder({ cardNumber: reader.chip.card.cardNumber, counter, operation })
  return { order: bytes, signature: signOrder(bytes) }
}

/** Presents it as one APDU; answers the response. */
export function present(reader: Reader, operation: Operation, counter?: number): Uint8Array {
  const { order: bytes, signature } = order(reader, operation, counter)
  const body = concat(bytes, tlv(0x9e, signature))
  return reader.send(concat(Uint8Array.of(0x80, 0xda, 0x01, 0x00, 0, body.length >> 8, body.length & 0xff), body, Uint8Array.of(0, 0)))
}

/** Shaped like a certificate as far as a card can tell: `30 82 hh ll` and that many octets. */
export const shapedCertificate = (fill: number, length = 0x2ff): Uint8Array =>
  Uint8Array.from([0x30, 0x82, length >> 8, length & 0xff, ...Array.from({ length }, () => fill)])

/** With both key pairs made on board and both certificates written, as after hand-over. */
export async function makePersonalisedChip(over: Partial<Personalisation> = {}): Promise<Chip> {
  const reader = new Reader(makeTestChip(over))
  present(reader, { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] })
  for (const [kind, fill] of [['authentication', 0xaa], ['signature', 0x55]] as const) {
    await generateKey(reader.transmit, kind)
    await writeCertificate(reader.transmit, kind, shapedCertificate(fill))
  }
  return reset(reader.chip)
}
