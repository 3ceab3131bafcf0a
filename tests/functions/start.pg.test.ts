/**
 * Every door against a database that is one migration behind or ahead: it does not start, with one line that names the
 * migration, before it serves. On a real server, since a door opens its database by address.
 */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { sql } from 'drizzle-orm'
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { authorityEnvironment, ceremonyEnvironment, dispatchEnvironment, graphqlEnvironment, ocspEnvironment, sweepEnvironment } from '../../functions/environment.ts'
import { webauthn } from '../../functions/environment/webauthn.ts'
import { keyRoles } from '../../functions/environment/variables.ts'
import { handler as sandbox } from '../../local/sandbox-door.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'

const doors = { graphql: () => graphqlEnvironment(webauthn()), authority: authorityEnvironment, ocsp: ocspEnvironment, sweep: sweepEnvironment, dispatch: dispatchEnvironment, ceremony: ceremonyEnvironment, sandbox: () => sandbox({ rawPath: '/sandbox/cards' } as APIGatewayProxyEventV2, {} as Context) }
const keys = JSON.stringify(Object.fromEntries(keyRoles.map((role) => [role, { arn: `arn:aws:kms:ap-northeast-1:000000000000:key/${role}`, spkiSha256: '0'.repeat(64), algorithm: 'rsa-pkcs1-sha256' }])))
const told: Readonly<Record<string, string>> = {
  STAGE: 'test', AWS_REGION: 'ap-northeast-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', KMS_KEYS: keys, PAIRWISE_SECRET: 'p'.repeat(40), ISSUER_URL: 'https://i.example', AUDIENCE: 'https://a.example', QUEUE_URL: 'https://q.example/1/bell',
  SANDBOX_BUCKET: 'https://s.example/', PAGES_PUBLIC_KEY: JSON.stringify({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'pages-1' }),
  CRL_BUCKET: 'https://l.example/', CHECKPOINT_BUCKET: 'https://c.example/', OCSP_URL: 'http://o.example/ocsp', GATEWAY_URL: 'https://a.example', SECRETS: '', AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:9',
}

let database: TestDatabase
beforeAll(async () => { database = await freshDatabase(4) })
afterAll(() => database.close())
beforeEach(() => {
  for (const [name, value] of Object.entries({ ...told, DATABASE_URL: database.url })) vi.stubEnv(name, value)
})
afterEach(() => vi.unstubAllEnvs())

describe.each(Object.keys(doors) as (keyof typeof doors)[])('%s', (door) => {
  test('one migration ahead', async () => {
    await database.db.execute(sql`insert into schema_migrations (position, name, sha256) values (999, '9999_to_come', 'x')`)
    try {
      const said: unknown = await doors[door]().then(() => 'started', (fault: unknown) => fault)
      expect(said).toMatchObject({ name: 'CannotStart', fault: 'database-ahead', message: expect.stringMatching(/^cannot start: [^\n]*9999_to_come[^\n]*$/) })
    } finally {
      await database.db.execute(sql`delete from schema_migrations where position = 999`)
    }
  })
  test('one migration behind', async () => {
    // What only takes away may still be to come; the newest that the code needs, and what followed it, are not there yet.
    const lacking = (await database.db.execute(sql`delete from schema_migrations where position >= (select max(position) from schema_migrations where name not like '%\\_contract') returning position, name, sha256`) as { rows: unknown }).rows as { position: number; name: string; sha256: string }[]
    const [newest] = lacking.toSorted((a, b) => a.position - b.position)
    try {
      const said: unknown = await doors[door]().then(() => 'started', (fault: unknown) => fault)
      expect(said).toMatchObject({ name: 'CannotStart', fault: 'database-behind', message: expect.stringMatching(new RegExp(`^cannot start: [^\\n]*${newest!.name}[^\\n]*$`)) })
    } finally {
      for (const { position, name, sha256 } of lacking) await database.db.execute(sql`insert into schema_migrations (position, name, sha256) values (${position}, ${name}, ${sha256})`)
    }
  })
})
