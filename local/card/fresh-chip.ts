/**
 * A chip that belongs to no register, for transcripts: the holder of the published JPKI test card, who never existed, with
 * an issuer of its own. `personalised` has both keys made on board and, where certificates go, octets shaped like some.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { execute, reset } from '../../core/chip/chip.ts'
import { closeOrder, generateKey, presentOrder, writeCertificate, type Transmit } from '../../core/chip/client.ts'
import { makeChip } from '../../core/chip/make.ts'
import { encodeOrder } from '../../core/chip/order.ts'
import { makeRecordKeys } from '../../core/chip/records.ts'
import type { Chip, Random } from '../../core/chip/state.ts'

export const freshChips = ['default', 'personalised', 'iso-blocked'] as const
export type FreshChip = (typeof freshChips)[number]

export const sample = {
  holder: { name: '黒桐　幹也', address: '東京都清瀬市観布子南１２－７－２０２', birthDate: '1980-02-17', sex: '1' },
  pins: { authentication: '1234', signature: 'ABC123', text: '5678', juki: '2468', common: '1357' },
  myNumber: '537686677188', cardNumber: '400000012719843', municipality: '13221', expiry: '2035-02-17', securityCode: '2285',
} as const

const shaped = (fill: number, length: number): Uint8Array => Uint8Array.from([0x30, 0x82, length >> 8, length & 0xff, ...new Uint8Array(length).fill(fill)])

export async function freshChip(kind: FreshChip, random: Random): Promise<Chip> {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let chip = makeChip({
    ...sample, caCertificates: { signature: shaped(0x53, 0x400), authentication: shaped(0x41, 0x400) }, orderKey: Uint8Array.from(issuer.publicKey.export({ format: 'der', type: 'spki' })),
    recordKeys: makeRecordKeys(random), freeSpace: { code: 32_768, data: 8192, volatile: 1024 }, ...(kind === 'iso-blocked' ? { blockedWord: 0x6983 } : {}),
  }, random)
  if (kind === 'default') return chip
  const transmit: Transmit = async (command) => {
    const done = execute(chip, command, random)
    chip = done.chip
    return done.response
  }
  const order = encodeOrder({ cardNumber: chip.card.cardNumber, counter: 1, operation: { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] } })
  await presentOrder(transmit, order, Uint8Array.from(sign('sha256', order, { key: issuer.privateKey, dsaEncoding: 'der' })))
  for (const [certificate, fill] of [['authentication', 0xaa], ['signature', 0x55]] as const) {
    await generateKey(transmit, certificate)
    await writeCertificate(transmit, certificate, shaped(fill, 0x2ff))
  }
  await closeOrder(transmit)
  return reset(chip)
}
