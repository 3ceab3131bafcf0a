/** Memory over time: the server's heap after each collection while it is asked all the time; how fast it grows once everything is warm. */
import type { Figure } from '../figure.ts'
import { load, usage, type Served } from './processes.ts'

const eachLoad = 2_000
/** What is measured before is the warming up: caches of documents and statements fill. */
const warming = 0.2

export async function soak(server: Served, minutes: number, file: string, people: number): Promise<Figure[]> {
  const seen: { readonly at: number; readonly answers: number; readonly heap: number; readonly rss: number }[] = []
  const began = performance.now()
  for (let answers = 0; ; ) {
    const elapsed = performance.now() - began
    const { memory } = await usage(server, true)
    seen.push({ at: elapsed, answers, heap: memory.heapUsed, rss: memory.rss })
    if (elapsed >= minutes * 60_000) break
    await load(server, eachLoad, file, { people })
    answers += eachLoad
  }
  const warm = seen.filter(({ at }) => at >= minutes * 60_000 * warming)
  const [first, last] = [warm[0]!, warm.at(-1)!]
  return [
    { name: `soak: minutes`, value: minutes, unit: '' }, { name: 'soak: answers', value: last.answers, unit: '' },
    { name: 'soak: heap after a collection, warm', value: first.heap / 2 ** 20, unit: 'MiB' }, { name: 'soak: heap after a collection, at the end', value: last.heap / 2 ** 20, unit: 'MiB' },
    { name: 'soak: growth of the heap by an answer, line through all', value: slope(warm.map(({ answers, heap }) => [answers, heap])), unit: 'octets', limit: 32 },
    { name: 'soak: memory of the process at the end', value: last.rss / 2 ** 20, unit: 'MiB' },
  ]
}

/** Of the line with the least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (n: 0 | 1): number => points.reduce((sum, point) => sum + point[n], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const across = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return across === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / across
}
