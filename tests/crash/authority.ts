/**
 * The process that is killed: the authority at work on what waits in the database of DATABASE_URL. Every await of its
 * stores and its signer is a point where it can die: before the call and after its answer. `KILL_AT` says at which; the
 * count goes on over the whole run. Without it the work is done to the end.
 */
import { finishUnfinished } from '../../core/law/certificate/issue.ts'
import { publishDueCrls } from '../../core/law/certificate/status.ts'
import { instant } from '../../core/law/time.ts'
import { defaultProfileSettings } from '../../core/pki/profile.ts'
import { openPostgres } from '../../db/postgres.ts'
import { testWorld } from '../harness/world.ts'

const killAt = Number(process.env['KILL_AT'] ?? Number.POSITIVE_INFINITY)
let point = 0
const here = (): void => {
  if (++point === killAt) process.kill(process.pid, 'SIGKILL')
}

/** Every function of the object becomes a point before and a point after. */
function mortal<T extends object>(part: T): T {
  return new Proxy(part, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        here()
        const answer: unknown = await (value as (...a: unknown[]) => unknown).apply(target, args)
        here()
        return answer
      }
    },
  })
}

const { db, close } = openPostgres(process.env['DATABASE_URL']!, { connections: 4 })
const generation = process.env['GENERATION'] === 'rsa2048-sha256' ? 'rsa2048-sha256' : 'p384-sha384'
const base = await testWorld({ db, now: instant(Date.now()), random: `crash ${process.pid} ${process.hrtime.bigint()}`, settings: { profile: { ...defaultProfileSettings, generation } } })
const authorities = { all: base.authorities.all.map((a) => ({ ...a, signer: a.signer === null ? null : mortal(a.signer) })), current: (ca: 'signature' | 'authentication') => authorities.all.find((a) => a.ca === ca)! }
const world = {
  ...base, authorities, issuances: mortal(base.issuances), certificates: mortal(base.certificates), residents: mortal(base.residents), cards: mortal(base.cards),
  municipalities: mortal(base.municipalities), crls: mortal(base.crls),
}
const faults: string[] = []
const issued = await finishUnfinished(world, 100, (id, fault) => faults.push(`${id}: ${String(fault)}`))
const lists = await publishDueCrls(world, (shard, fault) => faults.push(`${shard}: ${String(fault)}`))
await close()
process.stdout.write(`${JSON.stringify({ issued, lists, points: point, faults })}\n`)
