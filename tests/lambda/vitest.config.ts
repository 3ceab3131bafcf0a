import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { root: new URL('../..', import.meta.url).pathname, include: ['tests/lambda/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 900_000 },
})
