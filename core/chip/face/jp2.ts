/**
 * A greyscale picture as JPEG 2000 in a JP2 file (ISO/IEC 15444-1), without loss: tiles of 64×64, each one code-block, no
 * wavelet, one layer. That is the smallest encoder whose files any decoder shows.
 */
import { concat } from '../state.ts'
import { text, u16, u32 } from '../tlv.ts'
import { codeBlock, type CodedBlock } from './mq.ts'

/** `shade(x, y)`: 0 black … 255 white. */
export function encodeJp2(width: number, height: number, shade: (x: number, y: number) => number): Uint8Array {
  return concat(
    box('jP  ', Uint8Array.of(0x0d, 0x0a, 0x87, 0x0a)),
    box('ftyp', concat(text('jp2 '), u32(0), text('jp2 '))),
    box('jp2h', concat(
      box('ihdr', concat(u32(height), u32(width), u16(1), Uint8Array.of(7, 7, 0, 0))),
      box('colr', concat(Uint8Array.of(1, 0, 0), u32(17))),
    )),
    box('jp2c', codestream(width, height, shade)),
  )
}

const box = (type: string, content: Uint8Array): Uint8Array => concat(u32(content.length + 8), text(type), content)

const side = 64
const guardBits = 2
const exponent = 8

function codestream(width: number, height: number, shade: (x: number, y: number) => number): Uint8Array {
  const siz = concat(u16(0), u32(width), u32(height), u32(0), u32(0), u32(side), u32(side), u32(0), u32(0), u16(1), Uint8Array.of(7, 1, 1))
  const cod = Uint8Array.of(0, 0, 0, 1, 0, 0, 4, 4, 0, 1)
  const qcd = Uint8Array.of(guardBits << 5, exponent << 3)
  const tiles: Uint8Array[] = []
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) tiles.push(tile(tiles.length, left, top, Math.min(side, width - left), Math.min(side, height - top), shade))
  }
  return concat(u16(0xff4f), segment(0xff51, siz), segment(0xff52, cod), segment(0xff5c, qcd), ...tiles, u16(0xffd9))
}

const segment = (code: number, content: Uint8Array): Uint8Array => concat(u16(code), u16(content.length + 2), content)

function tile(index: number, left: number, top: number, width: number, height: number, shade: (x: number, y: number) => number): Uint8Array {
  const samples = Array.from({ length: width * height }, (_, i) => shade(left + (i % width), top + Math.floor(i / width)) - 128)
  const packet = packetOf(codeBlock(samples, width, height))
  return concat(segment(0xff90, concat(u16(index), u32(12 + 2 + packet.length), Uint8Array.of(0, 1))), u16(0xff93), packet)
}

/** Annex B.10: one code-block, so both tag trees are one node. */
function packetOf(block: CodedBlock | null): Uint8Array {
  if (block === null) return Uint8Array.of(0)
  const missing = guardBits + exponent - 1 - block.planes
  const extra = Math.floor(Math.log2(block.passes))
  const lengthBits = Math.max(3, block.data.length.toString(2).length - extra)
  const bits = '11' + '0'.repeat(missing) + '1' + passCode(block.passes) + '1'.repeat(lengthBits - 3) + '0' + block.data.length.toString(2).padStart(lengthBits + extra, '0')
  return concat(stuffed(bits), block.data)
}

/** Table B.4. */
function passCode(passes: number): string {
  if (passes === 1) return '0'
  if (passes === 2) return '10'
  if (passes <= 5) return '11' + (passes - 3).toString(2).padStart(2, '0')
  return '1111' + (passes - 6).toString(2).padStart(5, '0')
}

/** Octets of the bits; after FF only seven follow, and FF is not the last. */
function stuffed(bits: string): Uint8Array {
  const out: number[] = []
  for (let at = 0; at < bits.length; ) {
    const take = out.at(-1) === 0xff ? 7 : 8
    out.push(Number.parseInt(bits.slice(at, at + take).padEnd(take, '0'), 2))
    at += take
  }
  if (out.at(-1) === 0xff) out.push(0)
  return Uint8Array.from(out)
}
