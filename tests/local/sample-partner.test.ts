/** The sample app as its reader starts it: two processes, `npm start` and the app, nothing in memory between them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const data = mkdtempSync(join(tmpdir(), 'mynagate-sample-'))
let gateway: ChildProcess | null = null
afterAll(() => {
  gateway?.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

const start = (file: string, ...args: string[]): ChildProcess => spawn(process.execPath, [file, '--data', data, ...args], { cwd: new URL('../..', import.meta.url).pathname, env: { ...process.env, DATABASE_URL: '' } })

function output(child: ChildProcess): { readonly said: () => string; readonly ended: Promise<number | null> } {
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (part: Buffer) => { text += part.toString() })
  return { said: () => text, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

test('without a gateway it says what to do', async () => {
  const { said, ended } = output(start('local/play/sample-partner.ts'))
  expect([await ended, said()]).toEqual([1, `no gateway runs on ${data}: npm start\n`])
})

test('against npm start, from the request to the withdrawal; twice, because the second run finds what the first left', async () => {
  gateway = start('local/main.ts', '--port', '0', '--cards', 'hanako')
  const started = output(gateway)
  await expect.poll(() => started.said(), { timeout: 120_000 }).toContain('answers at http:')
  for (let run = 0; run < 2; run++) {
    const { said, ended } = output(start('local/play/sample-partner.ts'))
    const code = await ended
    expect([code, said()]).toEqual([0, expect.stringMatching(/^✓ 青空　花子 \(CURRENT, CERTIFICATE\); the address was not consented to: null\n✓ of age: true, and no date of birth has left\n✓ encrypted to sample-\S+: 青空　花子\n✓ trusts [^\n]+\n✓ receipt of \d+ characters: signed by the card and by the gateway\n✓ extended, only the address was asked for: 東京都清瀬市[^\n]+\n✓ withdrawn; the next call: CONSENT_NOT_IN_FORCE \(ご本人の同意が確認できません。\)\n$/) as string])
  }
}, 240_000)
