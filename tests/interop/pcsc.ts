/**
 * `SMARTCARD=/path/to/node_modules/smartcard node tests/interop/pcsc.ts` (as root, on Debian with opensc pcscd vsmartcard-vpcd
 * openssl; the package: `npm install smartcard`, which needs a compiler and libpcsclite-dev): the client's `realCard` over
 * PC/SC, against the virtual card in a virtual reader, which PC/SC cannot tell from a real one. Last line: `N passed, M failed`.
 */
import { createHash, X509Certificate, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { realCard, type PcscModule, type RealCard } from '../../client/real-card.ts'
import { pins, rerunPrivately, Rig } from './opensc-rig.ts'

let passed = 0
let failed = 0

async function attempt(name: string, holds: () => Promise<boolean>): Promise<void> {
  const result = await holds().catch((error: unknown) => String(error))
  if (result === true) passed++
  else failed++
  console.log(`${result === true ? 'PASS' : 'FAIL'}  ${name}${typeof result === 'string' ? `\n      ${result}` : ''}`)
}

const where = process.env['SMARTCARD']
const pcsc = async (): Promise<PcscModule> => createRequire(import.meta.url)(where ?? 'smartcard') as PcscModule
const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest()
const reason = (run: Promise<unknown>): Promise<unknown> => run.then(() => 'none', (error: { reason?: unknown }) => error.reason)

async function all(rig: Rig, card: RealCard): Promise<void> {
  await attempt('the reader has the name that pcscd gives it', async () => card.reader.startsWith('Virtual PCD 00 00'))
  for (const [kind, pin] of [['authentication', pins.authentication], ['signature', pins.signature]] as const) {
    await attempt(`${kind}: the certificate is the one on the card, and its key signed`, async () => {
      const der = kind === 'authentication' ? await card.authenticationCertificate() : await card.signingCertificate(pin)
      const signed = kind === 'authentication' ? await card.authenticate(pin, digest('x')) : await card.sign(pin, digest('x'))
      return Buffer.compare(der, rig.read(`${kind}.der`)) === 0 && signed.outcome === 'signed' && verify('sha256', Buffer.from('x'), new X509Certificate(der).publicKey, signed.signature)
    })
  }
  await attempt('a wrong PIN costs a try, and the status says so', async () => {
    const wrong = await card.authenticate('0000', digest('x'))
    const { authentication } = await card.pinStatus()
    return wrong.outcome === 'wrong' && wrong.triesLeft === 2 && authentication === 2
  })
  await attempt('four items and My Number by the PIN of the input support', async () => {
    const items = await card.fourItems(pins.text)
    return 'name' in items && items.name === '山田　花子' && (await card.myNumber(pins.text)) === '123456789018'
  })
  await attempt('no login survives a reset', async () => {
    await card.authenticate(pins.authentication, digest('x'))
    await card.reset()
    return Buffer.from(await card.transmit(Uint8Array.from([0x00, 0xb0, 0x86, 0x00, 0x04]))).toString('hex') === '6986'
  })
  await attempt('a saved session holds the commands and no PIN', async () => {
    await card.save(rig.path('session.txt'))
    const text = readFileSync(rig.path('session.txt'), 'utf8')
    return text.includes('C: 00A4040C0AD392F000260100000001') && text.includes('C: 0020008004********') && !text.split('\n').some((line) => line.startsWith('C: ') && line.includes(Buffer.from(pins.authentication).toString('hex')))
  })
}

if (!rerunPrivately(import.meta.filename)) {
  const rig = new Rig()
  try {
    await attempt('without a service the reason is no-service', async () => (await reason(realCard({ pcsc }))) === 'no-service')
    await rig.start()
    await attempt('without a card the reason is no-card', async () => (await reason(realCard({ pcsc }))) === 'no-card')
    const inserted = await rig.insert(await rig.makeCard())
    await attempt('no reader of another name', async () => (await reason(realCard({ pcsc, reader: 'Elsewhere' }))) === 'no-card')
    const card = await realCard({ pcsc, trace: true })
    await all(rig, card)
    await card.close()
    await rig.eject(inserted)
  } finally {
    await rig.stop()
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}
