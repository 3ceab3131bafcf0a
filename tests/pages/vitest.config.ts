import { defineConfig } from 'vitest/config'

// A real browser against a whole gateway: what a person meets.
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: new URL('../../node_modules/graphql/index.js', import.meta.url).pathname }] },
  test: { root: new URL('../..', import.meta.url).pathname, include: ['tests/pages/**/*.browser.ts'], testTimeout: 60_000, hookTimeout: 180_000, fileParallelism: false },
})
