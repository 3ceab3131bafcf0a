/**
 * `node tests/interop/opensc.ts` (as root, on Debian with opensc pcscd vsmartcard-vpcd openssl gnutls-bin): the virtual card
 * in a virtual reader, driven by OpenSC's unmodified programs; then cards that each break one rule, which the same checks
 * must catch. Last line: `N passed, M failed`; the exit code is 1 where M is not 0.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromHex } from '../../core/chip/apdu.ts'
import { insert } from '../../core/chip/chip.ts'
import { openChip, sealChip } from '../../core/chip/seal.ts'
import { free, type Card, type Chip, type ElementaryFile } from '../../core/chip/state.ts'
import { blocked, checks, detection, nothingLeaks, queryCounts, signatureGuarded, signingCertificateGuarded, signs, type Check } from './opensc-checks.ts'
import { pins, rerunPrivately, Rig, type Change, type Inserted } from './opensc-rig.ts'

let passed = 0
let failed = 0

async function attempt(name: string, run: () => Promise<void>): Promise<void> {
  const started = performance.now()
  try {
    await run()
    passed++
    console.log(`PASS  ${name}  (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}\n      ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Runs with that card in the reader. */
async function withCard(rig: Rig, chip: Chip, run: (card: Inserted) => Promise<void>, change?: Change): Promise<Inserted> {
  const card = await rig.insert(chip, change)
  try {
    await run(card)
  } finally {
    await rig.eject(card)
  }
  return card
}

const changeFiles = (card: Card, change: (f: ElementaryFile) => ElementaryFile): Card =>
  ({ ...card, applications: card.applications.map((a) => ({ ...a, files: a.files.map(change) })) })
const word = (hex: string) => (command: Uint8Array, response: Uint8Array): Uint8Array => (command[1] === 0x20 && command.length <= 5 ? fromHex(hex) : response)

/** Each breaks one rule; the check named must fail on it. */
function mutants(chip: Chip): readonly { readonly name: string; readonly chip: Chip; readonly change?: Change; readonly caught: Check }[] {
  const of = (card: Card): Chip => ({ card, session: chip.session })
  let answers = 0
  return [
    { name: 'protected files readable without the PIN', chip: of(changeFiles(chip.card, (f) => (f.type === 'binary' && f.read > 0 ? { ...f, read: free } : f))), caught: signingCertificateGuarded },
    { name: 'signing without the PIN', chip: of(changeFiles(chip.card, (f) => (f.type === 'key' ? { ...f, use: free } : f))), caught: signatureGuarded },
    {
      name: 'security status kept over SELECT', chip, caught: nothingLeaks,
      change: (c, before, after, response) => ({ chip: c[1] === 0xa4 ? { card: after.card, session: { ...after.session, verified: before.session.verified } } : after, response }),
    },
    { name: '9000 from the retry query after VERIFY', chip, change: (c, before, after, response) => ({ chip: after, response: before.session.verified === 0 ? response : word('9000')(c, response) }), caught: queryCounts },
    {
      name: '6984 from the retry query when blocked', chip, caught: blocked,
      change: (c, _before, after, response) => ({ chip: after, response: response[0] === 0x63 && response[1] === 0xc0 ? word('6984')(c, response) : response }),
    },
    { name: 'no JPKI application', chip: of({ ...chip.card, applications: chip.card.applications.filter((a) => a.kind !== 'jpki') }), caught: detection },
    {
      name: 'the card dies during the run', chip, caught: signs('authentication', 'SHA256-RSA-PKCS'),
      change: (_c, _before, after, response) => {
        if (++answers === 30) throw new Error('dead')
        return { chip: after, response }
      },
    },
    { name: 'PINs other than those said', chip: of(changeFiles(chip.card, (f) => (f.type === 'pin' && f.id === 0x18 ? { ...f, value: otherPin(chip) } : f))), caught: signs('authentication', 'SHA256-RSA-PKCS') },
  ]
}

