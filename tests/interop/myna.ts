/**
 * `MYNA=/path/to/myna node tests/interop/myna.ts` (as root, on Debian as for opensc.ts, with libopenjp2-tools): the virtual
 * card driven by the unmodified jpki/myna 0.5.1 (`git clone --branch 0.5.1 https://github.com/jpki/myna && go build`).
 * Last line: `N passed, M failed`.
 */
import type { Inserted } from './opensc-rig.ts'
import { pins, rerunPrivately, Rig } from './opensc-rig.ts'

const myna = process.env['MYNA'] ?? 'myna'
let passed = 0
let failed = 0

async function attempt(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
    passed++
    console.log(`PASS  ${name}`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}\n      ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Output of myna must show each of the patterns. */
async function shows(rig: Rig, args: readonly string[], ...patterns: readonly RegExp[]): Promise<void> {
  const { code, out } = await rig.run(myna, args)
  const text = Buffer.from(out, 'latin1').toString('utf8')
  for (const p of patterns) if (!p.test(text)) throw new Error(`${args.join(' ')} (${code}): no ${String(p)} in: ${text.trim()}`)
}

async function sameCertificate(rig: Rig, which: string, file: string, ...extra: readonly string[]): Promise<void> {
  const { stdout } = await rig.run(myna, ['jpki', 'cert', which, '-f', 'der', ...extra])
  if (Buffer.compare(stdout, rig.read(file)) !== 0) throw new Error(`not ${file}`)
}

async function all(rig: Rig, card: Inserted): Promise<void> {
  const pin = ['--pin', pins.text]
  await attempt('test', () => shows(rig, ['test'], /OK|成功|9000/))
  await attempt('pin status', () => shows(rig, ['pin', 'status'], /券面事項PIN\(A\):\tのこり10回/, /券面事項PIN\(B\):\tのこり10回/, /入力補助PIN:\tのこり 3回/, /入力補助PIN\(A\):\tのこり10回/, /入力補助PIN\(B\):\tのこり10回/, /JPKI認証用PIN:\tのこり 3回/, /JPKI署名用PIN:\tのこり 5回/))
  await attempt('text mynumber', () => shows(rig, ['text', 'mynumber', ...pin], /123456789018/))
  await attempt('text attr', () => shows(rig, ['text', 'attr', ...pin], /山田　花子/, /東京都千代田区霞が関２－１－２/, /19851107/, /女/))
  await attempt('text info', () => shows(rig, ['text', 'info'], /9000034|39303030303334|01030e01/i))
  await attempt('text signature', () => shows(rig, ['text', 'signature', ...pin], /[0-9a-f]{64}/i))
  await attempt('text cert', () => shows(rig, ['text', 'cert'], new RegExp(`\\[${[...'9000033'].map((c) => c.charCodeAt(0)).join(' ')} 8 5 `), new RegExp(` ${[...'1310121'].map((c) => c.charCodeAt(0)).join(' ')} 8 5 `)))
  await attempt('visual photo: a JPEG 2000 picture that OpenJPEG decodes', async () => {
    await rig.must(myna, ['visual', 'photo', ...pin, '-o', rig.path('photo.jp2')])
    await rig.must('opj_decompress', ['-i', rig.path('photo.jp2'), '-o', rig.path('photo.pgm')])
  })
  await attempt('jpki cert auth', () => sameCertificate(rig, 'auth', 'authentication.der'))
  await attempt('jpki cert authca', () => sameCertificate(rig, 'authca', 'ca-authentication.der'))
  await attempt('jpki cert signca', () => sameCertificate(rig, 'signca', 'ca-signature.der'))
  await attempt('jpki cert sign, with the password', () => sameCertificate(rig, 'sign', 'signature.der', '--pin', pins.signature))
  await attempt('a wrong password costs a try', async () => {
    const { code } = await rig.run(myna, ['jpki', 'cert', 'sign', '--pin', 'WRONG1'])
    if (code === 0) throw new Error('it was taken')
    const pin = card.chip.card.applications.flatMap((a) => (a.kind === 'jpki' ? a.files : [])).find((f) => f.id === 0x1b)
    if (pin?.type !== 'pin' || pin.left !== 4) throw new Error('no try was lost')
  })
  await attempt('pin change auth, and back', async () => {
    await rig.must(myna, ['pin', 'change', 'auth', '--pin', '1234', '--newpin', '9876'])
    await rig.must(myna, ['pin', 'change', 'auth', '--pin', '9876', '--newpin', '1234'])
  })
  await attempt('pin change sign', () => rig.must(myna, ['pin', 'change', 'sign', '--pin', pins.signature, '--newpin', 'XYZ789']).then(() => undefined))
}

async function main(): Promise<void> {
  const rig = new Rig()
  await rig.start()
  try {
    const card = await rig.insert(await rig.makeCard())
    await all(rig, card)
    await rig.eject(card)
  } finally {
    await rig.stop()
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

if (!rerunPrivately(import.meta.filename)) await main()
