/**
 * Writes chips into the folder of its first argument and says so on stdout, one line for each acknowledged write, until it
 * is killed. Started by embedded.test.ts.
 */
import { openEmbedded } from '../../db/embedded.ts'
import { openStores } from '../../db/open.ts'
import { testSafe } from '../harness/safe.ts'

const [folder = '', round = ''] = process.argv.slice(2)
const { db } = await openEmbedded({ directory: folder })
const { chips } = openStores(db, testSafe(db))
process.stdout.write('open\n')
for (let i = 0; ; i++) {
  await chips.create(`${round}/${i}`, Uint8Array.of(i % 256))
  process.stdout.write(`${round}/${i}\n`)
}
