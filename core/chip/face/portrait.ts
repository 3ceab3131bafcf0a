/**
 * The photograph of nobody: a head and shoulders of plain shapes, whose hair, face and clothes vary with a seed, so that
 * two cards can be told apart. No likeness of a person.
 */
import { encodeJp2 } from './jp2.ts'

export const portraitSize = { width: 144, height: 180 } as const

/** `seed`: any octets; equal octets draw the same picture. */
export function portrait(seed: Uint8Array): Uint8Array {
  const { width, height } = portraitSize
  const pick = (i: number, n: number): number => (seed[i % seed.length] ?? 0) % n
  const hair = 20 + pick(0, 60)
  const skin = 190 + pick(1, 40)
  const cloth = 40 + pick(2, 120)
  const hairLine = 46 + pick(3, 14)
  const hairLength = 80 + pick(4, 70)
  const [cx, cy] = [width / 2, 78]
  const inside = (x: number, y: number, ox: number, oy: number, rx: number, ry: number): boolean => ((x - ox) / rx) ** 2 + ((y - oy) / ry) ** 2 <= 1
  return encodeJp2(width, height, (x, y) => {
    const eye = inside(x, y, cx - 14, cy, 4, 3) || inside(x, y, cx + 14, cy, 4, 3)
    const mouth = Math.abs(x - cx) <= 9 && y >= cy + 24 && y <= cy + 26
    const face = inside(x, y, cx, cy, 34, 44)
    if (face && (eye || mouth)) return 40
    if (face && y > hairLine) return skin
    if (inside(x, y, cx, cy - 8, 42, 48) && y < hairLength) return hair
    if (Math.abs(x - cx) < 14 && y > cy && y < 140) return skin - 20
    if (inside(x, y, cx, 190, 68, 60)) return cloth
    return 235
  })
}
