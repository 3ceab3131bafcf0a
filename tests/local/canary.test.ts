/**
 * Nothing of a person in the log: the whole story is played, with its people, numbers and PINs as canaries, and every leaf
 * searched; so is every leaf that any other test writes over real stores (tests/harness/canaries.ts). A kind of act that is
 * neither played here nor done by any such test fails here.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { actKinds, begin, type ActKind } from '../../core/law/act.ts'
import { scopes, system, type Officer } from '../../core/law/actor.ts'
import { dropCardApplication, withdrawCardApplication, type CardApplication } from '../../core/law/card/card.ts'
import { mailCard, recordNotCollected } from '../../core/law/card/hand-over.ts'
import { resumeCard, suspendCard } from '../../core/law/card/holding.ts'
import { reportCardLost, returnCard } from '../../core/law/card/holding.ts'
import { newId, type IdempotencyKey, type OfficerId } from '../../core/law/ids.ts'
import { upkeep } from '../../core/law/record/upkeep.ts'
import { personas } from '../../db/person/personas.ts'
import { legalDate, dayOf, instant } from '../../core/law/time.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { mainActs } from '../../local/story/acts.ts'
import { newAddress } from '../../local/story/move.ts'
import { b64, connectAs, must, pins, sha256, signed, type Items, type Progress, type Scene } from '../../local/story/scene.ts'
import { teller } from '../../local/story/teller.ts'
import { personalIn } from '../harness/canaries.ts'
import { signerNamed, testWorld } from '../harness/world.ts'
import * as rows from '../db/rows.ts'
import { ok } from '../db/rows.ts'

/**
 * Where else an act is done over real stores: in a test of the recipe that begins it. Read from the sources, so that a new
 * act is looked for without being listed here.
 */
function testsOf(kind: ActKind): string[] {
  const recipes = new Set(sourcesIn('core/law').flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    if (file.endsWith('/act.ts')) return []
    const names = [...text.matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)]
    return [...text.matchAll(new RegExp(`'${kind}'`, 'g'))].flatMap((at) => names.filter((name) => name.index < at.index).at(-1)?.[1] ?? [])
  }))
  return sourcesIn('tests').filter((file) => {
    const text = readFileSync(file, 'utf8')
    return overStores(file, text) && [...recipes].some((recipe) => new RegExp(`\\b${recipe}\\(`).test(text))
  })
}
/** By itself, or by the scene that it plays in. */
const overStores = (file: string, text: string): boolean =>
  text.includes('testWorld(') || [...text.matchAll(/from '\.\/([\w-]+-scene\.ts)'/g)].some(([, scene]) => readFileSync(join(dirname(file), scene!), 'utf8').includes('testWorld('))
const sourcesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.includes('node_modules')).map((name) => `${folder}/${name}`)

let gateway: RunningGateway
const bodies: string[] = []
const secrets: string[] = []
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
  const scene = await sceneOf()
  const story = teller(() => undefined)
  const { progress: whole, areas } = await mainActs(scene, story)
  await partnersActs(scene, whole)
  await must(scene.away, 'orderAreaUnblock', { installation: areas.club.installation }, 'Installation', 'state')
  await must(scene.away, 'recordPinReset', { card: whole.cardId, pins: ['AUTHENTICATION'], documents: ['PASSPORT'] }, 'Card', 'id')
  expect(story.failed).toBe(0)
  await gateway.settled()
  // Until nothing more comes in order.
  for (let quiet = 0; quiet < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    const more = await entriesFrom(scene, bodies.length)
    quiet = more.length === 0 ? quiet + 1 : 0
    bodies.push(...more)
  }
  const people = personas(dayOf(instant(Date.now())))
  for (const { resident } of people) secrets.push(...valuesOf({ ...resident.items, sex: 'UNKNOWN' }), ...(resident.kana === null ? [] : [resident.kana]))
  secrets.push(...valuesOf(scene.items), newAddress, whole.card.cardNumber, pins.signature, '0012345678', 'A-001234', 'account-4711', '見本')
}, 180_000)
afterAll(() => gateway?.close())

const valuesOf = ({ name, address, birthDate }: Pick<Items, 'name' | 'address' | 'birthDate'> & { readonly sex: string }): string[] =>
  [name, ...name.split(/[　 ]/).filter((part) => part.length > (/^[ -~]*$/.test(part) ? 4 : 1)), address, birthDate, birthDate.replaceAll('-', ''), birthDate.replaceAll('-', '/')]

