/** `npm start` as a process: one per folder, nothing acknowledged is lost by a kill, a clean end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { tooOld } from '../../local/runtime.ts'

const data = mkdtempSync(join(tmpdir(), 'mynagate-main-'))
const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

interface Run { readonly child: ChildProcess; readonly out: () => string; readonly err: () => string; readonly end: Promise<number | null> }

function run(file: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [file, ...args], { cwd: new URL('../..', import.meta.url).pathname, env: { ...process.env, DATABASE_URL: '' } })
  children.add(child)
  let [out, err] = ['', '']
  child.stdout!.on('data', (part: Buffer) => { out += part.toString() })
  child.stderr!.on('data', (part: Buffer) => { err += part.toString() })
  const end = new Promise<number | null>((resolve) => child.once('exit', (code) => { children.delete(child); resolve(code) }))
  return { child, out: () => out, err: () => err, end }
}

async function start(...args: string[]): Promise<Run & { readonly url: string }> {
  const started = run('local/main.ts', '--port', '0', '--data', data, ...args)
  const ended = started.end.then((code) => { throw new Error(`ended with ${code}: ${started.err()}`) })
  for (;;) {
    const url = /answers at (http:\S+)/.exec(started.out())?.[1]
    if (url !== undefined) return { ...started, url }
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), ended])
  }
}

const digest = new Uint8Array(32)

/** What a card says to a reader that asks for its ATR, resets it and selects the JPKI application. */
async function inVirtualReader(): Promise<string[]> {
  const said: string[] = []
  const frame = (content: Buffer): Buffer => Buffer.concat([Buffer.of(content.length >> 8, content.length & 0xff), content])
  const vpcd = createServer((socket) => {
    socket.on('data', (part: Buffer) => {
      said.push(part.subarray(2).toString('hex'))
      if (said.length > 1) return void socket.end()
      socket.write(Buffer.concat([frame(Buffer.of(1)), frame(Buffer.of(2)), frame(Buffer.from('00A4040C0AD392F000260100000001', 'hex'))]))
    })
    socket.write(frame(Buffer.of(4)))
  }).listen(0, '127.0.0.1')
  await once(vpcd, 'listening')
  const cli = run('local/cli.ts', 'card', '--persona', 'hanako', '--vpcd', `127.0.0.1:${(vpcd.address() as AddressInfo).port}`, '--data', data)
  expect([await cli.end, cli.err()]).toEqual([0, ''])
  vpcd.close()
  return said
}

