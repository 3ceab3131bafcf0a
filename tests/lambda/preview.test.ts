/**
 * A preview as its reviewer meets it: every door of the counter's API behind the routes of the stack, the authority woken by
 * the queue, and the script of the workflow that plays a test person through them. Then a browser logs in to the pages.
 */
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { root } from '../infra/synthesise.ts'
import { queueEvent } from './events.ts'
import { routesOf, startFront, type Front } from './front.ts'
import { startRig, type Rig } from './rig.ts'
import type { Lambda } from './runtime.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynagate-preview-'))
let rig: Rig
let front: Front
let pumping: Promise<void>
let ended = false
const lambdas = new Map<string, Lambda>()

beforeAll(async () => {
  rig = await startRig()
  const ceremony = await rig.open('ceremony')
  await ceremony.invoke({ authorities: ['signature', 'authentication'], by: 'preview' })
  front = await startFront(routesOf(rig.site, 'Counter'), (door, event) => lambdas.get(door)!.invoke(event))
  const names = { AUDIENCE: front.url, ISSUER_URL: `${front.url}/oauth` }
  for (const door of ['graphql', 'pages', 'sandbox', 'authority']) lambdas.set(door, await rig.open(door, door === 'authority' ? {} : door === 'graphql' ? names : { AUDIENCE: front.url }))
  pumping = bell()
})
afterAll(async () => {
  ended = true
  await pumping
  await front?.close()
  await rig?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The event source: what is in the queue wakes the authority, one message at a time. */
async function bell(): Promise<void> {
  for (let next = 0; !ended; await new Promise((wait) => setTimeout(wait, 50))) {
    for (; next < rig.cloud.messages.length && !ended; next++) await lambdas.get('authority')!.invoke(queueEvent(rig.cloud.messages[next])).catch((fault: unknown) => process.stderr.write(`authority: ${String(fault)}\n`))
  }
}

async function play(): Promise<{ readonly status: number | null; readonly out: string }> {
  // The command line of AWS, as far as the step asks it.
  const aws = join(folder, 'aws')
  writeFileSync(aws, `#!/usr/bin/env bash\nset -euo pipefail\n[ "$1 $2 $3" = 's3 cp --only-show-errors' ]\n[[ "$4" == s3://preview-bucket/* ]]\ncurl -sSf -o "$5" "${rig.cloud.other}/sandbox/\${4#s3://preview-bucket/}"\n`)
  chmodSync(aws, 0o755)
  const child = spawn('bash', [join(root, '.github/workflows/steps/play.sh'), front.url, 'preview-bucket'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: `${folder}:${process.env['PATH']}` } })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => { out += part.toString() })
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { status, out: status === 0 ? out : `${out}\n${lambdas.get('sandbox')!.output.join('').slice(-4_000)}` }
}

test('the script of the workflow plays a test person through the deployed doors', async () => {
  const { status, out } = await play()
  // A busy machine starts the sandbox at the second knock: what the script said meanwhile is not looked at.
  const said = status === 0 ? out.replace(/^(?!✓).*\n/gm, '') : out
  expect([status, said]).toEqual([0, expect.stringMatching(/^✓ hanako has the card \d{15}\n✓ logged in at the bank as \S+…, IAL3 AAL3\n✓ the bank reads 青空　花子, 東京都清瀬市\S+, and no more\n✓ withdrawn; the next call: CONSENT_NOT_IN_FORCE\n$/u) as string])
  expect(rig.cloud.asked.filter((line) => line.startsWith('SandboxRole')).filter((line) => !line.endsWith(' allowed'))).toEqual([])
  // Made once: a second run finds person, card and keys as the first left them.
  expect((await play()).status).toBe(0)
}, 600_000)

test('a browser logs in to the pages as a test person, with its card', async () => {
  const jar = new Map<string, string>()
  const visit = async (to: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
    const answer = await fetch(new URL(to, front.url), {
      redirect: 'manual', method: form === undefined ? 'GET' : 'POST', headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), ...(form === undefined ? {} : { origin: front.url, 'content-type': 'application/x-www-form-urlencoded' }) },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name!)
      else jar.set(name!, value!)
    }
    return answer
  }
  const follow = async (to: string): Promise<{ readonly at: string; readonly text: string }> => {
    for (let at = to, hops = 0; hops < 10; hops++) {
      const answer = await visit(at)
      const location = answer.headers.get('location')
      if (location === null) return { at, text: await answer.text() }
      at = new URL(location, new URL(at, front.url)).href
    }
    throw new Error('sent round in circles')
  }
  const hidden = (text: string, name: string): string => new RegExp(`name="${name}" value="([^"]+)"`).exec(text)![1]!

  const asked = await follow('/pages/login?next=%2Fpages%2Fme')
  expect(new URL(asked.at).pathname).toBe('/pages/signin')
  expect(asked.text).toContain('<option value="hanako">')
  const [uid, csrf] = [hidden(asked.text, 'uid'), hidden(asked.text, 'csrf')]
  const { challenge, text } = (await (await visit('/pages/signin/challenge', { uid, csrf })).json()) as { challenge: string; text: string }
  const card = await sandboxCard('hanako', { url: front.url })
  const signed = await card.authenticate('1234', createHash('sha256').update(text).digest())
  if (signed.outcome !== 'signed') throw new Error(signed.outcome)
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const sent = await visit('/pages/signin', { uid, csrf, card: 'hanako', challenge, certificate: base64(await card.authenticationCertificate()), signature: base64(signed.signature) })
  expect(sent.status).toBe(303)
  await follow(new URL(sent.headers.get('location')!, front.url).href)
  const mine = await visit('/pages/me')
  expect([mine.status, await mine.text()]).toEqual([200, expect.stringContaining('見本銀行')])
}, 300_000)

test('the page for developers shows the test persons', async () => {
  const page = await fetch(new URL('/pages/developer', front.url))
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<code>hanako</code>')])
}, 120_000)
