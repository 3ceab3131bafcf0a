import { createServer, Socket, type Server } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fromHex, toHex } from '../../core/chip/apdu.ts'
import { reset } from '../../core/chip/chip.ts'
import { presentCard, type CardInReader, type Presented } from '../../local/card/reader.ts'
import { makeTestChip, Reader } from './fixture.ts'

/** The side of vpcd: listens, and speaks first. */
class Vpcd {
  readonly server: Server
  socket!: Socket
  segments: string[] = []
  private constructor(server: Server) {
    this.server = server
  }

  static async listen(): Promise<Vpcd> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Vpcd(server)
  }

  get port(): number {
    return (this.server.address() as { port: number }).port
  }

  async insert(card: CardInReader): Promise<Presented> {
    const connected = once(this.server, 'connection')
    const presented = await presentCard(card, { host: '127.0.0.1', port: this.port })
    this.socket = ((await connected) as [Socket])[0]
    this.socket.setNoDelay(true)
    this.socket.on('data', (b) => this.segments.push(toHex(b)))
    return presented
  }

  async until(octets: number): Promise<string> {
    for (let i = 0; i < 400 && this.segments.join('').length < octets * 2; i++) await new Promise((r) => setTimeout(r, 5))
    return this.segments.splice(0).join('')
  }
}

const cardOf = (reader: Reader): CardInReader & { resets: number } => ({
  resets: 0,
  atr: reader.chip.card.atr,
  transmit: reader.transmit,
  reset() {
    this.resets++
    reader.chip = reset(reader.chip)
  },
})

const frame = (hex: string): Buffer => {
  const body = fromHex(hex)
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 0xff]), body])
}
const wait = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms))

describe('card over vpcd', () => {
  const open: { vpcd: Vpcd; presented: Presented }[] = []
  const start = async (card: CardInReader): Promise<{ vpcd: Vpcd; presented: Presented }> => {
    const vpcd = await Vpcd.listen()
    const presented = await vpcd.insert(card)
    open.push({ vpcd, presented })
    return { vpcd, presented }
  }
  afterEach(async () => {
    for (const { vpcd, presented } of open.splice(0)) {
      await presented.close()
      vpcd.server.close()
    }
  })

  it('answers ATR and commands, nothing to power on, off and reset, which end the session', async () => {
    const card = cardOf(new Reader(makeTestChip()))
    const { vpcd } = await start(card)
    vpcd.socket.write(frame('04'))
    expect(await vpcd.until(21)).toBe(`0013${toHex(card.atr)}`)
    vpcd.socket.write(frame('01'))
    vpcd.socket.write(frame('00A4040C0AD392F000260100000001'))
    expect(await vpcd.until(4)).toBe('00029000')
    vpcd.socket.write(frame('002000980431323334'))
    expect(await vpcd.until(4)).toBe('00029000')
    for (const control of ['02', '00', '01']) {
      vpcd.socket.write(frame(control))
      await wait(10)
    }
    expect(vpcd.segments).toEqual([])
    expect(card.resets).toBe(4)
    vpcd.socket.write(frame('00B0860004'))
    expect(await vpcd.until(4)).toBe('00026986')
  })

  it('takes length and body octet by octet, and several messages in one segment, and answers in order', async () => {
    const { vpcd } = await start(cardOf(new Reader(makeTestChip())))
    for (const octet of frame('00A4040C0AD392F000260100000001')) {
      vpcd.socket.write(Buffer.of(octet))
      await wait(1)
    }
    expect(await vpcd.until(4)).toBe('00029000')
    vpcd.socket.write(Buffer.concat([frame('00B0860004'), frame('04'), frame('00B0000404')]))
    expect(await vpcd.until(6 + 2 + 21 + 8)).toBe(`00064A504B499000${'0013'}3BDA13FF8131FB468012392F31C173C601C03B000641504943` + '9000')
  })

  it('sends each answer as one segment, long ones too', async () => {
    const { vpcd } = await start(cardOf(new Reader(makeTestChip())))
    vpcd.socket.write(frame('00A4040C0AD392F000260100000001'))
    await vpcd.until(4)
    vpcd.socket.write(frame('00B08A00000000'))
    for (let i = 0; i < 100 && vpcd.segments.length === 0; i++) await wait(5)
    expect(vpcd.segments.map((s) => s.length / 2)).toEqual([2 + 2560 + 2])
  })

  it('sets TCP_NODELAY, and each answer is one write, those of several cards too', async () => {
    const noDelay = vi.spyOn(Socket.prototype, 'setNoDelay')
    const both = await Promise.all([1, 2].map(() => start(cardOf(new Reader(makeTestChip())))))
    // One call each by the card; the other two are this test's own side.
    expect(noDelay.mock.calls).toEqual(Array(4).fill([true]))
    const write = vi.spyOn(Socket.prototype, 'write')
    for (const { vpcd } of both) for (const command of ['04', '00A4040C0AD392F000260100000001', '00B08A00000000', '00B0860004']) vpcd.socket.write(frame(command))
    await Promise.all(both.map(({ vpcd }) => vpcd.until(21 + 4 + 2564 + 8)))
    // Eight commands, eight answers, nothing sent in parts.
    expect(write.mock.calls.map(([message]) => (message as Buffer).length).sort((a, b) => a - b)).toEqual([3, 3, 4, 4, 7, 7, 8, 8, 9, 9, 17, 17, 21, 21, 2564, 2564])
    vi.restoreAllMocks()
  })

  it('never leaves vpcd without an answer: 6F00 for a card that answers nothing', async () => {
    const { vpcd } = await start({ atr: Uint8Array.of(0x3b, 0), reset: () => {}, transmit: async () => new Uint8Array(0) })
    vpcd.socket.write(frame('00A40000'))
    expect(await vpcd.until(4)).toBe('00026F00')
  })

  it('goes when the card fails, and tells why; and when the reader goes', async () => {
    const broken = await start({ atr: Uint8Array.of(0x3b, 0), reset: () => {}, transmit: async () => { throw new Error('store lost') } })
    broken.vpcd.socket.write(frame('00A40000'))
    expect(await broken.presented.gone).toEqual(new Error('store lost'))
    const other = await start(cardOf(new Reader(makeTestChip())))
    other.vpcd.socket.end()
    expect(await other.presented.gone).toBeNull()
  })

  it('presents several cards at once', async () => {
    const readers = [new Reader(makeTestChip()), new Reader(makeTestChip({ cardNumber: '111111111111111' }))]
    const both = await Promise.all(readers.map((r) => start(cardOf(r))))
    for (const { vpcd } of both) vpcd.socket.write(frame('00CA004500'))
    expect(await both[0]!.vpcd.until(19)).toBe('0011' + toHex(Buffer.from('400000012719843')) + '9000')
    expect(await both[1]!.vpcd.until(19)).toBe('0011' + toHex(Buffer.from('111111111111111')) + '9000')
  })

  it('rejects where nothing listens', async () => {
    await expect(presentCard(cardOf(new Reader(makeTestChip())), { host: '127.0.0.1', port: 1 })).rejects.toThrow('ECONNREFUSED')
  })
})