describe('npm start', () => {
  test('a second process on the folder is refused with one line; what was acknowledged before a kill is there after it', async () => {
    const first = await start('--cards', 'hanako')
    expect(first.out().trim().split('\n').length).toBeLessThanOrEqual(12)

    const second = run('local/main.ts', '--port', '0', '--data', data, '--quiet')
    expect(await second.end).toBe(1)
    expect(second.err().trim()).toMatch(new RegExp(`^${data} is in use by process ${first.child.pid}[^\n]*${first.url}[^\n]*--data$`))

    const token = run('local/cli.ts', 'token', 'hanako', '--data', data)
    expect(await token.end).toBe(0)
    const bearer = { 'content-type': 'application/json', authorization: `Bearer ${token.out().trim()}` }
    const applied = await fetch(`${first.url}/graphql`, { method: 'POST', headers: bearer, body: JSON.stringify({ query: '{ serverInfo { stage } }' }) })
    expect(await applied.json()).toEqual({ data: { serverInfo: { stage: 'local' } } })

    const headers = run('local/cli.ts', 'headers', 'bank', '--data', data)
    expect(await headers.end).toBe(0)
    const once = { 'content-type': 'application/json', ...Object.fromEntries(headers.out().trim().split('\n').map((line) => line.split(': ') as [string, string])) }
    const asBank = () => fetch(`${first.url}/graphql`, { method: 'POST', headers: once, body: JSON.stringify({ query: '{ partner { nameEn } }' }) })
    expect(await (await asBank()).json()).toEqual({ data: { partner: { nameEn: 'Sample Bank' } } })
    expect((await asBank()).status).toBe(401)

    const card = await sandboxCard('hanako', { url: first.url })
    const certificate = await card.authenticationCertificate()
    expect(await card.authenticate('0000', digest)).toEqual({ outcome: 'wrong', triesLeft: 2 })
    first.child.kill('SIGKILL')
    await first.end

    const again = await start('--cards', 'hanako')
    expect(again.out()).not.toContain('first start')
    const same = await sandboxCard('hanako', { url: again.url })
    expect(await same.authenticate('0001', digest)).toEqual({ outcome: 'wrong', triesLeft: 1 })
    expect(Buffer.compare(await same.authenticationCertificate(), certificate)).toBe(0)
    expect(await inVirtualReader()).toEqual(['3bda13ff8131fb468012392f31c173c601c03b', '9000'])
    again.child.kill('SIGINT')
    expect(await again.end).toBe(0)
    expect(again.err()).toBe('')
    // Without a gateway the command line starts one for itself.
    expect(await inVirtualReader()).toEqual(['3bda13ff8131fb468012392f31c173c601c03b', '9000'])
  }, 240_000)

  test('a first start that is killed in the middle goes on from there', async () => {
    const other = mkdtempSync(join(tmpdir(), 'mynagate-torn-'))
    try {
      const torn = run('local/main.ts', '--port', '0', '--data', other, '--cards', 'hanako')
      while (!torn.out().includes('a card for hanako')) await new Promise((resolve) => setTimeout(resolve, 20))
      await new Promise((resolve) => setTimeout(resolve, 700))
      torn.child.kill('SIGKILL')
      await torn.end
      const list = run('local/cli.ts', 'card', 'list', '--data', other)
      expect(await list.end).toBe(0)
      const whole = run('local/main.ts', '--port', '0', '--data', other, '--cards', 'hanako')
      while (!/answers at/.test(whole.out())) await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), whole.end.then((code) => { throw new Error(`ended with ${code}: ${whole.err()}`) })])
      const card = await sandboxCard('hanako', { url: /answers at (http:\S+)/.exec(whole.out())![1]! })
      expect((await card.sign('ABC123', digest)).outcome).toBe('signed')
      expect((await card.authenticate('1234', digest)).outcome).toBe('signed')
      whole.child.kill('SIGTERM')
      expect(await whole.end).toBe(0)
    } finally {
      rmSync(other, { recursive: true, force: true })
    }
  }, 240_000)

  test.each<[string[], RegExp]>([[['--port', 'x'], /no port: x/], [['--port', '70000'], /no port/], [['--nonsense'], /npm start -- /], [['--cards', 'nobody', '--data', 'memory'], /no persona named nobody/]])('%j is refused', async (args, why) => {
    const wrong = run('local/main.ts', ...args)
    expect(await wrong.end).toBe(1)
    expect(wrong.err()).toMatch(why)
  }, 60_000)
})

describe('the command line', () => {
  test.each<[string[], RegExp]>([
    [[], /^mynagate token NAME/], [['card'], /^mynagate card list \| card present/], [['card', 'replay', '/nonexistent'], /^\/nonexistent: ENOENT/], [['card', 'trace', 'hanako', '/nonexistent/x'], /^cannot write/], [['token', 'bank', '--data', '/nonexistent'], /^no key of a test client called bank/],
    [['card', '--persona', 'hanako', '--vpcd', 'nowhere'], /^--vpcd takes HOST:PORT/], [['--what'], /mynagate token NAME/], [['debug', 'token', 'x', '--data', '/nonexistent'], /^no gateway runs on/], [['debug', 'what', 'x'], /^mynagate token NAME/],
  ])('%j says what is wrong in a line', async (args, why) => {
    const wrong = run('local/cli.ts', ...args)
    expect(await wrong.end).toBe(1)
    expect(wrong.err()).toMatch(why)
    expect(wrong.err()).not.toMatch(/\n\s+at /)
  }, 60_000)
})

test('an old Node is told so in one line', () => {
  expect([tooOld('22.18.0'), tooOld('24.21.0'), tooOld('23.0.0')]).toEqual([null, null, null])
  for (const version of ['20.20.2', '22.17.9', '18.0.0']) expect(tooOld(version)).toMatch(/^Mynagate needs Node 22\.18 or newer and this is [^\n]+$/)
})
