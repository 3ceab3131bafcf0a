/**
 * What one validation may cost. Every signature check, every step of the search, every comparison of a name with a
 * constraint is paid for here; whoever offers a maze gets the verdict "too much work" and never a busy processor.
 */
import type { Certificate, Crl } from '../parse.ts'
import { verifySigned } from '../verify.ts'

export interface Budget {
  readonly signatures: number
  /** Certificates looked at while searching. */
  readonly steps: number
  /** Complete paths tried. */
  readonly paths: number
  /** Names compared with constraints. */
  readonly names: number
}
/** Generous for honest chains (one of four certificates with lists costs eight signatures), nothing for the processor. */
export const defaultBudget: Budget = { signatures: 300, steps: 5_000, paths: 40, names: 250_000 }

/** Thrown inside the validator, caught by it, never seen outside. */
export class Exhausted extends Error {
  override readonly name = 'Exhausted'
}

export interface Work {
  spend(kind: keyof Budget, amount?: number): void
  /** Memory of signatures already checked: the same pair is paid for once. */
  signedBy(signed: Certificate | Crl, issuer: Certificate): boolean
}

export function newWork(budget: Budget): Work {
  const left: Record<keyof Budget, number> = { ...budget }
  const known = new Map<Certificate | Crl, Map<string, boolean>>()
  const spend = (kind: keyof Budget, amount = 1): void => {
    left[kind] -= amount
    if (left[kind] < 0) throw new Exhausted(`more than ${budget[kind]} ${kind}`)
  }
  return {
    spend,
    signedBy(signed, issuer) {
      const key = Buffer.from(issuer.spki).toString('latin1')
      let answers = known.get(signed)
      if (answers === undefined) known.set(signed, (answers = new Map()))
      let answer = answers.get(key)
      if (answer === undefined) {
        spend('signatures')
        answers.set(key, (answer = verifySigned(signed, issuer.spki)))
      }
      return answer
    },
  }
}
