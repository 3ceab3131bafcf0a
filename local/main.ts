/**
 * `npm start`: the gateway on this machine.
 *
 *   --port N     0: any free port; 4000 where absent        --data DIR   .data where absent; `memory` keeps nothing
 *   --quiet      says nothing but errors                    --cards A,B  personas with a card from the start; `none`
 *
 *   --localstack URL   keys, buckets and queue of the LocalStack at that address, in place of the stand-ins
 *
 *   --generation p384-sha384   authorities and cards with the keys of the next generation, as drafted; fixed by the first start
 *
 *   DATABASE_URL: a Postgres of one's own instead of the embedded one.
 */
import { enableCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import { generations, type Generation } from '../core/pki/profile.ts'
import { tooOld } from './runtime.ts'

const old = tooOld(process.versions.node)
if (old !== null) {
  console.error(old)
  process.exit(1)
}

enableCompileCache()
const began = performance.now()
const options = arguments_()
// Only now: what is imported below needs the runtime that was asked for above.
const { startGateway } = await import('./gateway.ts')
const { FolderInUse } = await import('../db/lock.ts')
const { started } = await import('./welcome.ts')

try {
  const gateway = await startGateway(options)
  if (!options.quiet) for (const line of started(gateway.url, options.data, gateway.credentials, await gateway.token('hanako'), performance.now() - began)) console.log(line)
  let ending = false
  const end = (): void => {
    if (ending) process.exit(1)
    ending = true
    gateway.close().then(() => process.exit(0), (error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
} catch (error) {
  console.error(said(error))
  process.exit(1)
}

function arguments_(): { readonly port: number; readonly data: string; readonly quiet: boolean; readonly databaseUrl?: string; readonly generation?: Generation; readonly localstack?: string; readonly cards?: readonly string[] } {
  try {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '4000' }, data: { type: 'string', default: '.data' }, quiet: { type: 'boolean', default: false }, cards: { type: 'string' }, generation: { type: 'string' }, localstack: { type: 'string' } } })
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) throw new RangeError(`no port: ${values.port}`)
    if (values.generation !== undefined && !(values.generation in generations)) throw new RangeError(`no generation: ${values.generation}; there are ${Object.keys(generations).join(', ')}`)
    if (values.localstack !== undefined && !/^https?:$/.test(URL.canParse(values.localstack) ? new URL(values.localstack).protocol : '')) throw new RangeError(`no address: ${values.localstack}`)
    const databaseUrl = process.env['DATABASE_URL']
    return {
      port: Number(values.port), data: values.data, quiet: values.quiet, ...(databaseUrl === undefined || databaseUrl === '' ? {} : { databaseUrl }),
      ...(values.generation === undefined ? {} : { generation: values.generation as Generation }),
      ...(values.localstack === undefined ? {} : { localstack: new URL(values.localstack).origin }),
      ...(values.cards === undefined ? {} : { cards: values.cards === 'none' ? [] : values.cards.split(',') }),
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nnpm start -- [--port N] [--data DIR | memory] [--quiet] [--cards A,B | none] [--localstack URL] [--generation ${Object.keys(generations).join(' | ')}]`)
    process.exit(1)
  }
}

/** One line for what the person at the keyboard can mend, everything for what only we can. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as { code?: unknown }).code
  if (code === 'EADDRINUSE') return `port ${options.port} is taken: choose another with --port, or 0 for any`
  return error instanceof FolderInUse || error.name === 'CannotStart' || error.name === 'SchemaMismatch' || error.name === 'Mistake' ? error.message : (error.stack ?? error.message)
}
