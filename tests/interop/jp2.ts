/**
 * `node tests/interop/jp2.ts` (Debian: libopenjp2-tools): pictures of our small JPEG 2000 encoder, decoded by OpenJPEG,
 * are the pictures that went in, and the card's photograph decodes. Last line: `N passed, M failed`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeJp2 } from '../../core/chip/face/jp2.ts'
import { portrait, portraitSize } from '../../core/chip/face/portrait.ts'

const folder = mkdtempSync(join(tmpdir(), 'jp2-'))
let passed = 0
let failed = 0

/** Rows of samples, as OpenJPEG reads them. */
function decode(file: Uint8Array, width: number, height: number): Uint8Array {
  writeFileSync(join(folder, 'p.jp2'), file)
  execFileSync('opj_decompress', ['-i', join(folder, 'p.jp2'), '-o', join(folder, 'p.pgm')], { stdio: 'ignore' })
  const pgm = readFileSync(join(folder, 'p.pgm'))
  const header = `P5\n${width} ${height}\n255\n`
  if (pgm.length - width * height < header.length) throw new Error('another size')
  return pgm.subarray(pgm.length - width * height)
}

function attempt(name: string, holds: () => boolean): void {
  let result = false
  try {
    result = holds()
  } catch (error) {
    console.log(`      ${String(error)}`)
  }
  console.log(`${result ? 'PASS' : 'FAIL'}  ${name}`)
  if (result) passed++
  else failed++
}

const noise = (x: number, y: number): number => (Math.imul(x * 7919 + y * 104_729 + 1, 2_654_435_761) >>> 13) & 255
const shades: Readonly<Record<string, (x: number, y: number) => number>> = {
  noise, grey: () => 128, black: () => 0, white: () => 255, slope: (x, y) => (x * 3 + y) & 255, 'one dot': (x, y) => (x === 0 && y === 0 ? 255 : 128),
}
for (const [name, shade] of Object.entries(shades)) {
  for (const [width, height] of [[1, 1], [5, 3], [64, 64], [65, 66], [130, 7], [3, 200]] as const) {
    attempt(`${name}, ${width}×${height}`, () => {
      const samples = decode(encodeJp2(width, height, shade), width, height)
      return samples.every((s, i) => s === shade(i % width, Math.floor(i / width)))
    })
  }
}
attempt('the photograph of a card: sky at the corner, the same for the same seed', () => {
  const { width, height } = portraitSize
  const a = decode(portrait(Uint8Array.of(1, 2, 3, 4, 5)), width, height)
  const b = decode(portrait(Uint8Array.of(9, 8, 7, 6, 5)), width, height)
  return a[0] === 235 && new Set(a).size >= 5 && Buffer.compare(a, b) !== 0
})
rmSync(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
