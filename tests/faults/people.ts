/**
 * A gateway under bad weather: an archive, keys, certification authorities, and people whose cards wait for certificates.
 * What is prepared goes the direct way; what is tried goes through the weather.
 */
import { generateKeyPairSync } from 'node:crypto'
import type pg from 'pg'
import { webauthn } from '../../functions/environment/webauthn.ts'
import { begin } from '../../core/law/act.ts'
import { system } from '../../core/law/actor.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { newId, type CertificateApplicationId, type PersonId } from '../../core/law/ids.ts'
import { dayOf, instant, legalDate } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { kmsClient } from '../../core/pki/kms.ts'
import { openPostgres } from '../../db/postgres.ts'
import { migrate } from '../../db/migrate.ts'
import { openStores } from '../../db/open.ts'
import { seed } from '../../db/seed.ts'
import { ceremonyDoor } from '../../functions/ceremony.ts'
import { realClock, realRandom } from '../../functions/environment.ts'
import { ceremonyFrom, graphqlFrom } from '../../functions/environment/parts.ts'
import { settingsFor } from '../../functions/environment/settings.ts'
import { openFolder } from '../../local/folder.ts'
import { kmsKeys, type KmsKeys } from '../../local/keys.ts'
import { startKms } from '../../local/kms.ts'
import { somebody, type TestWorld } from '../harness/world.ts'

export interface Prepared {
  /** By the direct way, with a clock that is right. */
  readonly world: TestWorld
  readonly keys: KmsKeys
  readonly kmsEndpoint: string
  close(): Promise<void>
}

const settings = settingsFor({ ocspUrl: null, generation: 'p384-sha384' })

/** A World as the door for GraphQL has it, over any way to the database, with any error of the clock. */
export async function worldOver(url: string, skew: number, connections = 12): Promise<{ readonly world: TestWorld; close(): Promise<void> }> {
  const { db, close } = openPostgres(url, { connections, lost: () => undefined })
  const stores = openStores(db)
  const clock = { now: () => instant(Date.now() + skew) }
  const { world } = await graphqlFrom({
    stage: 'faults', clock, random: realRandom, settings, stores, bell: { ring: async () => undefined }, pairwiseSecret: 'of nobody', vault: { seal: async (secret) => secret, open: async (sealed) => sealed }, webauthn: webauthn(), issuer: 'https://issuer.invalid', audience: 'https://gateway.invalid',
    authenticate: () => Promise.reject(new Error('nobody knocks here')), log: () => undefined,
  })
  return { world: { ...stores, ...world, db } as unknown as TestWorld, close }
}

export async function prepare(url: string): Promise<Prepared> {
  const { db, close: closeDb } = openPostgres(url, { connections: 4 })
  await migrate(db)
  const personas = await seed(db, dayOf(realClock.now()))
  const stores = openStores(db)
  const kms = await startKms({ directory: 'memory', random: realRandom })
  const client = kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'ceremony', secretAccessKey: 'none' } })
  const keys = await kmsKeys(kms, client, openFolder(null), 'p384-sha384')
  const pinned = { signature: keys.signing['signature-ca'], authentication: keys.signing['authentication-ca'] }
  await ceremonyDoor(await ceremonyFrom({ clock: realClock, random: realRandom, settings, stores, kms: client, keys: pinned, log: () => undefined }))({ authorities: ['signature', 'authentication'], by: 'the trial' })
  const direct = await worldOver(url, 0)
  const world = { ...direct.world, personas, persona: (name: string) => personas.find((p) => p.name === name)! } as TestWorld
  return {
    world, keys, kmsEndpoint: kms.endpoint,
    async close() {
      await direct.close()
      await client.close()
      await kms.close()
      await closeDb()
    },
  }
}

let people = 0

/** A person with a card in use, and an application of which the agency has been notified. */
export async function newcomer(w: TestWorld, client: pg.Client): Promise<{ readonly person: PersonId; readonly application: CertificateApplicationId }> {
  const now = w.clock.now()
  const pattern = w.persona('taro').resident
  const person = somebody(people++)
  const act = (subject: string) => ({ ...begin('card.apply', system('seed'), now, { subject }), subject })
  await client.query(`insert into residents select (jsonb_populate_record(r, jsonb_build_object('person', $1::text))).* from residents r where person = $2`, [person, pattern.person])
  const application = { id: newId('cardApplication', now, w.random), person, municipality: pattern.municipality!, channel: 'counter' as const, state: 'RECEIVED' as const, receivedAt: now, card: null, handOver: null, form: null, support: null, special: null, photo: true }
  await w.cardApplications.create(act(application.id), application)
  const card = {
    id: newId('card', now, w.random), person, cardNumber: String(200_000_000_000_000 + people), municipality: pattern.municipality!, state: 'ACTIVE' as const, madeOn: dayOf(now), expiresOn: legalDate(`${Number(dayOf(now).slice(0, 4)) + 9}-06-01`),
    deliveredAt: now, end: null, attestationKey: new Uint8Array(91),
  }
  const making = { ...application, state: 'IN_PRODUCTION' as const, card: card.id }
  await w.cardApplications.advance(act(application.id), 'RECEIVED', making, { ...card, state: 'MADE', deliveredAt: null })
  const handOver = { officer: 'ofc_00000000000000000000000001', documents: ['passport' as const], pinsSetBy: 'holder' as const, proxy: null, at: now }
  await w.cardApplications.advance(act(application.id), 'IN_PRODUCTION', { ...making, state: 'DELIVERED', handOver }, card)
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const id = newId('certificateApplication', now, w.random)
  await w.issuances.create(act(id), {
    id, kind: 'signature', person, card: card.id, municipality: pattern.municipality!, state: 'NOTIFIED', appliedOn: dayOf(now), items: pattern.items, lapseOfPresent: false,
    confirmation: { officer: 'ofc_00000000000000000000000001', at: now }, publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })), smartphone: null, refusedFor: null,
  })
  return { person, application: id }
}

export const certificateOf = (world: Pick<World, 'certificates'>, person: PersonId): Promise<CertificateRecord | null> => world.certificates.live(person, 'signature', realClock.now())
