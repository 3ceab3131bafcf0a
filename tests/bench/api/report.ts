/** What a run found, written down: a table and a plot, with the machine's description, in results/. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { bars } from './plot.ts'
import { at, type Measured } from './processes.ts'
import type { Part } from './profile.ts'
import type { Question } from './requests.ts'

export type Results = Readonly<Record<Question, ReadonlyMap<string, Measured>>>
export interface Run { readonly results: Results; readonly figures: readonly Figure[]; readonly profile: readonly Part[]; readonly loads: readonly number[]; readonly minutes: number }

const folder = at('../../../results/')
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

export function machine(): string {
  return `Node ${process.versions.node}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`
}
/** How many wanted a processor in the last minute. */
export const busy = (): number => loadavg()[0]!

export function written({ results, figures, profile, loads, minutes }: Run): string {
  mkdirSync(folder, { recursive: true })
  const during = `load ${loads.map((n) => n.toFixed(1)).join(' · ')} at the steps of the run, ${minutes.toFixed(1)} minutes in all; the run itself keeps about two processors busy`
  const rows = Object.entries(results).flatMap(([question, table]) => [...table].map(([name, m]) => `| ${question} | ${name} | ${m.rate.toFixed(0)} | ${m.own.toFixed(0)} | ${m.all.toFixed(0)} | ${m.p50.toFixed(2)} | ${m.p99.toFixed(2)} | ${m.rss.toFixed(0)} |`))
  writeFileSync(join(folder, 'api.md'), [
    '# API', '', machine(), '', during, '',
    '| question | server | answers/s | own µs | with database µs | p50 ms | p99 ms | MiB |', '|---|---|---|---|---|---|---|---|', ...rows, '',
    '| figure | value | bound | |', '|---|---|---|---|', ...figures.map(line), '',
    'Where the processor time of the ready path goes, four information:', '', '| part | share |', '|---|---|', ...profile.map(({ part, share }) => `| ${part} | ${percent(share)} |`), '',
  ].join('\n'))
  const list = Object.entries(results).flatMap(([question, table]) => [...table].map(([name, { own, all }]) => ({ label: `${question}: ${name}`, own, all })))
  writeFileSync(join(folder, 'api.svg'), bars('µs of processor time for an answer: the server’s own (dark), with the database’s', `${machine()}; load ${loads.map((n) => n.toFixed(1)).join(' ')}`, list))
  return folder
}

function line({ name, value, unit, limit, atLeast }: Figure): string {
  const reached = (limit === undefined || value <= limit) && (atLeast === undefined || value >= atLeast)
  const bound = limit !== undefined ? `at most ${limit}` : atLeast !== undefined ? `at least ${atLeast}` : ''
  const off = reached ? (bound === '' ? '' : 'reached') : `missed by ${percent(limit !== undefined && value > limit ? value / limit - 1 : 1 - value / atLeast!)}`
  return `| ${name} | ${value.toFixed(value >= 100 ? 0 : 3)} ${unit} | ${bound} | ${off} |`
}
