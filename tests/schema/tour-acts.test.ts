/** 公的個人認証法施行規則 第29条–第31条・第35条の2 · 住民基本台帳法 第8条: the acts of schema/README.md as they stand there, over the real stores, in the session of who asks. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor, Officer, Scope } from '../../core/law/actor.ts'
import type { OfficerId } from '../../core/law/ids.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import * as rows from '../db/rows.ts'
import { testWorld, worldOf, type TestWorld } from '../harness/world.ts'
import { partner } from '../law/holder.ts'
import { ask, global } from './fixture.ts'

const blocks = [...readFileSync(new URL('../../schema/README.md', import.meta.url), 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)].map((match) => match[1]!)
const { bank, platform } = seededPartnerIds
const agency: Officer = { kind: 'officer', officer: 'ofc_tour' as OfficerId, role: 'agency', municipality: null, scopes: new Set<Scope>(['partner', 'certificate']) }
let world: TestWorld
beforeAll(async () => { world = await testWorld({ random: 'tour' }) }, 60_000)
afterAll(() => world.close())

/** The one mutation of that name, its placeholders filled in; its only field's answer. */
async function run(name: string, actor: Actor, filled: Readonly<Record<string, string>> = {}): Promise<Record<string, any>> {
  const text = blocks.find((block) => block.includes(`mutation ${name} `))!.replace(/<(\w+)>/g, (_, word: string) => global(filled[word]!))
  const { data, errors } = await ask(actor, text, {}, worldOf(world, actor))
  expect(errors).toBeUndefined()
  return Object.values(data as Record<string, Record<string, any>>)[0]!
}

test('an agreement covers the platform and who acts through it; the platform reports the service, once', async () => {
  const agreement = { version: '2026-1', allows: ['VERIFICATION', 'FOUR_INFORMATION', 'SERIAL_LINKING'], methods: ['REGISTER', 'OCSP'], endsOn: '2027-02-28' }
  const agreed = await run('Agree', agency, { platform })
  expect(agreed['standings'].filter((s: { role: string }) => s.role === 'SIGNATURE_VERIFIER')).toEqual([{ role: 'SIGNATURE_VERIFIER', from: '2026-03-01', agreement }])
  expect((await world.partners.load(bank))!.standings.map((s) => s.agreement?.version ?? null)).toContain('2026-1')
  const { standings } = await run('Report', partner(platform, 'partner'), { bank })
  expect(standings.map((s: Record<string, string>) => [s['through'] === global(platform), s['reportedAt'] !== null])).toEqual([[true, true], [true, true]])
  expect(await run('Agree', partner(platform, 'partner'), { platform })).toMatchObject({ code: 'NOT_PERMITTED' })
})

test('a purpose with a notice in the partner’s words: the rest is the law’s and the register’s', async () => {
  expect(await run('Purpose', partner(bank, 'consent'))).toMatchObject({ version: 1 })
  const { version, notices } = await run('PurposeWithNotices', partner(bank, 'consent'))
  expect(version).toBe(2)
  expect(notices.filter((n: { source: string }) => n.source === 'PARTNER').map((n: { kind: string; textJa: string }) => [n.kind, n.textJa])).toEqual([['PURPOSE', '名義と住所を最新に保つため'], ['KEEPING', '契約の終了から5年で消去します。']])
  expect(new Set(notices.map((n: { source: string }) => n.source))).toEqual(new Set(['LAW', 'PARTNER', 'REGISTER']))
})

test('a withdrawal that was made elsewhere ends the consent and says where', async () => {
  const consent = (await rows.consentInForce(world, await rows.issued(world, await rows.deliveredCard(world, world.persona('hanako').person)))).id
  expect(await run('WithdrawnElsewhere', agency, { consent })).toEqual({ state: 'WITHDRAWN', withdrawnBy: 'NATIONAL_PORTAL', withdrawnAt: expect.any(String) })
  expect((await world.consents.load(consent))!.state).toBe('WITHDRAWN')
})

test('who is entered is a resident of the municipality', async () => {
  const clerk: Officer = { ...agency, role: 'municipal', municipality: rows.resident(world).municipality, scopes: new Set<Scope>(['register']) }
  const { resident, ...event } = await run('Enter', clerk)
  expect(event).toMatchObject({ kind: 'BIRTH', occurredOn: '2026-03-30' })
  expect(resident).toMatchObject({ state: 'RESIDENT', municipality: clerk.municipality })
})
