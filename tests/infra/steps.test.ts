/**
 * The steps of the workflows as they run: migrations and roles on a real Postgres, the move of a version and the role of an
 * environment against a stand-in for the AWS command line that writes down what it was asked.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { upTo } from '../../.github/workflows/steps/migrate.ts'
import { startPostgres, type Server } from '../harness/postgres.ts'
import { root } from './synthesise.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynagate-steps-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ran { readonly status: number | null; readonly out: string; readonly err: string; readonly asked: readonly string[] }
let runs = 0

/** Runs a step with stand-ins in the path: each is a shell case over its arguments, and notes them. */
function run(step: string, args: readonly string[], stands: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Ran {
  const bin = join(folder, `run-${runs++}`)
  mkdirSync(bin)
  const asked = join(bin, 'asked')
  writeFileSync(asked, '')
  for (const [name, cases] of Object.entries(stands)) {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\nprintf '%s\\n' "${name} $*" >>${asked}\ncase "$*" in\n${cases}\n*) echo "not expected: $*" >&2; exit 9 ;;\nesac\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const ran = spawnSync('bash', [join(root, '.github/workflows/steps', step), ...args], { cwd: root, encoding: 'utf8', env: { PATH: `${bin}:${process.env['PATH']}`, HOME: folder, ...env } })
  return { status: ran.status, out: ran.stdout, err: ran.stderr, asked: readFileSync(asked, 'utf8').split('\n').filter((line) => line !== '') }
}

describe('phases of migrations', () => {
  const all = ['0000_first', '0001_grow', '0002_shrink_contract', '0003_grow_again'].map((name) => ({ name }))
  test('growing stops before what takes away; shrinking does the rest', () => {
    expect(upTo('expand', all, 1).map((m) => m.name)).toEqual(['0000_first', '0001_grow'])
    expect(upTo('expand', all, 2)).toHaveLength(2)
    expect(upTo('expand', all, 3)).toHaveLength(4)
    expect(upTo('contract', all, 1)).toHaveLength(4)
    // Nobody lives in an empty archive.
    expect(upTo('expand', all, 0)).toHaveLength(4)
  })
})

describe('the archive and the roles of its doors', () => {
  let server: Server
  let owner: pg.Client
  const doors = ['graphql', 'authority', 'ocsp', 'sweep', 'dispatch', 'ceremony'] as const
  const passwords = Object.fromEntries(doors.map((door) => [`door_${door}`, `pass'word-"${door}`]))
  const secret = (url: string) => `secretsmanager*get-secret-value*--secret-id\\ mynagate/pr-7/owner*) cat <<'JSON'\n${JSON.stringify({ DATABASE_URL: url, ...passwords })}\nJSON\n;;`
  const migrate = (phase: string) => run('migrate.sh', [phase], { aws: secret(server.url) }, { STAGE: 'pr-7' })

  beforeAll(async () => {
    server = await startPostgres()
    owner = new pg.Client({ connectionString: server.url })
    await owner.connect()
  })
  afterAll(async () => {
    await owner.end()
    await server.stop()
  })
  async function as<T>(door: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const url = new URL(server.url)
    const client = new pg.Client({ host: url.hostname, port: Number(url.port), database: url.pathname.slice(1), user: `door_${door}`, password: passwords[`door_${door}`]! })
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
  const refused = (door: string, sql: string) => as(door, (client) => client.query(sql).then(() => 'done', (error: { code?: string }) => error.code ?? String(error)))

  test('an empty archive gets tables and roles; a second time changes nothing', () => {
    const first = migrate('expand')
    expect(first.err).toBe('')
    expect(first.status).toBe(0)
    expect(first.out).toContain('expand: applied 0000_first')
    expect(migrate('contract').out).toContain('contract: nothing to apply')
  })
  test('neither the address nor a password is printed, but for the line that hides it', () => {
    const { out, err } = migrate('expand')
    const shown = `${out}\n${err}`.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')
    for (const value of [server.url, ...Object.values(passwords)]) expect(shown).not.toContain(value)
    expect(out).toContain(`::add-mask::${server.url}`)
  })
  test('a stage without an archive is left alone; one whose archive is out of reach is a failure', () => {
    const answer = (what: string) => ({ aws: `secretsmanager*) echo 'An error occurred (${what}) when calling GetSecretValue' >&2; exit 254 ;;` })
    expect(run('migrate.sh', ['expand'], answer('ResourceNotFoundException'), { STAGE: 'pr-7' })).toMatchObject({ status: 0, out: 'no archive yet\n' })
    expect(run('migrate.sh', ['expand'], answer('AccessDeniedException'), { STAGE: 'pr-7' }).status).toBe(1)
  })
  test('no door rewrites or removes what was logged; the sweep removes what the law lets it erase, the counter what nobody answered a partner that ended', async () => {
    for (const door of doors) for (const table of ['audit_leaves', 'acts', 'access_log']) {
      expect(await refused(door, `update ${table} set at = 0`), `${door} ${table}`).toBe('42501')
      // The law sets a term to who received what (施行規則 第35条の2): the sweep erases what is past it.
      if (door !== 'sweep' || table !== 'access_log') expect(await refused(door, `delete from ${table}`), `${door} ${table}`).toBe('42501')
      expect(await refused(door, `truncate ${table}`), `${door} ${table}`).toBe('42501')
    }
    const { rows } = await owner.query(`select grantee, table_name from information_schema.role_table_grants where grantee like 'door\\_%' and privilege_type in ('DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')`)
    const removable = (rows as { grantee: string; table_name: string }[]).map((row) => `${row.grantee} ${row.table_name}`).toSorted()
    const erased = ['access_log', 'card_applications', 'certificate_applications', 'certificates', 'consent_seals', 'consents', 'crls', 'decisions', 'lapse_sightings', 'my_number_readings', 'provision_counts', 'release_paces', 'release_turns']
    expect(removable).toEqual(['door_graphql challenges', 'door_graphql consent_requests', ...erased.map((table) => `door_sweep ${table}`)])
  })
  test('the responder reads states and nothing of a person', async () => {
    expect(await refused('ocsp', 'select issuer, serial, state, ground, reason, occurred_at, recorded_at, abandoned_at from certificates')).toBe('done')
    expect(await refused('ocsp', 'select name from schema_migrations')).toBe('done')
    for (const sql of ['select personal from certificates', 'select der from certificates', 'select * from certificates', 'select person from cards', 'select * from residents', 'select * from audit_leaves', "insert into responders select * from responders", 'select * from partners']) expect(await refused('ocsp', sql), sql).toBe('42501')
  })
  test('keys of responders and issuers are out of reach of the counter; partners and what they may call of the authority', async () => {
    for (const sql of ['select * from responders', 'select sealed_key from responders', 'insert into issuers select * from issuers', 'insert into crls select * from crls', 'select * from oauth_records', "insert into schema_migrations values (9, 'x', 'y')"]) expect(await refused('graphql', sql), sql).toBe('42501')
    for (const sql of ['select * from partners', 'update consents set state = state', 'select * from clients', 'insert into issuers select * from issuers']) expect(await refused('authority', sql), sql).toBe('42501')
    for (const door of doors) for (const sql of ['create table x (y int)', 'drop table acts', 'create role x', 'set role mynagate', 'alter role door_graphql createrole']) expect(await refused(door, sql), `${door}: ${sql}`).toBe('42501')
  })
  test('limits stand on the role; nobody passes by row-level security', async () => {
    for (const door of doors) expect(await as(door, async (client) => (await client.query('select current_setting(\'statement_timeout\') as statement, current_setting(\'lock_timeout\') as lock')).rows[0]), door).toEqual({ statement: '10s', lock: '5s' })
    const { rows } = await owner.query(`select rolname from pg_roles where rolname like 'door\\_%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`)
    expect(rows).toEqual([])
  })
})

describe('the move to a new version', () => {
  const versions = (current: string, wait: string) => ({ aws: [`lambda\\ get-alias*) echo ${current} ;;`, `lambda\\ list-versions*) echo '{"Versions":[{"Version":"$LATEST"},{"Version":"9"},{"Version":"10"}]}' ;;`, 'deploy\\ create-deployment*) echo d-1 ;;', `deploy\\ wait*) ${wait} ;;`, 'deploy\\ get-deployment*) echo Stopped ;;'].join('\n') })
  test('from the version of the alias to the newest by number, and no further', () => {
    const { status, asked } = run('shift.sh', ['mynagate-production-ocsp'], versions('9', 'true'))
    expect(status).toBe(0)
    const [created] = asked.filter((line) => line.includes('create-deployment'))
    const revision = JSON.parse(/--revision (\{.*\}) --description/.exec(created!)![1]!) as { revisionType: string; appSpecContent: { content: string } }
    expect(revision.revisionType).toBe('AppSpecContent')
    expect(JSON.parse(revision.appSpecContent.content)).toEqual({ version: 0, Resources: [{ live: { Type: 'AWS::Lambda::Function', Properties: { Name: 'mynagate-production-ocsp', Alias: 'live', CurrentVersion: '9', TargetVersion: '10' } } }] })
  })
  test('nothing to move is nothing asked', () => {
    expect(run('shift.sh', ['mynagate-production-ocsp'], versions('10', 'true')).asked.filter((line) => line.includes('deploy '))).toEqual([])
  })
  test('what an alarm took back fails the step', () => {
    const { status, out } = run('shift.sh', ['mynagate-production-ocsp'], versions('9', 'false'))
    expect(status).toBe(1)
    expect(out).toContain('::error::mynagate-production-ocsp went back to version 9')
  })
})

describe('the role of an environment', () => {
  const env = (account: string) => ({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.invalid/?x=1', DEPLOY_ROLE: 'arn:aws:iam::222222222222:role/mynagate-preview-deploy', GITHUB_RUN_ID: '1', GITHUB_ENV: join(folder, 'github-env'), AWS_ACCOUNT_ID: account })
  const stands = { curl: `*audience=sts.amazonaws.com) echo '{"value":"web-token"}' ;;`, aws: `sts\\ assume-role-with-web-identity*) echo '{"AccessKeyId":"AKIA","SecretAccessKey":"hidden","SessionToken":"session"}' ;;\nsts\\ get-caller-identity*) echo 222222222222 ;;` }
  test('comes by the token for AWS, for an hour, masked', () => {
    const { status, out, asked } = run('role.sh', [], stands, env('222222222222'))
    expect(status).toBe(0)
    expect(asked.find((line) => line.includes('assume-role'))).toContain('--role-arn arn:aws:iam::222222222222:role/mynagate-preview-deploy --role-session-name run-1 --duration-seconds 3600 --web-identity-token web-token')
    expect(out.split('\n').filter((line) => line !== '')).toEqual(['web-token', 'AKIA', 'hidden', 'session'].map((value) => `::add-mask::${value}`))
    expect(readFileSync(join(folder, 'github-env'), 'utf8')).toContain('AWS_SESSION_TOKEN=session')
  })
  test('of another account stops', () => {
    expect(run('role.sh', [], stands, env('111111111111')).status).toBe(1)
  })
})

describe('previews that were left over', () => {
  test('closed, and with resources in their state', () => {
    const state = (types: readonly string[]) => JSON.stringify({ checkpoint: { latest: { resources: types.map((type) => ({ type })) } } })
    const { out, err } = run('leftovers.sh', [], {
      aws: [`ssm*) echo '{"state":"bucket"}' ;;`, `s3api*) echo '{"Contents":[{"Key":"app/mynagate/pr-1.json"},{"Key":"app/mynagate/pr-2.json"},{"Key":"app/mynagate/pr-3.json"},{"Key":"app/mynagate/pr-3/x"}]}' ;;`, `*pr-1.json*|*pr-2.json*) echo '${state(['pulumi:pulumi:Stack', 'aws:kms/key:Key'])}' ;;`, `*pr-3.json*) echo '${state(['pulumi:pulumi:Stack'])}' ;;`].join('\n'),
      gh: '*pulls/1*) echo closed ;;\n*pulls/2*) echo open ;;\n*pulls/3*) echo closed ;;',
    }, { GITHUB_REPOSITORY: 'o/r' })
    expect(err).toBe('')
    expect(out).toBe('numbers=[1]\n')
  })
})

test('psql, jq and bash are what the steps need of a machine', () => {
  for (const program of ['psql', 'jq', 'bash']) expect(execFileSync('which', [program], { encoding: 'utf8' })).toContain(program)
})
