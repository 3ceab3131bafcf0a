/**
 * Writing, in a session of the issuer only: UPDATE BINARY of certificate files, UPDATE and APPEND RECORD of an area.
 */
import { filesOf, presenceAfter, ef as jpkiEf } from '../applications/jpki.ts'
import type { Command } from '../apdu.ts'
import { answer, currentApplication, fileOf, withFile, type CertificateKind, type Chip, type Outcome, type RecordFile } from '../state.ts'
import { mayWriteArea, personalising } from '../session.ts'
import { sw } from '../sw.ts'
import { target } from './read.ts'

/** Addresses as READ BINARY. A first octet 30 makes the presence file say that the certificate is there: write it last. */
export function updateBinary(chip: Chip, c: Command): Outcome {
  const short = (c.p1 & 0x80) !== 0
  if (short && ((c.p1 & 0x60) !== 0 || (c.p1 & 0x1f) === 0)) return answer(chip, sw.wrongParameters)
  const found = target(chip, short ? c.p1 & 0x1f : 0)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  if (file.type !== 'binary') return answer(at, sw.incompatibleFile)
  const application = currentApplication(at)!
  const kind = application.kind === 'jpki' ? kindWritable(at, file.id) : null
  if (kind === null) return answer(at, sw.securityStatus)
  if (c.data.length === 0) return answer(at, sw.wrongLength)
  const offset = short ? c.p2 : (c.p1 << 8) | c.p2
  if (offset >= file.data.length) return answer(at, sw.wrongOffset)
  if (offset + c.data.length > file.data.length) return answer(at, sw.noSpace)
  const data = Uint8Array.from(file.data)
  data.set(c.data, offset)
  let card = withFile(at.card, at.session.df, { ...file, data })
  const presence = fileOf(application, jpkiEf.presence)
  if (file.id === filesOf[kind].certificate && presence?.type === 'binary') card = withFile(card, at.session.df, presenceAfter(presence, kind, data))
  return answer({ card, session: at.session }, sw.ok)
}

const kindWritable = (chip: Chip, id: number): CertificateKind | null =>
  personalising(chip.session.issuer).find((kind) => filesOf[kind].certificate === id || filesOf[kind].ca === id) ?? null

/** `00 DC record P2`: replaces one record. */
export function updateRecord(chip: Chip, c: Command): Outcome {
  return writeRecord(chip, c, (file) => {
    const n = c.p1 === 0 ? chip.session.record : c.p1
    if (n === 0 || n > file.records.length) return sw.recordNotFound
    return file.records.map((r, i) => (i === n - 1 ? Uint8Array.from(c.data) : r))
  })
}

/** `00 E2 00 P2`: adds a record while there is room. */
export function appendRecord(chip: Chip, c: Command): Outcome {
  if (c.p1 !== 0) return answer(chip, sw.wrongParameters)
  return writeRecord(chip, c, (file) => (file.records.length >= (file.room?.count ?? 0) ? sw.noSpace : [...file.records, Uint8Array.from(c.data)]))
}

function writeRecord(chip: Chip, c: Command, change: (file: RecordFile) => readonly Uint8Array[] | number): Outcome {
  if ((c.p2 & 7) !== (c.ins === 0xe2 ? 0 : 4) || c.p2 >> 3 === 0x1f) return answer(chip, sw.wrongParameters)
  const found = target(chip, c.p2 >> 3)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  if (file.type !== 'record') return answer(at, sw.incompatibleFile)
  if (!mayWriteArea(at.session.issuer, currentApplication(at)!)) return answer(at, sw.securityStatus)
  if (c.data.length === 0) return answer(at, sw.wrongLength)
  if (file.room === null || c.data.length > file.room.size) return answer(at, sw.noSpace)
  const records = change(file)
  if (typeof records === 'number') return answer(at, records)
  return answer({ card: withFile(at.card, at.session.df, { ...file, records }), session: at.session }, sw.ok)
}
