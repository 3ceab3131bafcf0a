import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// npm run test:paths: every suite that knocks at the GraphQL door, with each request answered by both paths and compared (harness/tape.ts).
const door = new URL('../functions/graphql.ts', import.meta.url).pathname
const tape = new URL('harness/tape.ts', import.meta.url).pathname
const suites = ['tests/schema/**/*.test.ts', 'tests/partner/**/*.test.ts', 'tests/law/names.test.ts', 'tests/local/gateway.test.ts', 'tests/local/sandbox.test.ts', 'tests/local/personas.test.ts', 'tests/local/canary.test.ts', 'tests/local/card-commands.test.ts', 'tests/local/revocation.test.ts']

const { test: _, ...rest } = base as { test: unknown }
export default mergeConfig(rest, defineConfig({
  plugins: [{
    name: 'both-paths', enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith('functions/graphql.ts') || importer === undefined || importer === tape) return null
      return (await this.resolve(source, importer, { skipSelf: true }))?.id === door ? tape : null
    },
  }],
  test: {
    root: new URL('..', import.meta.url).pathname, include: suites, globalSetup: new URL('harness/tape-count.ts', import.meta.url).pathname,
    // One measures what a path costs, the other goes by both paths itself, and counts how often the door is opened.
    exclude: ['tests/schema/hostile.test.ts', 'tests/schema/door.test.ts', 'node_modules/**'], isolate: false, testTimeout: 60_000, hookTimeout: 120_000,
  },
}))
