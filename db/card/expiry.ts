/** What decided the last day of a card or certificate, sealed. The end of a stay tells of nationality, and so would a length: all are of one. */
import type { DecidedBy } from '../../core/law/card/validity.ts'
import type { Safe } from '../safe.ts'

type Column = 'cards.expiry' | 'certificates.expiry'
const octets = 192

export const openedExpiry = (safe: Safe, column: Column, id: string, sealed: Uint8Array | null): DecidedBy | null =>
  sealed === null ? null : (JSON.parse(Buffer.from(safe.openOctets(column, id, sealed)).toString('utf8')) as DecidedBy)

export const sealedExpiry = (safe: Safe, column: Column, id: string, by: DecidedBy | null): Uint8Array | null => {
  if (by === null) return null
  const text = Buffer.from(JSON.stringify(by), 'utf8')
  return safe.sealOctets(column, id, Buffer.concat([text, Buffer.alloc(octets - text.length, ' ')]))
}
