/**
 * Which command changes a PIN where: CHANGE REFERENCE DATA (00 24) in the JPKI and input-support applications and in
 * areas, CHANGE KEY (80 32) in the common and 住基 applications.
 */
import type { Command } from '../apdu.ts'
import { areaEf } from '../applications/area.ts'
import { changePin } from '../pin.ts'
import { answer, currentApplication, fileOf, withFile, type Chip, type Outcome } from '../state.ts'
import { sw } from '../sw.ts'

export function setPin(chip: Chip, c: Command): Outcome {
  const application = currentApplication(chip)
  if (application === null) return answer(chip, sw.noCurrentFile)
  const byKey = application.kind === 'common' || application.kind === 'juki'
  if (byKey !== (c.ins === 0x32) || application.kind === 'visual' || application.kind === 'isd') return answer(chip, sw.unknownInstruction)
  if (c.p1 !== (byKey ? 0x00 : 0x01)) return answer(chip, sw.wrongParameters)
  const outcome = changePin(chip, c)
  return outcome.sw === sw.ok && application.kind === 'area' ? { ...outcome, chip: markPinSet(outcome.chip) } : outcome
}

function markPinSet(chip: Chip): Chip {
  const file = fileOf(currentApplication(chip)!, areaEf.pinState)
  if (file?.type !== 'binary') return chip
  return { card: withFile(chip.card, chip.session.df, { ...file, data: Uint8Array.of(0xc1, 0x01, 0x01) }), session: chip.session }
}
