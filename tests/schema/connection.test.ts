/** Pages: bounds, cursors, both directions, against what slicing the whole list would give. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anonymous } from '../../core/law/actor.ts'
import { pageOf, type Page, type PageArgs } from '../../schema/connection.ts'
import { ask, citizen, contextFor, global } from './fixture.ts'

const context = contextFor(anonymous)
const letters = (n: number): string[] => Array.from({ length: n }, (_, i) => `x${i}`)
const page = (args: PageArgs, list: readonly string[]) => pageOf<string>(args, context, (item) => item, async (limit) => list.slice(0, limit))

describe('bounds', () => {
  test.each([[{}], [{ first: 0 }], [{ first: 101 }], [{ first: -1 }], [{ last: 0 }], [{ last: 101 }], [{ first: 1, last: 1 }], [{ first: null, last: null }]])('%j is refused', async (args) => {
    await expect(page(args, letters(3))).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT', requestId: 'request-1' } })
  })

  test('an unknown cursor is refused', async () => {
    await expect(page({ first: 1, after: 'nowhere' }, letters(3))).rejects.toThrow('A cursor is unknown.')
    await expect(page({ last: 1, before: '\ud800' }, letters(3))).rejects.toThrow('A cursor is unknown.')
  })

  test('over GraphQL it is an error with a code', async () => {
    const result = await ask(citizen(), '{ me { cards { nodes { id } } } }')
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', requestId: 'request-1' })
  })
})

test('a first page loads one more than it shows, and no more', async () => {
  const asked: number[] = []
  await pageOf({ first: 10 }, context, (item: string) => item, async (limit) => { asked.push(limit); return letters(1_000).slice(0, limit) })
  expect(asked).toEqual([11])
})

test('every page is the slice of the list that its arguments describe', async () => {
  await fc.assert(fc.asyncProperty(fc.nat(900), fc.integer({ min: 1, max: 100 }), fc.boolean(), fc.option(fc.nat(899)), fc.option(fc.nat(899)), async (length, count, forward, afterAt, beforeAt) => {
    const list = letters(length)
    const after = afterAt !== null && afterAt < length ? global(list[afterAt]!) : null
    const before = beforeAt !== null && beforeAt < length ? global(list[beforeAt]!) : null
    const from = after === null ? 0 : afterAt! + 1
    const whole = list.slice(from, before === null ? length : Math.max(from, beforeAt!))
    const expected = forward ? whole.slice(0, count) : whole.slice(-count)
    const got = await page(forward ? { first: count, after, before } : { last: count, after, before }, list)
    expect(got.edges.map((e) => e.node)).toEqual(expected)
    if (expected.length > 0) {
      expect(got.hasPreviousPage).toBe(list.indexOf(expected[0]!) > 0)
      expect(got.hasNextPage).toBe(list.indexOf(expected.at(-1)!) < length - 1)
    }
  }), { numRuns: 300 })
})

test('the pages of a list, one after the other, are the list', async () => {
  const list = letters(857)
  const seen: string[] = []
  for (let after: string | null = null; ;) {
    const got: Page<string> = await page({ first: 100, after }, list)
    seen.push(...got.edges.map((e) => e.node))
    if (!got.hasNextPage) break
    after = got.edges.at(-1)!.cursor
  }
  expect(seen).toEqual(list)
})
