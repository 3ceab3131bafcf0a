import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { root: new URL('../..', import.meta.url).pathname, include: ['tests/localstack/**/*.test.ts'], fileParallelism: false, testTimeout: 120_000, hookTimeout: 900_000 },
})
