/**
 * READ BINARY, READ RECORD, GET DATA, GET CHALLENGE (ISO/IEC 7816-4 11.2, 11.3, 11.4.3, 11.5.3 as the card does them).
 */
import { contactAtrTag } from '../applications/common.ts'
import type { Command } from '../apdu.ts'
import { answer, concat, currentApplication, fileOf, type Chip, type ElementaryFile, type Outcome, type Random } from '../state.ts'
import { pinVerified } from '../pin.ts'
import { sw } from '../sw.ts'

/**
 * The file a command means: by short identifier, which makes it current, or the current one. A status word where there
 * is none, or where its application is locked.
 */
export function target(chip: Chip, sfi: number): { readonly file: ElementaryFile; readonly at: Chip } | number {
  const application = currentApplication(chip)
  if (application === null) return sw.noCurrentFile
  if (application.area?.locked === true) return sw.conditions
  const id = sfi === 0 ? chip.session.ef : sfi
  if (id === 0) return sw.noCurrentFile
  const file = fileOf(application, id)
  if (file === null) return sw.fileNotFound
  return { file, at: id === chip.session.ef ? chip : { card: chip.card, session: { ...chip.session, ef: id, record: 0 } } }
}

/** Offset: 15 bits in P1 P2, or 8 bits in P2 with the short identifier in P1. Short data at the end of the file, 6B00 beyond. */
export function readBinary(chip: Chip, c: Command): Outcome {
  const short = (c.p1 & 0x80) !== 0
  if (short && ((c.p1 & 0x60) !== 0 || (c.p1 & 0x1f) === 0)) return answer(chip, sw.wrongParameters)
  const found = target(chip, short ? c.p1 & 0x1f : 0)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  if (file.type !== 'binary') return answer(at, sw.incompatibleFile)
  if (pinVerified(at.session, file.read) === null) return answer(at, sw.securityStatus)
  if (c.data.length > 0 || c.le === 0) return answer(at, sw.wrongLength)
  const offset = short ? c.p2 : (c.p1 << 8) | c.p2
  if (offset >= file.data.length) return answer(at, sw.wrongOffset)
  return answer(at, sw.ok, file.data.subarray(offset, offset + c.le))
}

/** P2: SFI in the high five bits, then 4 one record (P1; 0 the current), 5 from P1 to the last. */
export function readRecord(chip: Chip, c: Command): Outcome {
  const mode = c.p2 & 7
  if ((mode !== 4 && mode !== 5) || c.p2 >> 3 === 0x1f) return answer(chip, sw.wrongParameters)
  const found = target(chip, c.p2 >> 3)
  if (typeof found === 'number') return answer(chip, found)
  const { file, at } = found
  if (file.type !== 'record') return answer(at, sw.incompatibleFile)
  if (pinVerified(at.session, file.read) === null) return answer(at, sw.securityStatus)
  if (c.data.length > 0 || c.le === 0) return answer(at, sw.wrongLength)
  const n = c.p1 === 0 ? at.session.record : c.p1
  if (n === 0 || n > file.records.length) return answer(at, sw.recordNotFound)
  const data = mode === 4 ? file.records[n - 1]! : concat(...file.records.slice(n - 1))
  const moved: Chip = { card: at.card, session: { ...at.session, record: n } }
  return data.length > c.le ? answer(moved, sw.wrongLength) : answer(moved, sw.ok, data)
}

/** Data objects, in the state after power-on or with the issuer domain selected; the ATR also in an application. Longer than Le: 6700, ask again extended. */
export function getData(chip: Chip, c: Command): Outcome {
  const application = currentApplication(chip)
  const tag = (c.p1 << 8) | c.p2
  if (application !== null && application.kind !== 'isd' && tag !== contactAtrTag) return answer(chip, sw.dataNotFound)
  const found = tag === lastReceiptTag ? { value: chip.card.lastReceipt } : chip.card.objects.find((o) => o.tag === tag)
  if (found === undefined || found.value.length === 0) return answer(chip, sw.dataNotFound)
  if (c.data.length > 0 || found.value.length > c.le) return answer(chip, sw.wrongLength)
  return answer(chip, sw.ok, found.value)
}

/** Ours: the receipt of the last accepted order, for a terminal that lost the answer. */
export const lastReceiptTag = 0x01d2

export function getChallenge(chip: Chip, c: Command, random: Random): Outcome {
  if (c.p1 !== 0 || c.p2 !== 0) return answer(chip, sw.wrongParameters)
  if (c.extended) return answer(chip, sw.conditions)
  if (c.data.length > 0 || c.le === 0) return answer(chip, sw.wrongLength)
  return answer(chip, sw.ok, random.bytes(c.le))
}
