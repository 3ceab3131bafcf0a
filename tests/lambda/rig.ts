/**
 * A stage as it would be deployed, on this machine: synthesised, each handler bundled with the stack's properties, run by
 * AWS's runtime client with the synthesised variables and role. KMS answers behind the synthesised policies, Postgres behind
 * the roles of stacks/roles.sql.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Opened } from '../../db/client.ts'
import { migrate } from '../../db/migrate.ts'
import { openPostgres } from '../../db/postgres.ts'
import { startPostgres } from '../harness/postgres.ts'
import { accounts, root, synthesise } from '../infra/synthesise.ts'
import type { Synthesis } from '../infra/synth/run.ts'
import { bundleDoor, type Bundle } from './bundle.ts'
import { doorOfSite, startCloud, type Cloud } from './cloud.ts'
import { runtimeClient } from './ric.ts'
import { startLambda, type Lambda } from './runtime.ts'

export interface Rig {
  /** Path of AWS's runtime client. */
  readonly client: string
  readonly site: Synthesis
  readonly cloud: Cloud
  readonly owner: Opened
  readonly bundles: ReadonlyMap<string, Bundle>
  databaseUrl(door: string): string
  /** A door with its synthesised variables; only addresses of the cloud are moved to this machine. */
  open(door: string, change?: Readonly<Record<string, string>>): Promise<Lambda>
  /** Stops the doors that are open. */
  rest(): Promise<void>
  close(): Promise<void>
}

const passwords = Object.fromEntries(['graphql', 'authority', 'ocsp', 'sweep', 'dispatch', 'ceremony', 'sandbox'].map((door) => [`door_${door}`, `of-${door}`]))

export async function startRig(): Promise<Rig> {
  const ending: (() => Promise<unknown> | void)[] = []
  const close = async (): Promise<void> => { for (const end of ending.splice(0).toReversed()) await end() }
  try {
    return await start(ending, close)
  } catch (fault) {
    await close()
    throw fault
  }
}

async function start(ending: (() => Promise<unknown> | void)[], close: () => Promise<void>): Promise<Rig> {
  const client = runtimeClient()
  const folder = mkdtempSync(join(tmpdir(), 'mynagate-lambda-'))
  ending.push(() => rmSync(folder, { recursive: true, force: true }))
  const site = synthesise('pr-7')
  const bundles = new Map<string, Bundle>()
  for (const build of site.builds) bundles.set(build.functionID.toLowerCase(), await bundleDoor(build, join(folder, build.functionID)))
  if (bundles.has('pages')) cpSync(join(root, 'web/assets'), join(bundles.get('pages')!.folder, 'web/assets'), { recursive: true })
  const server = await startPostgres()
  ending.push(() => server.stop())
  const owner = openPostgres(server.url, { connections: 2 })
  ending.push(() => owner.close())
  await migrate(owner.db)
  execFileSync('psql', [server.url, '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', join(root, 'stacks/roles.sql')], { env: { ...process.env, ...passwords }, stdio: ['ignore', 'ignore', 'inherit'] })
  const cloud = await startCloud(site, accounts.preview)
  ending.push(() => cloud.close())

  const databaseUrl = (door: string): string => {
    const url = new URL(server.url)
    url.username = `door_${door}`
    url.password = passwords[`door_${door}`]!
    return url.href
  }
  const running = new Set<Lambda>()
  const rest = async (): Promise<void> => {
    for (const lambda of running) await lambda.stop()
    running.clear()
  }
  ending.push(rest)

  async function open(door: string, change: Readonly<Record<string, string>> = {}): Promise<Lambda> {
    const { role, name, arn, memory, timeout, variables, secrets } = doorOfSite(site, door)
    const values: Record<string, string> = { DATABASE_URL: databaseUrl(door), PAIRWISE_SECRET: 'p'.repeat(48), PAGES_SECRET: 'q'.repeat(48) }
    // The pages' key is the synthesised one: the preview's own provider knows its public half.
    const own = Object.fromEntries(Object.entries(secrets).map(([secret, made]) => [secret, values[secret] ?? made]))
    if (variables['SECRETS'] !== undefined) cloud.secret(variables['SECRETS'], own)
    const local = { QUEUE_URL: `${cloud.other}/bell`, CRL_BUCKET: `${cloud.other}/`, CHECKPOINT_BUCKET: `${cloud.other}/`, SANDBOX_BUCKET: `${cloud.other}/sandbox/`, ISSUER_URL: cloud.other, ...(door === 'sweep' ? { OCSP_URL: `${cloud.other}/ocsp`, GATEWAY_URL: cloud.other } : {}) }
    const moved = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, local[key as keyof typeof local] ?? value]))
    const { folder: task, handler, inputs } = bundles.get(door)!
    // A door that reads its secret itself gets it from the stand-in, behind its role's right; another is given the values.
    const given = inputs.includes('functions/environment/secrets.ts') ? {} : own
    const lambda = await startLambda({
      client, folder: task, handler, name, arn, memory, timeout,
      variables: { ...moved, ...given, ...(variables['KMS_KEYS'] === undefined ? {} : { KMS_KEYS: await cloud.pinned(variables['KMS_KEYS']) }), AWS_ACCESS_KEY_ID: role, AWS_SECRET_ACCESS_KEY: 'none', AWS_ENDPOINT_URL_KMS: cloud.kms, AWS_ENDPOINT_URL_SECRETS_MANAGER: cloud.other, ...change },
    })
    running.add(lambda)
    return lambda
  }
  return { client, site, cloud, owner, bundles, databaseUrl, open, rest, close }
}
