/** A bounded run of the fuzzer of local/fuzz.ts: every seed as it is, then mutations with a new random seed each time. */
import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fuzz, mutate, randomFrom, seeds, targets, type Target } from '../../local/fuzz.ts'

const corpus = seeds()

describe('fuzzing', () => {
  test('the corpus is whole: four outside folders, PKITS, real roots, our own, a note, a request', () => expect(corpus).toHaveLength(1200 + 578 + 4 + 5 + 2))
  test('every seed: typed errors only, none above 100 ms', () => expect(fuzz(corpus, 0, (runs) => runs >= corpus.length).findings).toEqual([]))
  test('20,000 mutations', { timeout: 60_000 }, () => {
    const seed = randomInt(2 ** 31)
    const { runs, accepted, findings } = fuzz(corpus, seed, (n) => n >= corpus.length + 20_000)
    expect(findings, `seed ${seed}`).toEqual([])
    expect(runs).toBe(corpus.length + 20_000)
    // Mutations that never pass the reader would test nothing behind it.
    expect(accepted).toBeGreaterThan(1000)
  })
  test.each<[Target, number]>([['certificate', 4], ['crl', 1], ['ocspRequest', 1], ['cms', 3]])('some seeds reach past the parser: %s', (target, least) => {
    expect(corpus.slice(1200).filter((input) => parses(target, input)).length).toBeGreaterThanOrEqual(least)
  })
  test('the same seed gives the same mutations', () => {
    const run = (): string => Array.from({ length: 20 }, ((random) => () => Buffer.from(mutate(corpus[1500]!, corpus[1501]!, random)).toString('hex'))(randomFrom(7))).join()
    expect(run()).toBe(run())
  })
})

function parses(target: Target, input: Uint8Array): boolean {
  try {
    targets[target](input)
    return true
  } catch {
    return false
  }
}
