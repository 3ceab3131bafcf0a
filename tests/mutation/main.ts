/**
 * `npm run mutate -- chip|pki|law|law/consent|… [--per-file N] [--seed N] [--least PERCENT] [--quick] [--out FILE]`: would the tests
 * notice? Stryker makes every small fault it knows in core/; of each file N are drawn by the seed, each is put in, and
 * the room's own tests run against it. Prints the share that was found, file by file and for the room; ends with 1 where
 * a room has less than the least (85 % if not told). Faults that hold many others (a whole function gone) are not drawn:
 * they are found the most easily, and would bring the others with them.
 *
 * `--quick` leaves out faults in what is evaluated as a module loads: each takes all tests of the room, minutes where the
 * room is large. `--out`: the same as a table in Markdown.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'

const here = import.meta.dirname
const root = join(here, '..', '..')
const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'per-file': { type: 'string', default: '6' }, seed: { type: 'string', default: '1' }, least: { type: 'string', default: '85' }, workers: { type: 'string', default: '2' }, quick: { type: 'boolean', default: false }, out: { type: 'string' } } })
const rooms = positionals.length > 0 ? positionals : ['chip', 'pki', 'law']

if (!existsSync(join(here, 'node_modules')) && spawnSync('npm', ['ci', '--legacy-peer-deps'], { cwd: here, stdio: 'inherit' }).status !== 0) throw new Error('Stryker could not be installed')
const tool = (await import('@stryker-mutator/instrumenter' as string)) as { createInstrumenter: { inject: unknown } }
const { createInjector } = (await import('typed-inject' as string)) as { createInjector(): any }

interface Place { readonly line: number; readonly column: number }
const after = (a: Place, b: Place): boolean => a.line > b.line || (a.line === b.line && a.column >= b.column)
interface Spot { readonly file: string; readonly at: string }
interface Found { readonly status: string }

/** All mutants of a file, in the order of a hash of seed and place: the first N of them are a draw that repeats. */
async function drawn(file: string): Promise<readonly Spot[]> {
  const log = { isDebugEnabled: () => false, isTraceEnabled: () => false, debug: () => {}, info: () => {}, trace: () => {}, warn: () => {} }
  const instrumenter = createInjector().provideValue('logger', log).injectFunction(tool.createInstrumenter)
  const { mutants } = await instrumenter.instrument([{ name: file, mutate: true, content: readFileSync(join(root, file), 'utf8') }], { plugins: null, excludedMutations: [], ignorers: [] })
  const rank = (at: string): string => createHash('sha256').update(`${values.seed} ${file} ${at}`).digest('hex')
  const spots = (mutants as readonly { location: { start: Place; end: Place } }[]).map(({ location }) => location)
  const within = (inner: typeof spots[number], outer: typeof spots[number]): boolean => after(inner.start, outer.start) && after(outer.end, inner.end)
  const single = spots.filter((outer) => spots.filter((inner) => within(inner, outer)).length <= 4)
  // Stryker counts lines from nought inside and from one outside.
  const names = new Set(single.map(({ start, end }) => `${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`))
  return [...names].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, Number(values['per-file'])).map((at) => ({ file, at }))
}

/** Of a room, or of a folder in it. */
function files(part: string): readonly string[] {
  const folder = join(root, 'core', part)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts') && !f.endsWith('-data.ts')).map((f) => join('core', part, f)).sort()
}

function mutate(room: string, spots: readonly Spot[]): Readonly<Record<string, readonly Found[]>> {
  const scratch = mkdtempSync(join(tmpdir(), 'mutants-'))
  const report = join(scratch, 'report.json')
  const settings = {
    testRunner: 'vitest', plugins: [join(here, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js'), join(here, 'reporter.ts')], vitest: { configFile: 'tests/mutation/vitest.config.ts', related: false },
    mutate: spots.map((s) => `${s.file}:${s.at}`), coverageAnalysis: 'perTest', ignoreStatic: values.quick, concurrency: Number(values.workers), timeoutMS: 120_000, dryRunTimeoutMinutes: 30, disableTypeChecks: false, allowEmpty: false, tsconfigFile: 'none.json',
    reporters: ['json', 'progress-append-only', 'unfound'], jsonReporter: { fileName: report }, tempDirName: join(scratch, 'copies'), ignorePatterns: ['tests/infra', 'tests/localstack', 'tests/lambda', '.sst', 'tests/bench/peers'],
  }
  writeFileSync(join(scratch, 'settings.json'), JSON.stringify(settings))
  const ran = spawnSync(process.execPath, [join(here, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', join(scratch, 'settings.json')], { cwd: root, stdio: 'inherit', env: { ...process.env, MUTATED_ROOM: room.split('/')[0] } })
  if (ran.status !== 0 || !existsSync(report)) throw new Error(`Stryker ended with ${ran.status} for core/${room}`)
  const { files: by } = JSON.parse(readFileSync(report, 'utf8')) as { files: Record<string, { mutants: Found[] }> }
  rmSync(scratch, { recursive: true, force: true })
  return Object.fromEntries(Object.entries(by).map(([file, f]) => [relative(root, join(root, file)), f.mutants]))
}

const leftOut = values.quick ? ', faults at load left out' : ''
let short = false
const table: string[] = []
for (const room of rooms) {
  const spots: Spot[] = []
  for (const file of files(room)) spots.push(...(await drawn(file)))
  const by = mutate(room, spots)
  let [found, all] = [0, 0]
  const lines: string[] = []
  for (const [file, mutants] of Object.entries(by)) {
    const counted = mutants.filter((m) => !['Ignored', 'CompileError', 'RuntimeError'].includes(m.status))
    const dead = counted.filter((m) => m.status === 'Killed' || m.status === 'Timeout')
    found += dead.length
    all += counted.length
    lines.push(`| ${file} | ${dead.length} | ${counted.length} |`)
    console.log(`${file.padEnd(44)} ${String(dead.length).padStart(4)} of ${String(counted.length).padStart(4)}`)
  }
  if (all === 0) throw new Error(`no fault of core/${room} was put in`)
  const score = (100 * found) / all
  if (score < Number(values.least)) short = true
  table.push(`## core/${room}: ${found} of ${all}, ${score.toFixed(1)} %\n\n${values['per-file']} drawn of each file, seed ${values.seed}${leftOut}.\n\n| file | found | of |\n|---|---|---|\n${lines.join('\n')}\n`)
  console.log(`core/${room}: ${found} of ${all} faults found, ${score.toFixed(1)} % (least ${values.least} %; ${values['per-file']} drawn of each file, seed ${values.seed}${leftOut})\n`)
}
if (values.out !== undefined) writeFileSync(values.out, `# Would the tests notice?\n\n${table.join('\n')}`)
process.exitCode = short ? 1 : 0
