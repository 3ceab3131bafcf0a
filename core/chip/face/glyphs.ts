/**
 * Text as dots. Digits (half and full width) have a drawing of 5×7; any other character is drawn as a box with the four
 * hex digits of its code point in it. No font is shipped, so a name on this card face can be told apart and read back,
 * but does not look like print.
 */
import type { Bitmap } from './png.ts'

/** Rows of 5 dots, top first, of 0–9, in hex. */
const large = [
  '0e11131519110e', '040c040404040e', '0e11010204081f', '1f02040201110e', '02060a121f0202',
  '1f101e0101110e', '0608101e11110e', '1f010204080808', '0e11110e11110e', '0e11110f01020c',
]

/** Rows of 3 dots, 5 high, of the hex digits. */
const small = ['75557', '26227', '71747', '71717', '55711', '74717', '74757', '71111', '75757', '75717', '25755', '65656', '34443', '65556', '74647', '74644']

/** Cells of 6×12 per digit, as the number images of the card face are (12 digits: 72×12, 4 digits: 24×12). */
export function drawDigits(digits: string): Bitmap {
  const image = blank(digits.length * 6, 12)
  ;[...digits].forEach((d, i) => drawLarge(image, Number(d), i * 6, 2))
  return image
}

/** Cells of 16×16, at most `perLine` in a line. */
export function drawText(content: string, perLine: number): Bitmap {
  const characters = [...content]
  const columns = Math.min(perLine, Math.max(1, characters.length))
  const lines = Math.max(1, Math.ceil(characters.length / perLine))
  const image = blank(columns * 16, lines * 16)
  characters.forEach((c, i) => drawCharacter(image, c, (i % perLine) * 16, Math.floor(i / perLine) * 16))
  return image
}

function drawCharacter(image: boolean[][], character: string, left: number, top: number): void {
  const code = character.codePointAt(0)!
  if (character === ' ' || character === '\u3000') return
  const digit = code >= 0xff10 && code <= 0xff19 ? code - 0xff10 : code >= 0x30 && code <= 0x39 ? code - 0x30 : -1
  if (digit >= 0) return drawLarge(image, digit, left + 5, top + 4)
  for (let i = 1; i < 15; i++) for (const [x, y] of [[i, 1], [i, 14], [1, i], [14, i]] as const) image[top + y]![left + x] = true
  const hex = code.toString(16).padStart(4, '0').slice(-4)
  ;[...hex].forEach((h, i) => {
    const rows = small[Number.parseInt(h, 16)]!
    dots(image, [...rows].map(Number), 3, left + 4 + (i % 2) * 5, top + 2 + (i >> 1) * 6)
  })
}

function drawLarge(image: boolean[][], digit: number, left: number, top: number): void {
  const rows = large[digit]
  if (rows !== undefined) dots(image, rows.match(/../g)!.map((r) => Number.parseInt(r, 16)), 5, left, top)
}

function dots(image: boolean[][], rows: readonly number[], width: number, left: number, top: number): void {
  rows.forEach((bits, y) => {
    for (let x = 0; x < width; x++) if ((bits >> (width - 1 - x)) & 1) image[top + y]![left + x] = true
  })
}

const blank = (width: number, height: number): boolean[][] => Array.from({ length: height }, () => Array.from({ length: width }, () => false))
