/**
 * The MQ arithmetic coder and the bit-plane passes of JPEG 2000 (ISO/IEC 15444-1 annexes C and D), for one code-block of
 * a sub-band without orientation (LL). No termination between passes, no bypass.
 */

/** Qe, next state after the more probable symbol, after the less probable one, and whether the sense switches. */
const states: readonly (readonly [number, number, number, 0 | 1])[] = [
  [0x5601, 1, 1, 1], [0x3401, 2, 6, 0], [0x1801, 3, 9, 0], [0x0ac1, 4, 12, 0], [0x0521, 5, 29, 0], [0x0221, 38, 33, 0], [0x5601, 7, 6, 1], [0x5401, 8, 14, 0],
  [0x4801, 9, 14, 0], [0x3801, 10, 14, 0], [0x3001, 11, 17, 0], [0x2401, 12, 18, 0], [0x1c01, 13, 20, 0], [0x1601, 29, 21, 0], [0x5601, 15, 14, 1], [0x5401, 16, 14, 0],
  [0x5101, 17, 15, 0], [0x4801, 18, 16, 0], [0x3801, 19, 17, 0], [0x3401, 20, 18, 0], [0x3001, 21, 19, 0], [0x2801, 22, 19, 0], [0x2401, 23, 20, 0], [0x2201, 24, 21, 0],
  [0x1c01, 25, 22, 0], [0x1801, 26, 23, 0], [0x1601, 27, 24, 0], [0x1401, 28, 25, 0], [0x1201, 29, 26, 0], [0x1101, 30, 27, 0], [0x0ac1, 31, 28, 0], [0x09c1, 32, 29, 0],
  [0x08a1, 33, 30, 0], [0x0521, 34, 31, 0], [0x0441, 35, 32, 0], [0x02a1, 36, 33, 0], [0x0221, 37, 34, 0], [0x0141, 38, 35, 0], [0x0111, 39, 36, 0], [0x0085, 40, 37, 0],
  [0x0049, 41, 38, 0], [0x0025, 42, 39, 0], [0x0015, 43, 40, 0], [0x0009, 44, 41, 0], [0x0005, 45, 42, 0], [0x0001, 45, 43, 0], [0x5601, 46, 46, 0],
]
const runLength = 17
const uniform = 18

type Coder = { code(context: number, bit: number): void; flush(): Uint8Array }

function mqCoder(): Coder {
  const index = new Uint8Array(19)
  index[0] = 4
  index[runLength] = 3
  index[uniform] = 46
  const sense = new Uint8Array(19)
  const out: number[] = [0]
  let a = 0x8000
  let c = 0
  let ct = 12

  const emit = (): void => {
    const last = out.length - 1
    if (out[last] !== 0xff && c >= 0x8000000) {
      out[last]! += 1
      c &= 0x7ffffff
    }
    if (out[last] === 0xff) {
      out.push((c >>> 20) & 0xff)
      c &= 0xfffff
      ct = 7
    } else {
      out.push((c >>> 19) & 0xff)
      c &= 0x7ffff
      ct = 8
    }
  }
  const renormalise = (): void => {
    do {
      a = (a << 1) & 0xffff
      c <<= 1
      if (--ct === 0) emit()
    } while ((a & 0x8000) === 0)
  }
  return {
    code(context, bit) {
      const [qe, more, less, switches] = states[index[context]!]!
      a -= qe
      if (bit === sense[context]) {
        if ((a & 0x8000) !== 0) {
          c += qe
          return
        }
        if (a < qe) a = qe
        else c += qe
        index[context] = more
      } else {
        if (a < qe) c += qe
        else a = qe
        if (switches === 1) sense[context]! ^= 1
        index[context] = less
      }
      renormalise()
    },
    flush() {
      const top = c + a
      c |= 0xffff
      if (c >= top) c -= 0x8000
      for (let i = 0; i < 2; i++) {
        c <<= ct
        emit()
      }
      return Uint8Array.from(out.slice(1, out.at(-1) === 0xff ? -1 : undefined))
    },
  }
}

export interface CodedBlock { readonly data: Uint8Array; readonly planes: number; readonly passes: number }

