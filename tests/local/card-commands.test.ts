/** The card commands against a gateway in memory and stand-ins for vpcd: several cards at once, keyboard, trace and replay. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../core/chip/apdu.ts'
import { listCards, replayFile, traceSession } from '../../local/card/commands.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { presentCards } from '../../local/card/slots.ts'

let gateway: RunningGateway
const folder = mkdtempSync(join(tmpdir(), 'mynagate-cards-'))
beforeAll(async () => { gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: ['hanako', 'kenta'] }) }, 120_000)
afterAll(async () => {
  await gateway.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A slot of vpcd: listens on a port, speaks first, one answer at a time. */
async function slot(port: number): Promise<{ server: Server; connected(): Promise<Ask> }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { server, connected: async () => askOf(((await once(server, 'connection')) as [Socket])[0]) }
}
type Ask = { (hex: string): Promise<string>; gone: Promise<unknown> }
function askOf(socket: Socket): Ask {
  const ask = (hex: string) => new Promise<string>((resolve) => {
    const command = fromHex(hex)
    socket.once('data', (answer: Buffer) => resolve(toHex(answer.subarray(2))))
    socket.write(Buffer.concat([Buffer.of(command.length >> 8, command.length & 0xff), command]))
  })
  return Object.assign(ask, { gone: once(socket, 'close') })
}
/** Two neighbouring ports that are free. */
async function neighbours(): Promise<[Awaited<ReturnType<typeof slot>>, Awaited<ReturnType<typeof slot>>, number]> {
  for (;;) {
    const first = await slot(0)
    const { port } = first.server.address() as AddressInfo
    const second = await slot(port + 1).catch(() => null)
    if (second !== null) return [first, second, port]
    first.server.close()
  }
}

const jpki = '00A4040C0AD392F000260100000001'

describe('card present', () => {
  test('several at once, taken out and put back by the keyboard, the sessions traced and replayed', async () => {
    const [one, two, port] = await neighbours()
    const input = new PassThrough()
    const said: string[] = []
    let stop!: () => void
    const until = new Promise<void>((resolve) => { stop = resolve })
    const trace = join(folder, 'session.txt')
    const asked = Promise.all([one.connected(), two.connected()])
    const done = presentCards({ url: gateway.url, personas: ['hanako', 'kenta'], address: { host: '127.0.0.1', port }, trace, input, until, say: (line) => said.push(line) })
    const [hanako, kenta] = await asked
    expect(await Promise.all([hanako('04'), kenta('04')])).toEqual(Array(2).fill('3BDA13FF8131FB468012392F31C173C601C03B'))
    expect(await Promise.all([hanako(jpki), kenta(jpki)])).toEqual(['9000', '9000'])
    // The child has no signing certificate: byte 0 of the presence file.
    expect(await Promise.all([hanako('00B0880003'), kenta('00B0880003')])).toEqual(['8F8F009000', '008F009000'])

    const again = one.connected()
    input.write('remove hanako\n')
    await hanako.gone
    input.write('insert hanako\n')
    const back = await again
    expect(await back('00B0880003')).toBe('6986')
    expect(await kenta('00B0880003')).toBe('008F009000')

    input.write('pin-status kenta\nremove nobody\neject\ninsert kenta\n')
    await expect.poll(() => said.join('\n')).toContain('kenta: is in already')
    expect(said).toContain('hanako: out')
    expect(said.filter((line) => line.startsWith('kenta: ')).map((line) => line.replace(/\s+/g, ' '))).toEqual(expect.arrayContaining(['kenta: authentication 3 tries left', 'kenta: signature 5 tries left']))
    expect(said.join('\n')).toMatch(/no card of nobody here; there are hanako, kenta/)
    expect(said.join('\n')).toMatch(/^eject\? insert/m)

    stop()
    await done
    await Promise.all([back.gone, kenta.gone])
    for (const { server } of [one, two]) server.close()
    const written = readFileSync(join(folder, 'session.hanako.txt'), 'utf8')
    expect(written).toMatch(new RegExp(`C: ${jpki}\nR: 9000\nC: 00B0880003\nR: 8F8F009000\nreset\n`))
    const lines: string[] = []
    await replayFile(join(folder, 'session.kenta.txt'), { words: false, persona: { name: 'kenta', url: gateway.url } }, (line) => lines.push(line))
    expect(lines.at(-1)).toMatch(/commands, every answer as written$/)
    // Another card: the presence file differs, and it says where.
    await expect(replayFile(join(folder, 'session.kenta.txt'), { words: false, persona: { name: 'hanako', url: gateway.url } }, (line) => lines.push(line))).rejects.toThrow(/answers differ$/)
    expect(lines.join('\n')).toMatch(/C: 00B0880003\n {2}written {2}008F009000\n {2}answered 8F8F009000/)
  }, 60_000)

  test('says that no reader is there, and that a persona has no card', async () => {
    const options = { url: gateway.url, address: { host: '127.0.0.1', port: 1 }, trace: null, input: new PassThrough(), until: new Promise<void>(() => undefined), say: () => undefined }
    await expect(presentCards({ ...options, personas: ['hanako'] })).rejects.toThrow('no virtual reader at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1): is pcscd running with vpcd?')
    await expect(presentCards({ ...options, personas: ['taro'] })).rejects.toThrow('no card of taro')
    await expect(presentCards({ ...options, personas: ['hanako'], trace: join(folder, 'no', 'x') })).rejects.toThrow(/^cannot write .*ENOENT/)
  })

  test('ends when the reader lets go, with the failure where there is one', async () => {
    const { server } = await slot(0)
    server.once('connection', (socket) => socket.end())
    const { port } = server.address() as AddressInfo
    await presentCards({ url: gateway.url, personas: ['hanako'], address: { host: '127.0.0.1', port }, trace: null, input: new PassThrough(), until: new Promise<void>(() => undefined), say: () => undefined })
    server.close()
  })
})

