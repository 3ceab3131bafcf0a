/**
 * The archive on Neon: a branch per stage, one address for doors (pooled) and one for migrations (direct). A preview
 * branches off a parent with synthetic persons, never off production. Each door logs in with a role of its own; those
 * roles are made by stacks/roles.sql on the direct address, because roles made through Neon's API may do everything.
 */
import type { Door, Site } from './site.ts'

export interface Archive {
  /** Address of a door, over the pooler: no session state, some thousand clients. */
  url(door: Door): $util.Output<string>
  /** JSON for the migration step: the direct address of the owner, and the password of each door's role. */
  readonly ownerSecret: aws.secretsmanager.Secret
}

/** Doors by what they may do there; grants are in stacks/roles.sql. */
const doorsOf = ({ kind }: Site): readonly Door[] => ['graphql', 'authority', 'ocsp', 'sweep', 'dispatch', 'ceremony', ...(kind === 'preview' ? (['sandbox'] as const) : [])]
const roleOf = (door: Door): string => `door_${door}`

export function database(site: Site): Archive {
  const production = site.kind === 'production'
  const guarded = { protect: production, retainOnDelete: production }
  const { project, parent } = site.neon
  const branch = new neon.Branch('Branch', { projectId: project, parentId: parent, name: site.stage, ...(production ? { protected: 'yes' } : {}) }, guarded)
  const endpoint = new neon.Endpoint('Endpoint', {
    projectId: project, branchId: branch.id, type: 'read_write',
    autoscalingLimitMinCu: production ? 4 : 0.25, autoscalingLimitMaxCu: production ? 16 : 1,
    // Waking takes some hundred milliseconds, which a status check must not wait for.
    suspendTimeoutSeconds: production ? -1 : 300,
  }, guarded)
  const owner = new neon.Role('Owner', { projectId: project, branchId: branch.id, name: 'mynagate_owner' }, guarded)
  const archive = new neon.Database('Database', { projectId: project, branchId: branch.id, name: 'mynagate', ownerName: owner.name }, guarded)

  const doors = doorsOf(site)
  const passwords = Object.fromEntries(doors.map((door) => [door, new random.RandomPassword(`${door[0]!.toUpperCase()}${door.slice(1)}Password`, { length: 40, special: false }).result])) as Record<Door, $util.Output<string>>
  const address = (host: $util.Input<string>, role: $util.Input<string>, password: $util.Input<string>) => $util.secret($util.interpolate`postgresql://${role}:${password}@${host}/${archive.name}?sslmode=require`)

  const ownerSecret = new aws.secretsmanager.Secret('OwnerSecret', { name: `mynagate/${site.serves}/owner`, recoveryWindowInDays: production ? 30 : 0 })
  new aws.secretsmanager.SecretVersion('OwnerSecret', {
    secretId: ownerSecret.id,
    secretString: $util.secret($util.jsonStringify({ DATABASE_URL: address(endpoint.host, owner.name, owner.password), ...Object.fromEntries(doors.map((door) => [roleOf(door), passwords[door]])) })),
  })
  return { ownerSecret, url: (door) => address(endpoint.host.apply(pooled), roleOf(door), passwords[door]) }
}

/** `ep-name-123.region…` → `ep-name-123-pooler.region…` */
const pooled = (host: string): string => host.replace(/^([^.]+)/, '$1-pooler')
