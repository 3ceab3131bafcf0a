/** The play of the previews, where everybody can run it: the script that the workflow runs, against `npm start`. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const data = mkdtempSync(join(tmpdir(), 'mynagate-play-'))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

function run(...args: string[]): { readonly said: () => string; readonly ended: Promise<number | null> } {
  const child = spawn(process.execPath, args, { cwd: new URL('../..', import.meta.url).pathname, env: { ...process.env, DATABASE_URL: '' } })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => { text += part.toString() })
  return { said: () => text, ended: new Promise((resolve) => child.once('close', resolve)) }
}

test('card, login, consent, exactly the items, and no once it is withdrawn', async () => {
  const gateway = run('local/main.ts', '--data', data, '--port', '0', '--cards', 'hanako')
  const address = /answers at (http:\/\/[^\s/]+)/
  await expect.poll(gateway.said, { timeout: 240_000 }).toMatch(address)
  const play = run('.github/workflows/steps/play.ts', address.exec(gateway.said())![1]!, join(data, 'keys'))
  const code = await play.ended
  expect([code, play.said()]).toEqual([0, expect.stringMatching(/^(  no card yet: [^\n]+\n)*✓ hanako has the card \S+\n✓ logged in at the bank as \S{8}…, IAL3 AAL3\n✓ the bank reads 青空　花子, 東京都清瀬市[^\n]+, and no more\n✓ withdrawn; the next call: CONSENT_NOT_IN_FORCE\n$/) as string])
}, 480_000)
