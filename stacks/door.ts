/**
 * One door, one Lambda, one role. What every door has in common stands here: the runtime, the bundle, a role that Lambda
 * alone may assume and that holds nothing but what the door names, one secret of its own read at start, and the alias
 * `live`, which in production moves to a new version step by step and back by an alarm.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { rolePath, type Door, type Site } from './site.ts'

export interface DoorPlan {
  readonly door: Door
  /** Where the door is no file of functions/. */
  readonly handler?: string
  readonly memory: '256 MB' | '512 MB' | '1024 MB' | '1769 MB'
  readonly seconds: number
  readonly environment: Readonly<Record<string, $util.Input<string>>>
  readonly permissions: sst.aws.FunctionArgs['permissions']
  /** Held for this door and for no other; also the most it may take. */
  readonly reserved?: number
  /** Values read at start from the door's own secret, by variable name. */
  readonly secrets?: Readonly<Record<string, $util.Input<string>>>
  /** A folder that is read at run time: put beside the bundle under the same path. */
  readonly files?: string
  /** One at a time, on every stage: what it holds between two calls is nowhere else. */
  readonly alone?: boolean
  /** Moves step by step in production. */
  readonly gradual?: boolean
}

export interface OpenDoor {
  readonly door: Door
  readonly name: string
  readonly logGroup: string
  readonly function: sst.aws.Function
  readonly alias: aws.lambda.Alias
  readonly gradual: boolean
}

/** A door is deployed from the day its file is there. */
export const written = (door: Door): boolean => existsSync(join($cli.paths.root, 'functions', `${door}.ts`))

const title = (door: string): string => door[0]!.toUpperCase() + door.slice(1)

export function openDoor(site: Site, plan: DoorPlan): OpenDoor {
  const { door, gradual = false } = plan
  const production = site.kind === 'production'
  const name = site.functionName(door)
  const logGroup = `/aws/lambda/${name}`
  const secret = plan.secrets === undefined ? null : secretOf(site, door, plan.secrets)
  const fn = new sst.aws.Function(title(door), {
    name,
    handler: plan.handler ?? `functions/${door}.handler`,
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    memory: plan.memory,
    timeout: `${plan.seconds} seconds`,
    versioning: true,
    ...(plan.alone === true ? { concurrency: { reserved: 1 } } : plan.reserved === undefined || !production ? {} : { concurrency: { reserved: plan.reserved } }),
    logging: { format: 'json', retention: production ? '1 year' : '1 week' },
    environment: { STAGE: site.stage, ...plan.environment, ...(secret === null ? {} : { SECRETS: secret.arn }) },
    permissions: $util.output(plan.permissions ?? []).apply((own) => [
      ...own,
      // SST would attach AWSLambdaBasicExecutionRole, which may write any log of the account.
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`arn:aws:logs:${site.region}:${site.account}:log-group:${logGroup}:*`] },
      ...(secret === null ? [] : [{ actions: ['secretsmanager:GetSecretValue'], resources: [secret.arn] }]),
      // These two know no resource.
      { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
    ]),
    nodejs: bundle,
    ...(plan.files === undefined ? {} : { copyFiles: [{ from: plan.files, to: plan.files }] }),
    transform: {
      function: (args) => { args.tracingConfig = { mode: 'Active' } },
      role: (args) => {
        args.name = site.roleName(door)
        args.path = rolePath
        // SST 4.17.1 lets the account's root assume the role of every function; whoever may assume it, signs.
        args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' })
        args.managedPolicyArns = []
        if (site.kind === 'preview') args.permissionsBoundary = `arn:aws:iam::${site.account}:policy/mynagate-preview-boundary`
      },
    },
  })
  const alias = new aws.lambda.Alias(`${title(door)}Live`, { name: 'live', functionName: fn.name, functionVersion: fn.nodes.function.version }, {
    // In production CodeDeploy moves it; a deploy that moved it as well would skip the steps and undo a roll-back.
    ignoreChanges: production && gradual ? ['functionVersion', 'routingConfig'] : [],
  })
  return { door, name, logGroup, function: fn, alias, gradual }
}

/** One secret per door, so that no door can read another's. */
function secretOf(site: Site, door: Door, values: Readonly<Record<string, $util.Input<string>>>): aws.secretsmanager.Secret {
  const secret = new aws.secretsmanager.Secret(`${title(door)}Secret`, {
    name: `mynagate/${site.serves}/${door}`,
    recoveryWindowInDays: site.kind === 'production' ? 30 : 0,
  })
  new aws.secretsmanager.SecretVersion(`${title(door)}Secret`, { secretId: secret.id, secretString: $util.secret($util.jsonStringify(values)) })
  return secret
}

/** One bundle per door. The AWS SDK is bundled, so that the version that was tested is the one that runs. */
const bundle: NonNullable<sst.aws.FunctionArgs['nodejs']> = {
  format: 'esm',
  minify: true,
  splitting: true,
  // The target is the runtime's. Source maps are left at SST's default: beside the code, never in the bundle.
  esbuild: { mainFields: ['module', 'main'], conditions: ['module'], keepNames: true },
}