async function sceneOf(): Promise<Scene> {
  const { url, credentials } = gateway
  const as = (name: string) => connectAs(url, credentials[name]!)
  const citizen = as('taro')
  const { data } = await citizen.query<{ me: { resident: { id: string; items: Scene['items'] } } }>('{ me { resident { id items { name birthDate sex address } } } }')
  return {
    url, as, home: as('officer-141003'), away: as('officer-132217'), agency: as('agency'), agency2: as('agency-2'), agency3: as('agency-3'), deputy: as('agency-deputy'), ministry: as('ministry'), prefecture: as('prefecture-140007'), bank: as('bank'), citizen,
    person: data.me.resident.id, items: data.me.resident.items,
  } as Scene
}
/** What a partner and a person do that the story does without. */
async function partnersActs({ bank, citizen }: Scene, { card }: Progress): Promise<void> {
  const returnTo = 'https://bank.example/back'
  await must(bank, 'registerReturnAddresses', { addresses: [returnTo] }, 'ReturnAddresses', '__typename')
  const purpose = await must<{ id: string }>(bank, 'registerPurpose', { name: '案内の送付', textJa: '案内を送るため', textEn: 'To send a notice', items: ['NAME'] }, 'Purpose', 'id')
  const { id: request } = await must<{ id: string }>(bank, 'requestConsent', { purpose: purpose.id, required: ['NAME'], optional: [] }, 'ConsentRequest', 'id')
  await must(bank, 'startConsent', { request, returnTo, state: 'x'.repeat(32) }, 'ConsentStart', 'requestUri')
  await must(citizen, 'declineConsent', { request }, 'ConsentRequest', 'id')
  const { webhook } = await must<{ webhook: { id: string } }>(bank, 'registerWebhook', { url: 'https://bank.example/hook', events: ['CONSENT_ENDED'] }, 'RegisteredWebhook', 'webhook { id }')
  await must(bank, 'rotateWebhookSecret', { webhook: webhook.id }, 'RegisteredWebhook', 'webhook { id }')
  const { id: challenge, message } = await must<{ id: string; message: string }>(bank, 'createLoginChallenge', { linkAccount: 'account-4711' }, 'LoginChallenge', 'id message')
  const answer = { challenge, certificate: b64(await card.authenticationCertificate()), signature: b64(signed(await card.authenticate(pins.authentication, sha256(message)))) }
  const { links } = await must<{ links: { id: string }[] }>(bank, 'answerLoginChallenge', answer, 'Login', 'links { id }')
  await must(citizen, 'unlinkAccount', { link: links[0]!.id }, 'AccountLink', 'id')
}
async function entriesFrom({ ministry }: Scene, from: number): Promise<string[]> {
  const { data } = await ministry.query<{ auditEntries: { body: string }[] }>('query ($from: LogSize!) { auditEntries(from: $from, first: 1000) { body } }', { from: String(from) })
  return data.auditEntries.map(({ body }) => body)
}

describe('the log of the story', () => {
  test('holds no value of any person', () => {
    expect(bodies.length).toBeGreaterThan(60)
    expect(secrets.length).toBeGreaterThan(150)
    expect(bodies.filter((body) => secrets.some((secret) => body.includes(secret)))).toEqual([])
  })

  test('and every kind of act is looked at, here or in a test over real stores', () => {
    const played = new Set(bodies.map((body) => (JSON.parse(body) as { kind: ActKind }).kind))
    const unseen = actKinds.filter((kind) => !played.has(kind)).map((kind) => [kind, testsOf(kind)] as const).filter(([, files]) => files.length === 0)
    expect(unseen.map(([kind]) => kind)).toEqual([])
    // What the sources say is not made up: an act that nobody does is in no test.
    expect([testsOf('grant.warn'), testsOf('grant.nothing' as ActKind)]).toEqual([expect.arrayContaining(['tests/db/grants.test.ts']), []])
  })
})

