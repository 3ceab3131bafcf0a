/**
 * PNG of one bit per pixel, greyscale (ISO/IEC 15948): signature, IHDR, one IDAT with stored (uncompressed) deflate
 * blocks, IEND. The images of the card face are small; nothing is gained by compressing them.
 *
 * @rfc 1950 2.2
 * @rfc 1951 3.2.4
 */
import { concat, none } from '../state.ts'
import { text, u32 } from '../tlv.ts'

/** Rows of equal length, true is ink (black). */
export type Bitmap = readonly (readonly boolean[])[]

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

export function encodePng(bitmap: Bitmap): Uint8Array {
  const height = bitmap.length
  const width = bitmap[0]?.length ?? 0
  const stride = Math.ceil(width / 8) + 1
  const raw = new Uint8Array(stride * height)
  bitmap.forEach((row, y) => {
    for (let x = 0; x < stride * 8 - 8; x++) if (row[x] !== true) raw[y * stride + 1 + (x >> 3)]! |= 0x80 >> (x & 7)
  })
  return concat(
    signature,
    chunk('IHDR', concat(u32(width), u32(height), Uint8Array.of(1, 0, 0, 0, 0))),
    chunk('IDAT', zlibStored(raw)),
    chunk('IEND', none),
  )
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat(text(type), data)
  return concat(u32(data.length), body, u32(crc32(body)))
}

function zlibStored(data: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let at = 0; at === 0 || at < data.length; at += 65_535) {
    const part = data.subarray(at, at + 65_535)
    const n = part.length
    blocks.push(Uint8Array.of(at + n >= data.length ? 1 : 0, n & 0xff, n >> 8, ~n & 0xff, (~n >> 8) & 0xff), part)
  }
  return concat(Uint8Array.of(0x78, 0x01), ...blocks, u32(adler32(data)))
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

function crc32(data: Uint8Array): number {
  let c = 0xffffffff
  for (const octet of data) c = crcTable[(c ^ octet) & 0xff]! ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

function adler32(data: Uint8Array): number {
  let a = 1
  let b = 0
  for (const octet of data) {
    a = (a + octet) % 65_521
    b = (b + a) % 65_521
  }
  return b * 65_536 + a
}
