/** The printed schema is the committed one: partners build against the file. */
import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { toSchema } from '../schema/index.ts'
import { sdlOf } from '../schema/sdl.ts'

const committed = readFileSync(new URL('../schema/schema.graphql', import.meta.url), 'utf8')

test('the printed schema equals the committed one (npm run schema:print writes it)', () => {
  expect(sdlOf(toSchema())).toBe(committed)
})

test('the committed file is a schema by itself', () => {
  const schema = buildSchema(committed)
  expect(Object.keys(schema.getMutationType()!.getFields())).toEqual(Object.keys(toSchema().getMutationType()!.getFields()).toSorted())
})