describe('card trace, replay and list', () => {
  test('the list names everyone, what for, and the PINs', async () => {
    const said: string[] = []
    await listCards(gateway.url, (line) => said.push(line))
    const text = said.join('\n')
    expect(text).toMatch(/^hanako +An adult with a card in use[^\n]*\n +card in-use, certificates both; PINs: signing ABC123, all others 1234\n +card \d{15} ACTIVE, until \d{4}-04-15$/m)
    expect(text).toMatch(/^taro [^\n]*\n +card none, certificates none; no PIN set\n +no card$/m)
    expect(text).toMatch(/^expired [^\n]*\n[^\n]*made 61 months ago/m)
    expect(text).toMatch(/^no-signing [^\n]*\n[^\n]*signature PIN blocked/m)
  })

  test('a session from standard input is answered and written down; fresh chips replay it by status words', async () => {
    const file = join(folder, 'typed.txt')
    const said: string[] = []
    await traceSession(gateway.url, 'hanako', file, Readable.from(`# opening\n${jpki}\nC: 0020 0098 0430303030\nR: passed over\nreset\n00B0880003\n`), (line) => said.push(line))
    expect(said).toEqual(['9000', '63C2', '6986'])
    expect(readFileSync(file, 'utf8')).toBe(`# card of hanako\nC: ${jpki}\nR: 9000\nC: 002000980430303030\nR: 63C2\nreset\nC: 00B0880003\nR: 6986\n`)
    await replayFile(file, { words: true, persona: null }, (line) => said.push(line))
    expect(said.at(-1)).toBe(`${file}: 3 commands, every answer as written`)
    await expect(traceSession(gateway.url, 'hanako', file, Readable.from('nonsense\n'), () => undefined)).rejects.toThrow('not a command APDU in hex: nonsense')
  })

  test('a file that is no transcript, or asks for a card that is none, is refused', async () => {
    const file = join(folder, 'wrong.txt')
    writeFileSync(file, 'C: 00A40000\nQ: what\n')
    await expect(replayFile(file, { words: false, persona: null }, () => undefined)).rejects.toThrow(`${file}: line 2: not a line of a transcript: Q: what`)
    writeFileSync(file, 'card: elsewhere\nC: 00A40000\nR: 6A86\n')
    await expect(replayFile(file, { words: false, persona: null }, () => undefined)).rejects.toThrow('no fresh chip is called elsewhere')
  })
})
