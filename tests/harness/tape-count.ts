/** How many requests went both ways, over all processes of a run: each adds an octet to a file. A run that compared none fails. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function count(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'both-paths-'))
  const file = (process.env.BOTH_PATHS = join(folder, 'requests'))
  writeFileSync(file, '')
  return () => {
    const requests = statSync(file).size
    rmSync(folder, { recursive: true })
    if (requests === 0) throw new Error('no request was answered by both paths')
    console.log(`${requests} requests answered by both paths; where an octet of an answer or a line of a log differed, a test above failed`)
  }
}
