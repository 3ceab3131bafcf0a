/**
 * The archive as whoever steals it has it: every column of every row of every table, octets as octets; and the files of the
 * server, tables, indexes and write-ahead log, as they lie on the disk.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

const asItIs = { getTypeParser: (type: number) => (type === 17 ? (text: string) => Buffer.from(text.slice(2), 'hex') : (text: string) => text) }
const portion = 2_000

/** Returns how many tables and rows there were. */
export async function dump(client: pg.Client, take: (place: string, piece: Buffer) => void): Promise<{ readonly tables: number; readonly rows: number }> {
  const { rows: tables } = await client.query<{ name: string }>(`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`)
  let count = 0
  await client.query('begin')
  for (const { name } of tables) {
    await client.query(`declare everything no scroll cursor for select * from ${name}`)
    for (;;) {
      const { rows } = await client.query<(Buffer | string | null)[]>({ text: `fetch ${portion} from everything`, rowMode: 'array', types: asItIs as never })
      if (rows.length === 0) break
      count += rows.length
      for (const row of rows) take(`the dump of the database`, Buffer.concat(row.flatMap((value) => (value === null ? [] : [Buffer.from(value as string), Buffer.from('\t')]))))
    }
    await client.query('close everything')
  }
  await client.query('commit')
  return { tables: tables.length, rows: count }
}

/** Names and octets of the server's files; the server has written down what it knew. */
export async function* files(client: pg.Client): AsyncGenerator<Buffer> {
  await client.query('checkpoint')
  const folder = (await client.query<{ data_directory: string }>('show data_directory')).rows[0]!.data_directory
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path)
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) yield readFileSync(file)
  }
}
