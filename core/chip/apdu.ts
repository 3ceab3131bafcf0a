/**
 * Command and response APDU (ISO/IEC 7816-3 12.1, 7816-4 5.1), short and extended:
 *
 *   CLA INS P1 P2 [Lc data] [Le]        Lc, Le: one octet; or Lc 00 hi lo, Le hi lo (00 hi lo without data)
 *
 * Le 0 means as much as the form can ask: 256 short, 65536 extended.
 */
export interface Command {
  readonly cla: number
  readonly ins: number
  readonly p1: number
  readonly p2: number
  readonly data: Uint8Array
  /** Octets wanted at most; 0 where no Le was sent. */
  readonly le: number
  readonly extended: boolean
}

const noData = new Uint8Array(0)

/** Null where the lengths contradict the octets. */
export function parseCommand(b: Uint8Array): Command | null {
  const n = b.length
  if (n < 4) return null
  const cla = b[0]!
  const ins = b[1]!
  const p1 = b[2]!
  const p2 = b[3]!
  if (n === 4) return { cla, ins, p1, p2, data: noData, le: 0, extended: false }
  const first = b[4]!
  if (n === 5) return { cla, ins, p1, p2, data: noData, le: first || 256, extended: false }
  if (first !== 0) {
    const end = 5 + first
    if (n === end) return { cla, ins, p1, p2, data: b.subarray(5, end), le: 0, extended: false }
    if (n === end + 1) return { cla, ins, p1, p2, data: b.subarray(5, end), le: b[end]! || 256, extended: false }
    return null
  }
  if (n < 7) return null
  const length = (b[5]! << 8) | b[6]!
  if (n === 7) return { cla, ins, p1, p2, data: noData, le: length || 65_536, extended: true }
  const end = 7 + length
  if (length === 0) return null
  if (n === end) return { cla, ins, p1, p2, data: b.subarray(7, end), le: 0, extended: true }
  if (n === end + 2) return { cla, ins, p1, p2, data: b.subarray(7, end), le: (b[end]! << 8) | b[end + 1]! || 65_536, extended: true }
  return null
}

/** Short form where it fits. `le` 0 or absent: none sent; 256 and 65536 go out as 00 and 0000. Throws RangeError on lengths no APDU can carry. */
export function encodeCommand(cla: number, ins: number, p1: number, p2: number, data: Uint8Array = noData, le = 0): Uint8Array {
  if (data.length > 65_535 || le < 0 || le > 65_536) throw new RangeError(`no APDU carries ${data.length} octets and asks ${le}`)
  const header = [cla, ins, p1, p2]
  if (data.length <= 255 && le <= 256) {
    const tail = le === 0 ? [] : [le & 0xff]
    return data.length === 0 ? Uint8Array.of(...header, ...tail) : join(Uint8Array.of(...header, data.length), data, tail)
  }
  const lc = data.length === 0 ? [0] : [0, data.length >> 8, data.length & 0xff]
  return join(Uint8Array.of(...header, ...lc), data, le === 0 ? [] : [(le >> 8) & 0xff, le & 0xff])
}

export function encodeResponse(data: Uint8Array, word: number): Uint8Array {
  const out = new Uint8Array(data.length + 2)
  if (data.length > 0) out.set(data)
  out[data.length] = word >> 8
  out[data.length + 1] = word & 0xff
  return out
}

export interface Response { readonly data: Uint8Array; readonly sw: number }

/** Null where there is not even a status word. */
export function parseResponse(b: Uint8Array): Response | null {
  if (b.length < 2) return null
  return { data: b.subarray(0, b.length - 2), sw: (b[b.length - 2]! << 8) | b[b.length - 1]! }
}

export const toHex = (b: Uint8Array): string => Buffer.from(b.buffer, b.byteOffset, b.byteLength).toString('hex').toUpperCase()

/** Blanks are skipped. Throws RangeError on anything but pairs of hex digits. */
export function fromHex(text: string): Uint8Array {
  const t = text.replace(/\s+/g, '')
  if (t.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(t)) throw new RangeError(`not hex: ${text.slice(0, 40)}`)
  return Uint8Array.from(Buffer.from(t, 'hex'))
}

function join(head: Uint8Array, data: Uint8Array, tail: readonly number[]): Uint8Array {
  const out = new Uint8Array(head.length + data.length + tail.length)
  out.set(head)
  out.set(data, head.length)
  out.set(tail, head.length + data.length)
  return out
}
