import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// unit: everything that runs on the embedded database. pg: races and isolation, which mean nothing on an embedded
// database with one connection; it needs DATABASE_URL (npm run test:pg starts a server of its own).
export default defineConfig({
  // graphql has two builds and refuses to meet itself: everybody gets the one that Node itself resolves.
  resolve: { alias: [{ find: /^graphql$/, replacement: new URL('../node_modules/graphql/index.js', import.meta.url).pathname }] },
  test: {
    root: new URL('..', import.meta.url).pathname,
    // On two cores as well: half of the files are busy with the database, the other half with signatures.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/**/*.pg.test.ts', 'tests/interop/**', 'tests/infra/**', 'tests/lambda/**', 'tests/localstack/**', '**/node_modules/**'],
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'pg', include: ['tests/**/*.pg.test.ts'], exclude: ['**/node_modules/**'], isolate: false, testTimeout: 300_000, hookTimeout: 120_000 },
      },
    ],
  },
})
