/**
 * A gate before a remote key: a cap on calls at once, a short queue, and a circuit breaker. While the breaker is open
 * callers are told at once to come back, so that intake lives on while the key is away.
 */
import { SignerAway } from './signer.ts'

export interface GateSettings {
  /** Calls at the same time in this process. */
  readonly concurrent: number
  /** Callers that may wait for one of them to end. */
  readonly waiting: number
  /** Failures in a row after which the breaker opens. */
  readonly failures: number
  /** Milliseconds it stays open; then one caller is let through to try. */
  readonly rest: number
  /** Milliseconds on a clock that only runs forward. */
  readonly elapsed: () => number
}

/** Runs through the gate. Only `SignerAway` counts as a failure: a final refusal proves that the other side is there. */
export type Gate = <T>(run: () => Promise<T>) => Promise<T>

export function gate(settings: GateSettings): Gate {
  const queue: (() => void)[] = []
  let running = 0
  let failed = 0
  let openUntil = 0
  let trying = false

  async function admit(): Promise<void> {
    if (running < settings.concurrent) {
      running++
      return
    }
    if (queue.length >= settings.waiting) throw new SignerAway('too many callers wait for the key', settings.rest)
    await new Promise<void>((resolve) => queue.push(resolve))
  }
  /** The place of one who leaves goes to the next in the queue. */
  function leave(): void {
    const next = queue.shift()
    if (next === undefined) running--
    else next()
  }
  /** True where the caller is the one that tries whether the other side is back. */
  function passBreaker(): boolean {
    if (failed < settings.failures) return false
    const left = openUntil - settings.elapsed()
    if (left > 0 || trying) throw new SignerAway('the key was away a moment ago', Math.max(left, 1))
    trying = true
    return true
  }
  function note(error: unknown): void {
    if (!(error instanceof SignerAway)) {
      failed = 0
      return
    }
    failed++
    if (failed >= settings.failures) openUntil = settings.elapsed() + settings.rest
  }

  return async (run) => {
    await admit()
    let tries = false
    try {
      tries = passBreaker()
      return await attempt(run)
    } finally {
      if (tries) trying = false
      leave()
    }
  }

  async function attempt<T>(run: () => Promise<T>): Promise<T> {
    try {
      const result = await run()
      failed = 0
      return result
    } catch (error) {
      note(error)
      throw error
    }
  }
}
