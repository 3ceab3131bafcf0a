/** The stand-in KMS against AWS's documentation: strict everywhere. */
import { afterAll, beforeAll } from 'vitest'
import { realRandom } from '../../functions/environment.ts'
import { startKms, type RunningKms } from '../../local/cloud/kms.ts'
import { kmsAt, kmsConformance, type Kms } from '../harness/kms-conformance.ts'

let running: RunningKms
let kms: Kms
beforeAll(async () => {
  running = await startKms({ directory: 'memory', random: realRandom })
  kms = kmsAt(running.endpoint)
})
afterAll(async () => {
  kms.client.destroy()
  await running.close()
})

kmsConformance('the stand-in', () => kms, {})