/** Signed samples by rows. Null for a block of zeros. */
export function codeBlock(samples: readonly number[], width: number, height: number): CodedBlock | null {
  const planes = Math.max(...samples.map((s) => Math.abs(s))).toString(2).length
  if (samples.every((s) => s === 0)) return null
  const stride = width + 2
  const cells = stride * (height + 2)
  const magnitude = new Int32Array(cells)
  const negative = new Uint8Array(cells)
  /** 0 not yet significant, else ±1. */
  const significant = new Int8Array(cells)
  const refined = new Uint8Array(cells)
  const visited = new Uint8Array(cells)
  const at = (x: number, y: number): number => (y + 1) * stride + x + 1
  samples.forEach((s, i) => {
    magnitude[at(i % width, Math.floor(i / width))] = Math.abs(s)
    negative[at(i % width, Math.floor(i / width))] = s < 0 ? 1 : 0
  })
  const coder = mqCoder()
  const used = (i: number): number => (significant[i] === 0 ? 0 : 1)
  const across = (i: number): number => used(i - 1) + used(i + 1)
  const down = (i: number): number => used(i - stride) + used(i + stride)
  const diagonal = (i: number): number => used(i - stride - 1) + used(i - stride + 1) + used(i + stride - 1) + used(i + stride + 1)
  const zeroContext = (i: number): number => {
    const h = across(i)
    const v = down(i)
    if (h === 2) return 8
    if (h === 1) return v > 0 ? 7 : diagonal(i) > 0 ? 6 : 5
    return v === 2 ? 4 : v === 1 ? 3 : Math.min(diagonal(i), 2)
  }
  const becomeSignificant = (i: number): void => {
    const h = Math.max(-1, Math.min(1, significant[i - 1]! + significant[i + 1]!))
    const v = Math.max(-1, Math.min(1, significant[i - stride]! + significant[i + stride]!))
    const flip = h < 0 || (h === 0 && v < 0) ? 1 : 0
    const context = h === 0 ? 9 + Math.abs(v) : 12 + (flip === 1 ? -h * -v : h * v)
    coder.code(context, negative[i]! ^ flip)
    significant[i] = negative[i] === 1 ? -1 : 1
  }
  const columns = (visit: (x: number, top: number, bottom: number) => void): void => {
    for (let top = 0; top < height; top += 4) for (let x = 0; x < width; x++) visit(x, top, Math.min(top + 4, height))
  }
  /** A column of four with nothing significant in or around it. */
  const quiet = (x: number, top: number): boolean => {
    for (let k = 0; k < 4; k++) {
      const i = at(x, top + k)
      if (significant[i] !== 0 || visited[i] !== 0 || zeroContext(i) !== 0) return false
    }
    return true
  }
  for (let plane = planes - 1; plane >= 0; plane--) {
    const bit = (i: number): number => (magnitude[i]! >> plane) & 1
    const codeZero = (i: number): void => {
      coder.code(zeroContext(i), bit(i))
      if (bit(i) === 1) becomeSignificant(i)
    }
    if (plane < planes - 1) {
      columns((x, top, bottom) => {
        for (let y = top; y < bottom; y++) {
          const i = at(x, y)
          if (significant[i] !== 0 || zeroContext(i) === 0) continue
          codeZero(i)
          visited[i] = 1
        }
      })
      columns((x, top, bottom) => {
        for (let y = top; y < bottom; y++) {
          const i = at(x, y)
          if (significant[i] === 0 || visited[i] === 1) continue
          coder.code(refined[i] === 1 ? 16 : zeroContext(i) > 0 ? 15 : 14, bit(i))
          refined[i] = 1
        }
      })
    }
    columns((x, top, bottom) => {
      let y = top
      if (bottom - top === 4 && quiet(x, top)) {
        let first = 0
        while (first < 4 && bit(at(x, top + first)) === 0) first++
        coder.code(runLength, first === 4 ? 0 : 1)
        if (first === 4) return
        coder.code(uniform, first >> 1)
        coder.code(uniform, first & 1)
        becomeSignificant(at(x, top + first))
        y = top + first + 1
      }
      for (; y < bottom; y++) {
        const i = at(x, y)
        if (significant[i] === 0 && visited[i] === 0) codeZero(i)
      }
    })
    visited.fill(0)
  }
  return { data: coder.flush(), planes, passes: 3 * planes - 2 }
}
