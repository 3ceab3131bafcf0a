/**
 * `npm run bench -- cold`: what a door costs before its first answer. Each is bundled with the stack's own properties, as
 * for tests/lambda, and loaded by fresh processes of the pinned Node together with what its first answer loads: the archive
 * (the pages have none, the responder a part) and the driver of Neon, which are chunks of their own. (The SDK of KMS comes with the first call that needs it, and is
 * told apart, as is the building of the counter's schema.) Processor time, median of the runs: what else the machine does has little part in it. Beside each door stands
 * its floor, a bundle of nothing but the packages that the door cannot do without; of each package its octets and the time it
 * takes alone in a process that has loaded nothing before it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesise } from '../infra/synthesise.ts'
import { bundleDoor, bundleText, type Bundle } from '../lambda/bundle.ts'
import { print } from './figure.ts'

/** Milliseconds of loading; absent: no limit is set. */
const limits: Readonly<Record<string, number>> = { ocsp: 100, authority: 100, graphql: 150 }
/** What a door cannot do without, as far as its packages go. */
const archive = ['drizzle-orm/neon-serverless', '@neondatabase/serverless']
const unavoidable: Readonly<Record<string, readonly string[]>> = {
  ocsp: archive, authority: archive, sweep: archive, dispatch: archive, ceremony: archive,
  graphql: [...archive, 'graphql', '@pothos/core', 'jose'], pages: ['jose', 'qrcode-generator'], sandbox: [...archive, 'jose', 'oidc-provider'],
}
const runs = 21

const folder = mkdtempSync(join(tmpdir(), 'mynagate-cold-'))
interface Load { readonly processor: number; readonly wall: number }
/** Milliseconds from the first line of the process's own code to the end of the import. */
function once(file: string): Load {
  const code = `const cpu = process.cpuUsage(), from = performance.now(); await import(${JSON.stringify(file)}); const { user, system } = process.cpuUsage(cpu); console.log((user + system) / 1e3, performance.now() - from); process.exit(0)`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`)
  const [processor = Number.NaN, wall = Number.NaN] = stdout.trim().split('\n').at(-1)!.split(' ').map(Number)
  return { processor, wall }
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
function load(bundle: Bundle, times = runs): Load {
  const all = Array.from({ length: times }, () => once(join(bundle.folder, 'bundle.mjs')))
  return { processor: median(all.map((l) => l.processor)), wall: median(all.map((l) => l.wall)) }
}
const kilobytes = (octets: number): string => `${(octets / 1024).toFixed(0)} KB`

let missed = 0
try {
  const site = synthesise('pr-7')
  const properties = site.builds[0]!.properties
  const bare = load(await bundleText('export {}', properties, join(folder, 'bare')))
  const sdk = load(await bundleText("export * as all from '@aws-sdk/client-kms'", properties, join(folder, 'sdk')))
  console.log(`an empty bundle: ${bare.processor.toFixed(1)} ms of processor, which is part of every figure; the SDK of KMS, at the first call: ${sdk.processor.toFixed(1)} ms`)
  const alone = new Map<string, number>()
  const timeAlone = async (pack: string): Promise<number> => {
    const known = alone.get(pack)
    if (known !== undefined) return known
    const time = load(await bundleText(`export * as all from ${JSON.stringify(pack)}`, properties, join(folder, `alone-${alone.size}`)), 9).processor
    alone.set(pack, time)
    return time
  }
  for (const build of site.builds) {
    const door = build.functionID.toLowerCase()
    const file = build.handler.replace(/\.handler$/, '.ts')
    const bundle = await bundleDoor(build, join(folder, door))
    const rows = door === 'pages' ? [] : [`import './functions/environment/${door === 'ocsp' ? 'status-archive' : 'archive'}.ts'`, "import './db/neon.ts'"]
    const first = await bundleText([`export { handler } from './${file}'`, ...rows].join('\n'), properties, join(folder, `${door}-first`))
    const [module, answer, limit] = [load(bundle), load(first), limits[door]]
    const packages = unavoidable[door]
    if (packages === undefined) throw new Error(`nothing is said of what ${door} cannot do without`)
    const floor = await bundleText(packages.map((name, i) => `import * as p${i} from ${JSON.stringify(name)}; globalThis.kept${i} = p${i}`).join('\n'), properties, join(folder, `floor-${door}`))
    const least = load(floor)
    const built = door !== 'graphql' ? null : load(await bundleText([`export { handler } from './${file}'`, ...rows, "import { toSchema } from './schema/index.ts'", 'toSchema()'].join('\n'), properties, join(folder, 'built')))
    missed += print(`${door}: ${kilobytes(bundle.size)} in all, ${kilobytes(bundle.startSize)} in the handler's module, ${kilobytes(first.startSize)} with its archive`, [
      { name: `the handler's module, median of ${runs} processes (${module.wall.toFixed(0)} ms by the clock)`, value: module.processor, unit: 'ms' },
      { name: `and what the first answer loads (${answer.wall.toFixed(0)} ms by the clock)`, value: answer.processor, unit: 'ms', ...(limit === undefined ? {} : { limit }) },
      ...(built === null ? [] : [{ name: `and its schema built (${built.wall.toFixed(0)} ms by the clock)`, value: built.processor, unit: 'ms' }]),
      { name: `floor, ${kilobytes(floor.startSize)}: ${packages.join(', ')}`, value: least.processor, unit: 'ms' },
    ])
    const shares = [...first.startShares].filter(([, octets]) => octets >= 0.02 * first.startSize).toSorted(([, a], [, b]) => b - a)
    for (const [from, octets] of shares) {
      const time = from.startsWith('(') ? '' : await timeAlone(from).then((ms) => `alone ${ms.toFixed(1)} ms`, () => '')
      console.log(`       ${from.padEnd(34)} ${kilobytes(octets).padStart(8)} ${`${((100 * octets) / first.startSize).toFixed(0)} %`.padStart(5)}  ${time}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = missed === 0 ? 0 : 1
