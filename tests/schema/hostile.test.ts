/**
 * The dearest requests (hostile.ts): each is refused before it runs. What it costs is bounded here with headroom for a machine that others use; the measurement
 * of the door (`npm run bench -- door`) holds it to 50 ms.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { largestRequest } from '../../functions/graphql.ts'
import { bodies, cost } from './hostile.ts'

/** Milliseconds of processor time: ten times what the dearest may take. */
const most = 500

test.each(bodies)('%s', async (_, body) => {
  expect(body.length).toBeLessThan(largestRequest)
  const { milliseconds, text, status } = await cost(body)
  expect(JSON.parse(text)).toHaveProperty('errors')
  expect(JSON.parse(text)).not.toHaveProperty('data.me.id')
  expect(status).toBeLessThan(500)
  expect(text).not.toContain('Did you mean')
  expect(milliseconds).toBeLessThan(most)
})

test('the bundle of production holds no page for people', () => {
  const imports = ['graphql.ts', 'graphql/admit.ts', 'graphql/open.ts', 'graphql/ready.ts', 'environment.ts'].map((file) => readFileSync(new URL(`../../functions/${file}`, import.meta.url), 'utf8')).join('\n')
  expect(imports).not.toMatch(/render-graphiql/)
  expect(imports).toContain('graphiql: false')
})
