import { neon } from '@neondatabase/serverless'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inForce } from '../../core/law/consent/disclosure.ts'
import { defaultPace } from '../../core/law/consent/frequency.ts'
import { newId } from '../../core/law/ids.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { isNeon, openDatabase, type Opened } from '../../db/client.ts'
import { openNeon } from '../../db/neon.ts'
import { ArchiveFault } from '../../db/fault.ts'
import { expectSchema } from '../../db/migrate.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { startNeon, type NeonStandIn } from '../harness/neon.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome, why } from './rows.ts'

let database: TestDatabase
let standIn: NeonStandIn
let neonUrl: string
let opened: Opened
let world: TestWorld

beforeAll(async () => {
  database = await freshDatabase()
  const { hostname, port } = new URL(database.url)
  standIn = await startNeon({ host: hostname, port: Number(port) })
  const url = new URL(database.url)
  url.hostname = 'ep-test.eu-central-1.aws.neon.tech'
  url.port = ''
  neonUrl = url.href
  opened = await openDatabase(neonUrl)
  world = await testWorld({ db: opened.db })
})
afterAll(async () => {
  await opened.close()
  await standIn.close()
  await database.close()
})

test('the host decides the driver', () => {
  expect([isNeon(neonUrl), isNeon(database.url), isNeon('postgres://u:p@neon.tech.example/db')]).toEqual([true, false, false])
})

test('through the real driver: schema, transactions with their refusals, types of every column', async () => {
  await expectSchema(opened.db)
  const card = await rows.deliveredCard(world, rows.resident(world).person)
  expect(await world.cards.load(card.id)).toEqual(card)
  const certificate = await rows.issued(world, card)
  expect(await world.certificates.load(certificate.id)).toEqual(certificate)
  expect(outcome(await world.cardApplications.create(actOf(world, 'card.apply'), rows.cardApplication(world, card.person)))).toBe('OK')
  expect(outcome(await world.cardApplications.create(actOf(world, 'card.apply'), rows.cardApplication(world, card.person)))).toBe('APPLICATION_OPEN')
  const consent = await rows.consentInForce(world, certificate)
  expect(await world.consents.load(consent.id)).toEqual(consent)
  const at = world.clock.now()
  const entry = { id: newId('release', at, world.random), at, partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: consent.items, outcome: 'RELEASED' as const, requestId: 'req-1' }
  expect(await world.releases.release(actOf(world, 'release.give', { key: null }), inForce(consent, at)!, certificate.id, entry, why(world, entry), defaultPace)).toEqual({ ...certificate.items, municipality: certificate.shard })
  expect(await world.releases.ofPerson(consent.person, 10)).toEqual([entry])
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', at, at)))
  const { number, entries } = await world.crls.reserve(certificate.issuer, certificate.shard, at)
  expect([number, entries]).toEqual([BigInt(at), [{ serial: certificate.serial, at, reason: 1 }]])
})

test('a fault keeps its code and loses its values', async () => {
  const application = { ...rows.cardApplication(world, world.persona('taro').person), municipality: '999999' as never }
  const fault = await world.cardApplications.create(actOf(world, 'card.apply'), application).catch((e: unknown) => e)
  expect(fault).toBeInstanceOf(ArchiveFault)
  expect(fault).toMatchObject({ code: '23503', table: 'card_applications' })
})

test('an idle connection that drops is told and replaced; the process lives', async () => {
  const lost: Error[] = []
  const own = openNeon(neonUrl, { connections: 1, lost: (error) => lost.push(error) })
  const pid = async () => ((await own.db.execute(sql`select pg_backend_pid() as pid`)) as unknown as { rows: { pid: number }[] }).rows[0]!.pid
  const first = await pid()
  await database.db.execute(sql`select pg_terminate_backend(${first})`)
  await expect.poll(() => lost.length, { timeout: 5_000 }).toBeGreaterThan(0)
  expect(await pid()).not.toBe(first)
  await own.close()
})

test('the HTTP door: a batch is one transaction', async () => {
  const http = neon(neonUrl)
  await expect(http.transaction([http`create table batch (n integer primary key)`, http`insert into batch values (1)`, http`insert into batch values (1)`])).rejects.toMatchObject({ code: '23505', constraint: 'batch_pkey' })
  expect(await http`select to_regclass('batch') as t`).toEqual([{ t: null }])
  await http.transaction([http`create table batch (n integer primary key)`, http`insert into batch values (${7})`], { isolationLevel: 'Serializable' })
  expect(await http`select n from batch`).toEqual([{ n: 7 }])
})
