import { defineConfig } from 'vitest/config'

// One worker, so that the stages are synthesised once for all files.
export default defineConfig({
  test: { root: new URL('../..', import.meta.url).pathname, include: ['tests/infra/**/*.test.ts'], isolate: false, fileParallelism: false, testTimeout: 240_000, hookTimeout: 600_000 },
})
