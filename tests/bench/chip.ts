/**
 * `node tests/bench/chip.ts`: commands a second in process, on one core, without signing (limit: at least 300,000), and
 * the time of a PIN-verified signature beside the bare RSA operation (limit: at most 1.2 times).
 */
import { constants, generateKeyPairSync, privateEncrypt, randomBytes, sign } from 'node:crypto'
import { fromHex } from '../../core/chip/apdu.ts'
import { execute, reset } from '../../core/chip/chip.ts'
import { generateKey, presentOrder, setPins, writeCertificate } from '../../core/chip/client.ts'
import { makeChip } from '../../core/chip/make.ts'
import { encodeOrder } from '../../core/chip/order.ts'
import { makeRecordKeys } from '../../core/chip/records.ts'
import { digestInfo } from '../../core/chip/rsa.ts'
import type { Chip, Random } from '../../core/chip/state.ts'

const random: Random = { bytes: (n) => Uint8Array.from(randomBytes(n)) }

/** A card as after hand-over. */
async function card(): Promise<Chip> {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let chip = makeChip({
    holder: { name: '山田　花子', address: '東京都千代田区霞が関２－１－２', birthDate: '1985-11-07', sex: '2' }, myNumber: '123456789018', cardNumber: '000000000000017',
    municipality: '13101', expiry: '2031-11-07', securityCode: '2285', orderKey: Uint8Array.from(issuer.publicKey.export({ format: 'der', type: 'spki' })),
    caCertificates: { signature: new Uint8Array(1000), authentication: new Uint8Array(1000) }, recordKeys: makeRecordKeys(random), freeSpace: { code: 0, data: 0, volatile: 0 },
  }, random)
  const transmit = async (command: Uint8Array): Promise<Uint8Array> => {
    const done = execute(chip, command, random)
    chip = done.chip
    return done.response
  }
  const order = encodeOrder({ cardNumber: chip.card.cardNumber, counter: 1, operation: { kind: 'PERSONALISE', certificates: ['authentication'] } })
  await presentOrder(transmit, order, Uint8Array.from(sign('sha256', order, issuer.privateKey)))
  await generateKey(transmit, 'authentication')
  await writeCertificate(transmit, 'authentication', Uint8Array.from([0x30, 0x82, 0x05, 0x00, ...new Uint8Array(0x500)]))
  await setPins(transmit, { authentication: '1234' })
  return reset(chip)
}

/** What OpenSC sends to look at a token: 27 commands, no signature. */
const look = [
  '00A4040C0AD392F000260100000001', '00A4020C020018', '00200080', '00A4020C02001B', '00200080', '00A4020C02000A', '00B0000004', '00B0000000', '00B0010000', '00B0020000', '00B0030000', '00B0040000', '00B0050004',
  '00A4020C020001', '00B0000004', '00A4020C02000B', '00B0000004', '00B0000000', '00A4020C020002', '00B0000004', '00B0000000', '00A4020C020018', '00200080', '002000800431323334', '00A4020C020017', '00B0860020', '0084000010',
].map(fromHex)

/** Seconds of a processor that this process has used: what else the machine does has no part in it. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function commandsPerSecond(chip: Chip, milliseconds: number): number {
  let current = chip
  let count = 0
  const end = performance.now() + milliseconds
  const started = processorSeconds()
  while (performance.now() < end) {
    for (const command of look) current = execute(current, command, random).chip
    count += look.length
  }
  return count / (processorSeconds() - started)
}

function medianMicroseconds(times: number, run: () => void): number {
  const samples = Array.from({ length: times }, () => {
    const started = performance.now()
    run()
    return (performance.now() - started) * 1000
  }).sort((a, b) => a - b)
  return samples[times >> 1]!
}

export async function benchChip(): Promise<{ readonly commands: number; readonly signatureRatio: number }> {
  const chip = await card()
  commandsPerSecond(chip, 300)
  const commands = commandsPerSecond(chip, 2000)
  const block = digestInfo(new Uint8Array(32))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const session = ['00A4040C0AD392F000260100000001', '00A4020C020018', '002000800431323334', '00A4020C020017'].map(fromHex)
  const command = Uint8Array.from([0x80, 0x2a, 0x00, 0x80, block.length, ...block, 0])
  const whole = (): void => {
    let current = chip
    for (const c of session) current = execute(current, c, random).chip
    if (execute(current, command, random).response.length !== 258) throw new Error('no signature')
  }
  const bare = (): void => void privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, block)
  medianMicroseconds(50, whole)
  medianMicroseconds(50, bare)
  const signing = medianMicroseconds(400, whole)
  const rsa = medianMicroseconds(400, bare)
  console.log(`chip: ${Math.round(commands).toLocaleString('en')} commands a second of one processor (limit 300,000: ${(commands / 300_000).toFixed(2)} times)`)
  console.log(`chip: SELECT, VERIFY and signature ${signing.toFixed(0)} µs, bare RSA-2048 ${rsa.toFixed(0)} µs (${(signing / rsa).toFixed(2)} times, limit 1.2)`)
  return { commands, signatureRatio: signing / rsa }
}

if (process.argv[1] === import.meta.filename) {
  const { commands, signatureRatio } = await benchChip()
  if (commands < 300_000 || signatureRatio > 1.2) process.exitCode = 1
}
