/** Reads the tables and writes the next migration: `npm run db:generate`. */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './db/tables/*.ts',
  out: './db/migrations',
  casing: 'snake_case',
  migrations: { prefix: 'index' },
  breakpoints: true,
  strict: true,
  verbose: false,
})
