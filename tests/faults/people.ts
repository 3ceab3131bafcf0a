/**
 * A gateway under bad weather: an archive, keys, certification authorities, and people whose cards wait for certificates.
 * What is prepared goes the direct way; what is tried goes through the weather.
 */
import { webauthn } from '../../functions/environment/webauthn.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { PersonId } from '../../core/law/ids.ts'
import { dayOf, instant } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { kmsClient, kmsSealer } from '../../core/pki/kms.ts'
import { openPostgres } from '../../db/postgres.ts'
import { migrate } from '../../db/migrate.ts'
import { openKeyring, type KeyWrapper } from '../../db/keyring.ts'
import { openStores } from '../../db/open.ts'
import { openSafe, type Safe } from '../../db/safe.ts'
import type { Db } from '../../db/client.ts'
import { seed } from '../../db/seed.ts'
import { ceremonyDoor } from '../../functions/ceremony.ts'
import { realClock, realRandom } from '../../functions/environment.ts'
import { ceremonyFrom, graphqlFrom } from '../../functions/environment/parts.ts'
import { settingsFor } from '../../functions/environment/settings.ts'
import { openFolder } from '../../local/folder.ts'
import { kmsKeys, type KmsKeys } from '../../local/keys.ts'
import { startKms } from '../../local/cloud/kms.ts'
import { unhurried, type TestWorld } from '../harness/world.ts'

export interface Prepared {
  /** By the direct way, with a clock that is right. */
  readonly world: TestWorld
  readonly keys: KmsKeys
  readonly kmsEndpoint: string
  /** Of data keys, the direct way. */
  readonly wrapper: KeyWrapper
  close(): Promise<void>
}

const settings = { ...settingsFor({ ocspUrl: null, generation: 'p384-sha384' }), pace: unhurried }

const safeOf = (db: Db, wrapper: KeyWrapper): Safe => openSafe(openKeyring(db, { wrapper, stage: 'faults', now: realClock.now, makes: true }), realRandom)

/** A World as the door for GraphQL has it, over any way to the database, with any error of the clock. */
export async function worldOver(url: string, skew: number, wrapper: KeyWrapper, connections = 12): Promise<{ readonly world: TestWorld; close(): Promise<void> }> {
  const { db, close } = openPostgres(url, { connections, lost: () => undefined })
  const safe = safeOf(db, wrapper)
  const stores = openStores(db, safe)
  const clock = { now: () => instant(Date.now() + skew) }
  const { world } = await graphqlFrom({
    stage: 'faults', clock, random: realRandom, settings, stores, bell: { ring: async () => undefined }, pairwiseSecret: 'of nobody', vault: { seal: async (secret) => secret, open: async (sealed) => sealed }, webauthn: webauthn(), issuer: 'https://issuer.invalid', audience: 'https://gateway.invalid',
    authenticate: () => Promise.reject(new Error('nobody knocks here')), log: () => undefined,
  })
  return { world: { ...stores, ...world, db, safe } as unknown as TestWorld, close }
}

export async function prepare(url: string): Promise<Prepared> {
  const { db, close: closeDb } = openPostgres(url, { connections: 4 })
  await migrate(db)
  const kms = await startKms({ directory: 'memory', random: realRandom })
  const client = kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'ceremony', secretAccessKey: 'none' } })
  const keys = await kmsKeys(kms, client, openFolder(null), 'p384-sha384')
  const wrapper = kmsSealer(client, { keyArn: keys.sealing['personal-data'].arn })
  const safe = safeOf(db, wrapper)
  const personas = await seed(db, safe, dayOf(realClock.now()))
  const stores = openStores(db, safe)
  const pinned = { signature: keys.signing['signature-ca'], authentication: keys.signing['authentication-ca'] }
  await ceremonyDoor(await ceremonyFrom({ clock: realClock, random: realRandom, settings, stores, kms: client, keys: pinned, log: () => undefined }))({ authorities: ['signature', 'authentication'], by: 'the trial' })
  const direct = await worldOver(url, 0, wrapper)
  const world = { ...direct.world, personas, persona: (name: string) => personas.find((p) => p.name === name)! } as TestWorld
  return {
    world, keys, kmsEndpoint: kms.endpoint, wrapper,
    async close() {
      await direct.close()
      await client.close()
      await kms.close()
      await closeDb()
    },
  }
}

export const certificateOf = (world: Pick<World, 'certificates'>, person: PersonId): Promise<CertificateRecord | null> => world.certificates.live(person, 'signature', realClock.now())
