/**
 * KMS on the same machine, in the same process: when the machine is busy an answer comes late, and there is no queue of
 * others waiting for ours. So a call that found KMS away is made again, for a while, where a deployed door would give up
 * and let the queue bring the work back.
 */
import type { KmsClient } from '../../core/pki/kms.ts'
import { SignerAway } from '../../core/pki/signer.ts'

export interface Patience {
  /** How often a call is made at most. */
  readonly tries: number
  /** Milliseconds before try `n` (2, 3, …). */
  readonly delay: (n: number) => number
}

export const patience: Patience = { tries: 20, delay: (n) => Math.min(1_000, 50 * 2 ** n) }

export function patient(kms: KmsClient, { tries, delay }: Patience = patience): KmsClient {
  return {
    async call(run) {
      for (let n = 1; ; n++) {
        try {
          return await kms.call(run)
        } catch (error) {
          if (!(error instanceof SignerAway) || n >= tries) throw error
          await new Promise((resolve) => setTimeout(resolve, delay(n + 1)))
        }
      }
    },
    close: () => kms.close(),
  }
}
