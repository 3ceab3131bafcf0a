/**
 * SELECT (ISO/IEC 7816-4 11.1.1 as the card does it): an application by its name or a prefix of it, a file by identifier.
 * Success clears the security status, even for the application already selected; failure leaves everything.
 */
import type { Command } from '../apdu.ts'
import { answer, concat, currentApplication, fileOf, none, powerOn, type Application, type Chip, type Outcome } from '../state.ts'
import { sw } from '../sw.ts'
import { text, tlv, u16 } from '../tlv.ts'

export function select(chip: Chip, c: Command): Outcome {
  if (c.p1 === 0x04) return selectApplication(chip, c)
  if (c.p1 === 0x02) return selectFile(chip, c)
  if (c.p1 === 0x00) return selectMaster(chip, c)
  return answer(chip, sw.wrongParameters)
}

/** P2: 0C no answer data, 00 control information; +2 the next application that the prefix fits. */
function selectApplication(chip: Chip, c: Command): Outcome {
  if ((c.p2 & 0xf1) !== 0 || (c.p2 & 0x0c) === 0x04 || (c.p2 & 0x0c) === 0x08) return answer(chip, sw.wrongParameters)
  if (c.data.length > 16) return answer(chip, sw.wrongData)
  const { applications } = chip.card
  const first = (c.p2 & 0x02) === 0 ? 0 : chip.session.df + 1
  for (let i = first; i < applications.length; i++) {
    const found = applications[i]!
    if (!startsWith(found.aid, c.data)) continue
    const selected: Chip = { card: chip.card, session: { ...powerOn, df: i, issuer: chip.session.issuer } }
    const data = (c.p2 & 0x0c) === 0 && c.le > 0 ? controlInformation(found) : none
    return answer(selected, found.area?.locked === true ? sw.deactivated : sw.ok, data.length > c.le ? none : data)
  }
  return answer(chip, sw.fileNotFound)
}

function selectFile(chip: Chip, c: Command): Outcome {
  if (c.p2 !== 0x0c && c.p2 !== 0x00) return answer(chip, sw.wrongParameters)
  if (c.data.length !== 2) return answer(chip, sw.wrongLength)
  const application = currentApplication(chip)
  const id = (c.data[0]! << 8) | c.data[1]!
  if (application === null || fileOf(application, id) === null) return answer(chip, sw.fileNotFound)
  const selected: Chip = { card: chip.card, session: { ...chip.session, ef: id, record: 0 } }
  return answer(selected, sw.ok, c.p2 === 0 && c.le >= 6 ? tlv(0x6f, tlv(0x83, u16(id))) : none)
}

/** The card has no master file to go to: 6A86 after power-on, later 9000 and nothing moves. */
function selectMaster(chip: Chip, c: Command): Outcome {
  if (c.data.length > 0) return answer(chip, sw.fileNotFound)
  return answer(chip, chip.session.df < 0 ? sw.wrongParameters : sw.ok)
}

/** 6F { 84 name, 50 label of an area }: what the real card answers is not recorded. */
function controlInformation(application: Application): Uint8Array {
  const label = application.area === null ? none : tlv(0x50, text(application.area.label))
  return tlv(0x6f, concat(tlv(0x84, application.aid), label))
}

function startsWith(name: Uint8Array, prefix: Uint8Array): boolean {
  if (prefix.length > name.length) return false
  for (let i = 0; i < prefix.length; i++) if (name[i] !== prefix[i]) return false
  return true
}
