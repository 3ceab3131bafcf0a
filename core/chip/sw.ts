/**
 * Status words as the card uses them (ISO/IEC 7816-4, JICSAP table 25). 63Cx: x tries left.
 */
export const sw = {
  ok: 0x9000,
  deactivated: 0x6283,
  wrongLength: 0x6700,
  channelNotSupported: 0x6881,
  secureMessagingNotSupported: 0x6882,
  incompatibleFile: 0x6981,
  securityStatus: 0x6982,
  blockedIso: 0x6983,
  blocked: 0x6984,
  conditions: 0x6985,
  noCurrentFile: 0x6986,
  wrongData: 0x6a80,
  notSupported: 0x6a81,
  fileNotFound: 0x6a82,
  recordNotFound: 0x6a83,
  noSpace: 0x6a84,
  wrongParameters: 0x6a86,
  dataNotFound: 0x6a88,
  sessionKeyRefused: 0x66f1,
  wrongOffset: 0x6b00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  broken: 0x6f00,
} as const

export const triesLeft = (n: number): number => 0x63c0 | Math.min(n, 15)

const meanings: Readonly<Record<number, string>> = {
  0x9000: 'done',
  0x6283: 'selected application is locked',
  0x6700: 'wrong length',
  0x6881: 'logical channel not supported',
  0x6882: 'secure messaging not supported',
  0x6981: 'command does not fit the file',
  0x6982: 'security status not satisfied',
  0x6983: 'authentication method blocked',
  0x6984: 'referenced key or PIN is locked',
  0x6985: 'conditions of use not satisfied',
  0x6986: 'no current file',
  0x6a80: 'incorrect data',
  0x6a81: 'function not supported',
  0x6a82: 'file or application not found',
  0x6a83: 'record not found',
  0x6a84: 'not enough space',
  0x6a86: 'incorrect P1 or P2',
  0x6a88: 'referenced data not found',
  0x66f1: 'session key refused',
  0x6b00: 'offset outside the file',
  0x6d00: 'unknown instruction',
  0x6e00: 'unknown class',
  0x6f00: 'chip broken',
}

export function meaningOf(word: number): string {
  if ((word & 0xfff0) === 0x63c0) return word === 0x63c0 ? 'PIN blocked' : `wrong PIN, ${word & 15} tries left`
  return meanings[word] ?? `status ${word.toString(16).toUpperCase().padStart(4, '0')}`
}
