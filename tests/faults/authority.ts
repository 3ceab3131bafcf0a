/**
 * The authority door as a process of its own, to be killed at any time: it looks at its schedule again and again, and at
 * each line of its input, which is an event of the queue. Its database and its KMS are behind bad weather; its clock is
 * wrong by SKEW milliseconds.
 */
import { createInterface } from 'node:readline'
import { instant } from '../../core/law/time.ts'
import type { SQSEvent } from 'aws-lambda'
import { kmsClient, kmsSealer } from '../../core/pki/kms.ts'
import { openPostgres } from '../../db/postgres.ts'
import { openKeyring } from '../../db/keyring.ts'
import { openStores } from '../../db/open.ts'
import { openSafe } from '../../db/safe.ts'
import { authorityDoor, type AuthorityDoor } from '../../functions/authority.ts'
import { realRandom } from '../../functions/environment.ts'
import { authorityFrom } from '../../functions/environment/parts.ts'
import { settingsFor } from '../../functions/environment/settings.ts'
import type { KmsKeys } from '../../local/keys.ts'
import { pause } from './weather.ts'

const environment = (name: string): string => process.env[name] ?? ''
const skew = Number(environment('SKEW'))
const keys = JSON.parse(environment('KEYS')) as { readonly signing: Pick<KmsKeys['signing'], 'card-orders' | 'signature-ca' | 'authentication-ca'>; readonly sealing: KmsKeys['sealing'] }
const { db } = openPostgres(environment('DATABASE_URL'), { connections: 3, lost: () => undefined })
const kms = kmsClient({ region: 'ap-northeast-1', endpoint: environment('KMS'), credentials: { accessKeyId: 'authority', secretAccessKey: 'none' } })

const safe = openSafe(openKeyring(db, { wrapper: kmsSealer(kms, { keyArn: keys.sealing['personal-data'].arn }), stage: 'faults', now: () => instant(Date.now()), makes: false }), realRandom)
const open = async (): Promise<AuthorityDoor> => authorityDoor(await authorityFrom({
  clock: { now: () => instant(Date.now() + skew) }, random: realRandom, settings: settingsFor({ ocspUrl: null, generation: 'p384-sha384' }), stores: openStores(db, safe), bell: { ring: async () => undefined }, kms,
  orderKey: keys.signing['card-orders'], wrappingKey: keys.sealing['ocsp-wrapping'], pins: [keys.signing['signature-ca'], keys.signing['authentication-ca']], lists: null,
  log: (level, event, facts) => void (level === 'error' && process.env['LOUD'] !== undefined && process.stderr.write(`${event} ${JSON.stringify(facts)}\n`)),
}))

// A start that fails is tried again, as a Lambda's would be.
let door: AuthorityDoor | null = null
const work = async (event: Parameters<AuthorityDoor>[0]): Promise<void> => {
  try {
    door ??= await open()
    await door(event)
  } catch {
    // The schedule comes again.
  }
}
createInterface({ input: process.stdin }).on('line', (line) => void work(JSON.parse(line) as SQSEvent))
process.stdin.on('end', () => process.exit(0))
for (;;) {
  await work({ 'detail-type': 'Scheduled Event' })
  process.stdout.write('looked\n')
  await pause(150)
}
