/** Reservations and the incident that ends their issuer at the same time, on a real server: none of them stays alive. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../core/law/ids.ts'
import { superseded, type CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { plantResidents } from '../../db/seed.ts'
import { certificates } from '../../db/tables/certificates.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { somebody, testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf } from './rows.ts'

let database: TestDatabase
let world: TestWorld
beforeAll(async () => {
  database = await freshDatabase(48)
  world = await testWorld({ db: database.db })
})
afterAll(() => database.close())

test('of forty issues and one incident between them nothing is left in force or reserved', async () => {
  const like = rows.resident(world)
  const issues: CertificateApplication[] = []
  for (let n = 0; n < 40; n++) {
    const person = somebody(n)
    await plantResidents(world.db, world.safe, [{ ...like, person }])
    ;(world.personas as unknown[]).push({ name: `p${n}`, person, about: '', resident: { ...like, person }, situation: { card: 'none', certificates: 'none' } })
    issues.push(await rows.notified(world, await rows.deliveredCard(world, person)))
  }
  const { keyId } = world.authorities.current('signature')
  const now = world.clock.now()
  const issue = async (application: CertificateApplication) => {
    const reserved = await world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, rows.reservationFor(world, application), rows.nothing)
    if (isRefusal(reserved)) return reserved.code
    const done = await world.issuances.complete(actOf(world, 'certificate.issue', { key: null }), application.id, rows.derOf(application.id), superseded(now))
    return isRefusal(done) ? done.code : 'OK'
  }
  const incident = () => world.revocations.revokeAllOf(actOf(world, 'certificate.revoke', { subject: newId('certificate', now, world.random) }), keyId, revocation('ca-incident', now, now))
  const [lapsed, ...outcomes] = await Promise.all([incident(), ...issues.map(issue)])
  expect(outcomes.filter((o) => !['OK', 'ISSUER_AWAY', 'CONFLICT'].includes(o))).toEqual([])
  const left = await world.db.select({ state: certificates.state }).from(certificates).where(eq(certificates.issuer, keyId))
  expect(left.filter(({ state }) => state !== 'REVOKED' && state !== 'ABANDONED')).toEqual([])
  expect(left.filter(({ state }) => state === 'REVOKED')).toHaveLength(lapsed as number)
  expect(await world.revocations.incidents()).toEqual([{ issuer: keyId, occurredAt: now, recordedAt: now }])
}, 90_000)
