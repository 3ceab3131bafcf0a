import { defineConfig } from 'vitest/config'

// What a room’s mutants must be found by: the tests that are that room’s own, on the embedded database.
const tests: Readonly<Record<string, readonly string[]>> = {
  chip: ['tests/chip/**/*.test.ts'],
  // Witnesses, keys of partners and the client of KMS are tested where they are used.
  pki: ['tests/pki/**/*.test.ts', 'tests/pki-verify/**/*.test.ts', 'tests/local/{witness,kms-client,patience}.test.ts', 'tests/partner/keys.test.ts'],
  law: ['tests/law/**/*.test.ts', 'tests/db/**/*.test.ts', 'tests/partner/**/*.test.ts'],
}

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: new URL('../../node_modules/graphql/index.js', import.meta.url).pathname }] },
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: [...tests[process.env.MUTATED_ROOM ?? 'chip']!],
    // refusal.test.ts asks git, which a copy without its history has not.
    exclude: ['tests/**/*.pg.test.ts', 'tests/law/refusal.test.ts', 'node_modules/**'],
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
