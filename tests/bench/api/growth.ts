/** How the time of an answer grows with the number of people: databases of several sizes side by side, and what each had to fetch into the buffers of its server. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Figure } from '../figure.ts'
import { load, percentile, type Served } from './processes.ts'
import { databaseOf } from './rows.ts'

export interface Sized { readonly size: number; readonly served: Served }

/** Rounds and answers of each: short ones, so that what else the machine does falls on all. */
const short = { rounds: 10, answers: 500, connections: 4 } as const
/** Sessions tell what they did at most once a second. */
const told = 1_500

/** All sizes in turn, the order turned round each time; the times of all rounds of a size are one. The first size is the one that the others are held against. */
export async function growth(server: string, all: readonly Sized[], file: string, warmUp: number): Promise<Figure[]> {
  // What was filled in is on the disk before anybody asks: its writing is none of theirs.
  execFileSync('sync')
  const times = new Map<number, number[]>(all.map(({ size }) => [size, []]))
  for (const { size, served } of all) await load(served, warmUp, file, { people: size })
  await sleep(told)
  const before = await fetched(server, all)
  for (let round = 0; round < short.rounds; round++) {
    for (const { size, served } of round % 2 === 0 ? all : all.toReversed()) times.get(size)!.push(...(await load(served, short.answers, file, { connections: short.connections, people: size })).times)
  }
  await sleep(told)
  const after = await fetched(server, all)
  const few = all[0]!.size
  const p99 = (size: number): number => percentile(times.get(size)!, 0.99)
  return [
    ...all.flatMap(({ size }) => {
      const perAnswer = (what: 'pages' | 'milliseconds'): number => (after.get(size)![what] - before.get(size)![what]) / times.get(size)!.length
      return [
        { name: `p50 with ${size} people`, value: percentile(times.get(size)!, 0.5), unit: 'ms' }, { name: `p99 with ${size} people`, value: p99(size), unit: 'ms' },
        { name: `with ${size} people, pages not in the buffers, an answer`, value: perAnswer('pages'), unit: '' }, { name: `with ${size} people, time of fetching them, an answer`, value: perAnswer('milliseconds'), unit: 'ms' },
      ]
    }),
    ...all.slice(1).map(({ size }) => ({ name: `p99 with ${size} people against that with ${few}`, value: p99(size) / p99(few), unit: '×', limit: 1.3 })),
  ]
}

async function fetched(server: string, all: readonly Sized[]): Promise<ReadonlyMap<number, { readonly pages: number; readonly milliseconds: number }>> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string; pages: number; milliseconds: number }>('select datname as name, blks_read::float8 as pages, blk_read_time as milliseconds from pg_stat_database')
    return new Map(all.map(({ size }) => [size, rows.find(({ name }) => name === databaseOf(size))!]))
  } finally {
    await client.end()
  }
}