describe('acts of the counter that the story does without', () => {
  test('are searched where the world closes', async () => {
    const world = await testWorld()
    const { person, resident } = world.persona('hanako')
    const counter: Officer = { kind: 'officer', officer: 'ofc_1' as OfficerId, role: 'municipal', municipality: resident.municipality, scopes: new Set(scopes) }
    const agency: Officer = { ...counter, officer: 'ofc_2' as OfficerId, role: 'agency', municipality: null }
    let n = 0
    const keyed = () => ({ idempotencyKey: `canary-key-${n++}` as IdempotencyKey })
    const applied = async (who: string, over: Partial<CardApplication> = {}) => {
      const application = { ...rows.cardApplication(world, world.persona(who).person), ...over }
      ok(await world.cardApplications.create(rows.actOf(world, 'card.apply'), application))
      return application.id
    }
    ok(await withdrawCardApplication(world, { kind: 'citizen', person: world.persona('taro').person, scopes: new Set(['me']) }, { application: await applied('taro'), ...keyed() }))
    ok(await dropCardApplication(world, agency, { application: await applied('gaiji'), outcome: 'REJECTED', ...keyed() }))
    const card = await rows.deliveredCard(world, person)
    ok(await suspendCard(world, counter, { card: card.id, ...keyed() }))
    ok(await resumeCard(world, counter, { card: card.id, documents: ['passport'], ...keyed() }))
    const grant = await rows.approvedGrant(world, { quota: { code: 0, data: 74, volatile: 0 }, records: { count: 1, size: 10 } })
    const order = rows.orderTo(world, card)
    ok(await world.installations.install(rows.actOf(world, 'area.install'), { id: newId('installation', world.clock.now(), world.random), grant: grant.id, card: card.id, state: 'ORDERED', order: order.id, quota: grant.quota }, order, world.settings.freeSpace))
    await world.db.execute(sql`update cards set municipality = '011002' where id = ${card.id}`)
    expect((await upkeep({ ...world, checkpointSigner: signerNamed('card-orders'), receiptSigner: signerNamed('card-orders'), checkpointStore: { put: async () => undefined }, trail: null })).followed).toBe(1)
    const holder = (name: string) => ({ ...counter, municipality: world.persona(name).resident.municipality })
    const [returned, lost] = [await rows.deliveredCard(world, world.persona('ivs').person), await rows.deliveredCard(world, world.persona('misaki').person)]
    world.clock.advance(3_600_000)
    ok(await returnCard(world, holder('ivs'), { card: returned.id, ...keyed() }))
    ok(await reportCardLost(world, holder('misaki'), { card: lost.id, ...keyed() }))
    const shipped = async (over: Partial<CardApplication>): Promise<CardApplication> => {
      let application: CardApplication = { ...rows.cardApplication(world, world.persona('leap').person), ...over }
      const made = rows.cardFor(world, application)
      ok(await world.cardApplications.create(rows.actOf(world, 'card.apply'), application))
      for (const [from, state] of [['RECEIVED', 'IN_PRODUCTION'], ['IN_PRODUCTION', 'SHIPPED']] as const) {
        application = { ...application, card: made.id, state }
        ok(await world.cardApplications.advance(rows.actOf(world, 'card.produce'), from, application, state === 'IN_PRODUCTION' ? made : { ...made, attestationKey: world.random.bytes(91) }))
      }
      return application
    }
    const waiting = await shipped({})
    ok(await world.cardApplications.advance(rows.actOf(world, 'card.notice'), 'SHIPPED', { ...waiting, state: 'NOTICE_SENT' }))
    ok(await recordNotCollected(world, holder('leap'), { application: waiting.id, ...keyed() }))
    const fast = await shipped({ channel: 'counter', special: { ground: 'lost', on: legalDate('2026-03-30') } })
    expect(ok(await mailCard(world, agency, { application: fast.id, documents: ['passport'], ...keyed() })).handOver).toMatchObject({ pinsSetBy: 'agency', officer: 'ofc_2' })
    const kinds = ((await world.db.execute(sql`select distinct kind from audit_leaves`)) as unknown as { rows: { kind: string }[] }).rows.map((row) => row.kind)
    expect(kinds).toEqual(expect.arrayContaining(['card.withdraw', 'card.decide', 'card.suspend', 'card.resume', 'area.follow', 'card.return', 'card.abolish', 'card.not-collected', 'card.mail']))
    await world.close()
  })
})

describe('the search itself', () => {
  test('finds what is planted, of each sort, and an archive does not take what is no word', async () => {
    const world = await testWorld()
    const card = await rows.deliveredCard(world, world.persona('hanako').person)
    const { items, kana } = world.persona('hanako').resident
    for (const value of [items.name, items.name.split('　')[1]!, items.address, kana!, items.birthDate, items.birthDate.replaceAll('-', ''), card.cardNumber]) {
      await world.db.execute(sql`insert into audit_leaves (at, kind, actor, subject, facts, leaf_hash) values (1, 'card.note', 'system:seed', 'x', ${JSON.stringify({ text: `…${value}…` })}::jsonb, decode('00', 'hex'))`)
      expect([value, (await personalIn(world.db, world.safe)).length > 0]).toEqual([value, true])
      await world.db.execute(sql`delete from audit_leaves where kind = 'card.note'`)
    }
    expect(await personalIn(world.db, world.safe)).toEqual([])
    const act = { ...begin('grant.request', system('seed'), world.clock.now(), {}), subject: 'grt_1' }
    await expect(world.grants.request({ ...act, facts: { holder: '青空' } }, rows.grant(world))).rejects.toThrow()
    ok(await world.grants.request({ ...act, facts: { basis: '公的個人認証法施行令 第2条', aid: 'A0' } }, rows.grant(world)))
    await world.close()
  })
})
