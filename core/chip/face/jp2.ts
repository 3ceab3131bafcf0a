/**
 * The photograph field: a JP2 file (ISO/IEC 15444-1 annex I) of one greyscale component. The codestream is complete and
 * legal but holds no code-block: every packet is empty, so a decoder shows the mid-grey of an undrawn picture. Drawing
 * one would need the arithmetic coder of annex C, and a made-up face serves nobody.
 */
import { concat, none } from '../state.ts'
import { text, u16, u32 } from '../tlv.ts'

export function encodeGreyJp2(width: number, height: number): Uint8Array {
  return concat(
    box('jP  ', Uint8Array.of(0x0d, 0x0a, 0x87, 0x0a)),
    box('ftyp', concat(text('jp2 '), u32(0), text('jp2 '))),
    box('jp2h', concat(
      box('ihdr', concat(u32(height), u32(width), u16(1), Uint8Array.of(7, 7, 0, 0))),
      box('colr', concat(Uint8Array.of(1, 0, 0), u32(17))),
    )),
    box('jp2c', codestream(width, height)),
  )
}

const box = (type: string, content: Uint8Array): Uint8Array => concat(u32(content.length + 8), text(type), content)

/** SOC SIZ COD QCD, one tile with one empty packet, EOC: no decomposition, reversible 5/3, 64×64 blocks, 2 guard bits. */
function codestream(width: number, height: number): Uint8Array {
  const siz = concat(u16(0), u32(width), u32(height), u32(0), u32(0), u32(width), u32(height), u32(0), u32(0), u16(1), Uint8Array.of(7, 1, 1))
  const cod = Uint8Array.of(0, 0, 0, 1, 0, 0, 4, 4, 0, 1)
  const qcd = Uint8Array.of(0x40, 0x40)
  const packet = Uint8Array.of(0x00)
  const sot = concat(u16(0), u32(12 + 2 + packet.length), Uint8Array.of(0, 1))
  return concat(
    marker(0xff4f), segment(0xff51, siz), segment(0xff52, cod), segment(0xff5c, qcd),
    segment(0xff90, sot), marker(0xff93), packet, marker(0xffd9),
  )
}

const marker = (code: number): Uint8Array => concat(u16(code), none)
const segment = (code: number, content: Uint8Array): Uint8Array => concat(u16(code), u16(content.length + 2), content)
