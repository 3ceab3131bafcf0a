/** What the card commands write for people: PINs in lines, and transcripts in files. */
import { writeFileSync } from 'node:fs'
import type { CardOperations } from '../../client/operations.ts'
import { Mistake } from '../mistake.ts'

/** Where a command writes; lines, without their end. */
export type Say = (line: string) => void

export async function pinStatus(card: CardOperations, say: Say): Promise<void> {
  for (const [pin, left] of Object.entries(await card.pinStatus())) say(`${pin.padEnd(15)}${left === 0 ? 'blocked' : `${left} ${left === 1 ? 'try' : 'tries'} left`}`)
}

/** For `--trace FILE` where several cards are traced: one file each. */
export const traceFile = (file: string, persona: string, several: boolean): string => (several ? file.replace(/(\.[^./]*)?$/, `.${persona}$1`) : file)

/** That a file can be written is known before the session, not after it. */
export function mustBeWritable(file: string): void {
  try {
    writeFileSync(file, '', { flag: 'a' })
  } catch (error) {
    throw new Mistake(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