/** The value of another PIN of the card. */
function otherPin(chip: Chip) {
  const pin = chip.card.applications.flatMap((a) => a.files).find((f) => f.type === 'pin' && f.id === 0x11)
  return pin?.type === 'pin' ? pin.value : null
}

/** Every ATR that cards show, and one of a reader that invents its own. */
const atrs = [
  '3BE000FF8131FE4514', '3BDA13FF8131FB468012392F31C173C601C03B', '3BC5FF8131FB458073C6010000', '3BF59100FF918171FE400042000100D1D6', '3B888001000005E0B381A1007F', '3B888001004B51FF0081D100BC', '3B80800101',
]

async function main(): Promise<void> {
  const rig = new Rig()
  await rig.start()
  try {
    const chip = await rig.makeCard()
    await withCard(rig, chip, async (card) => {
      for (const check of checks) await attempt(check.name, () => check.run(rig, card))
    })
    let card: Inserted | null = null
    await attempt(blocked.name, async () => { card = await withCard(rig, chip, (c) => blocked.run(rig, c)) })
    await attempt('the blocked PIN stays blocked through seal, store and another insertion', async () => {
      const key = new Uint8Array(32).fill(3)
      const kept = insert(openChip(sealChip(card!.chip.card, key, { bytes: (n) => crypto.getRandomValues(new Uint8Array(n)) }), key))
      await withCard(rig, kept, async () => {
        const { out } = await rig.run('pkcs11-tool', ['--list-slots'])
        if (!out.includes('user PIN locked')) throw new Error(out)
      })
    })
    await attempt('with 6983 instead of 6984, OpenSC says CKR_PIN_LOCKED', async () => {
      await withCard(rig, { card: { ...card!.chip.card, blockedWord: 0x6983 }, session: chip.session }, async () => {
        const { out } = await rig.run('pkcs11-tool', ['--token-label', 'JPKI (User Authentication PIN)', '--login', '--pin', pins.authentication, '--list-objects'])
        if (!out.includes('CKR_PIN_LOCKED')) throw new Error(out)
      })
    })
    for (const atr of atrs) {
      await attempt(`recognised with ATR ${atr}`, async () => {
        await withCard(rig, { card: { ...chip.card, atr: fromHex(atr) }, session: chip.session }, (c) => detection.run(rig, c))
      })
    }
    await attempt('two cards in two readers at once', async () => {
      await withCard(rig, chip, async () => {
        const second = await rig.insert(await makeSecond(rig), undefined, 1)
        try {
          await sleep(1500)
          const out = await rig.must('opensc-tool', ['-l'])
          if ((out.match(/Yes/g)?.length ?? 0) !== 2) throw new Error(out)
          for (const reader of ['0', '1']) await rig.must('pkcs15-tool', ['--reader', reader, '--list-pins'])
        } finally {
          await second.presented.close()
        }
      })
    })
    for (const mutant of mutants(chip)) {
      await attempt(`caught: ${mutant.name}`, async () => {
        let seen: unknown = null
        await withCard(rig, mutant.chip, async (c) => { await mutant.caught.run(rig, c).catch((e: unknown) => { seen = e }) }, mutant.change)
        if (!(seen instanceof Error)) throw new Error(`not caught by: ${mutant.caught.name}`)
        console.log(`      ${seen.message.split('\n').at(-1)?.trim().slice(-160)}`)
      })
    }
  } finally {
    await rig.stop()
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

const makeSecond = async (rig: Rig): Promise<Chip> => {
  const keep = ['authentication', 'signature'].map((k) => [k, rig.read(`${k}.pub`), rig.read(`${k}.der`)] as const)
  const chip = await rig.makeCard({ cardNumber: '000000000000025' })
  for (const [k, pub, der] of keep) {
    rig.write(`${k}.pub`, pub)
    rig.write(`${k}.der`, der)
  }
  return chip
}

if (!rerunPrivately(import.meta.filename)) await main()
