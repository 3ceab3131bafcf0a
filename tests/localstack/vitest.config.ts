import { defineConfig } from 'vitest/config'

export default defineConfig({
  // graphql has two builds and refuses to meet itself: everybody gets the one that Node itself resolves.
  resolve: { alias: [{ find: /^graphql$/, replacement: new URL('../../node_modules/graphql/index.js', import.meta.url).pathname }] },
  test: { root: new URL('../..', import.meta.url).pathname, include: ['tests/localstack/**/*.test.ts'], fileParallelism: false, testTimeout: 120_000, hookTimeout: 900_000 },
})
