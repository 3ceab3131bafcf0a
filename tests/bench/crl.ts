/** A list of 100,000 entries: time and memory of the bytes, of the lint, of reading it back; and growth from 10,000. */
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { crlTbs, readCrl, type CrlEntry, type CrlReason } from '../../core/pki/crl.ts'
import { lintCrl } from '../../core/pki/lint.ts'
import { authority, crlInput, listOf, now } from '../pki/authority.ts'
import { measure, print, type Figure } from './figure.ts'

function* entries(count: number): Generator<CrlEntry> {
  for (let i = 0; i < count; i++) yield { serial: `40${createHash('sha1').update(String(i)).digest('hex').slice(0, 38).toUpperCase()}`, revokedAt: now - i * 1_000, reason: ((i % 6) + 1) as CrlReason }
}

/** Resident memory at its height while a list of 100,000 is made from a stream and linted, above the process at rest: read by the kernel, in a process that does nothing else. */
function peakMemory(): number {
  const child = spawnSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), '--peak'], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  return Number(child.stdout)
}

async function measurePeak(): Promise<void> {
  const from = await authority('signature', 'rsa2048-sha256')
  const streamed = (count: number): Iterable<CrlEntry> => ({ [Symbol.iterator]: () => entries(count) })
  await listOf(from, streamed(10))
  global.gc?.()
  const idle = process.memoryUsage().rss
  const before = process.resourceUsage().maxRSS * 1024
  await listOf(from, streamed(100_000))
  console.log((Math.max(process.resourceUsage().maxRSS * 1024, before) - idle) / 1e6)
}

export async function benchCrl(): Promise<number> {
  const from = await authority('signature', 'rsa2048-sha256')
  const figures: Figure[] = [{ name: '100,000 entries from a stream, linted and signed: peak above the idle process', value: peakMemory(), unit: 'MB', limit: 100 }]
  const list = [...entries(100_000)]
  const ten = crlInput(from, list.slice(0, 10_000))
  const hundred = crlInput(from, list)
  const small = await measure(11, () => crlTbs(ten))
  const large = await measure(7, () => crlTbs(hundred))
  figures.push(
    { name: '10,000 entries: TBS', value: small, unit: 'ms' },
    { name: '100,000 entries: TBS', value: large, unit: 'ms', limit: 300 },
    { name: 'ten times the entries take so many times as long', value: large / small, unit: '×', limit: 15 },
    { name: '100,000 entries: lint', value: await measure(5, () => lintCrl(crlTbs(hundred), hundred)) - large, unit: 'ms' },
  )
  const der = await listOf(from, list)
  figures.push({ name: '100,000 entries: read back, every entry', value: await measure(5, () => { for (const _ of readCrl(der).entries()) continue }), unit: 'ms' }, { name: 'octets per entry', value: der.length / 100_000, unit: 'octets', limit: 53.1 })

  global.gc?.()
  const before = process.memoryUsage()
  let peak = 0
  const streamed = crlTbs(crlInput(from, { *[Symbol.iterator]() { let i = 0; for (const entry of entries(100_000)) { if (i++ % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers); yield entry } } }))
  peak = Math.max(peak, process.memoryUsage().arrayBuffers)
  figures.push({ name: 'from a stream: buffers held at most, per octet of the list', value: (peak - before.arrayBuffers) / streamed.length, unit: '×', limit: 6 })
  figures.push({ name: 'resident memory after all that', value: process.memoryUsage().rss / 2 ** 20, unit: 'MiB' })
  return print('crl: a list of one municipality', figures)
}

if (import.meta.main && process.argv.includes('--peak')) await measurePeak()
else if (import.meta.main) process.exitCode = (await benchCrl()) === 0 ? 0 : 1
