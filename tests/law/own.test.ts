/** What a person may see of itself opens with the scope `me`, to citizens, and to no archive before that. */
import { describe, expect, test } from 'vitest'
import { anonymous, scopes, system, type Actor } from '../../core/law/actor.ts'
import { newId } from '../../core/law/ids.ts'
import { ownAccessLog, ownCardApplications, ownCards, ownCertificates, ownConsents, ownExtensions, ownLogins } from '../../core/law/person/own.ts'
import { refuse } from '../../core/law/refusal.ts'
import { instant } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'

const at = instant(0)
const random = { bytes: (n: number) => new Uint8Array(n) }
const person = newId('person', at, random)
const asked: unknown[] = []
const note = (name: string) => async (...args: unknown[]) => { asked.push([name, ...args]); return name === 'cards' ? [{ id: 'crd_1' }] : [name] }
const world = {
  cards: { ofPerson: note('cards') }, cardApplications: { ofPerson: note('applications') }, certificates: { ofCard: note('certificates') }, consents: { ofPerson: note('consents'), extending: note('extensions') }, clock: { now: () => at }, releases: { ofPerson: note('releases') }, challenges: { loginsOf: note('logins') },
} as unknown as World

const readers: Readonly<Record<string, (actor: Actor) => Promise<unknown>>> = {
  cards: (actor) => ownCards(world, actor), applications: (actor) => ownCardApplications(world, actor), certificates: (actor) => ownCertificates(world, actor),
  consents: (actor) => ownConsents(world, actor), extensions: (actor) => ownExtensions(world, actor), releases: (actor) => ownAccessLog(world, actor, 7), logins: (actor) => ownLogins(world, actor, 7),
}
const every = new Set(scopes)
const others: readonly Actor[] = [
  anonymous, system('sweep'), { kind: 'citizen', person, scopes: new Set(scopes.filter((scope) => scope !== 'me')) }, { kind: 'partner', partner: newId('partner', at, random), client: 'c', scopes: every },
  { kind: 'officer', officer: newId('officer', at, random), role: 'agency', municipality: null, scopes: every },
]

describe.each(Object.entries(readers))('%s', (name, read) => {
  test('of the person that asks', async () => {
    asked.length = 0
    await read({ kind: 'citizen', person, scopes: new Set(['me']) })
    expect(asked[0]).toEqual(name === 'certificates' ? ['cards', person] : name === 'extensions' ? [name, person, at] : name === 'releases' || name === 'logins' ? [name, person, 7] : [name, person])
  })

  test('to nobody else, and nothing was read', async () => {
    asked.length = 0
    for (const actor of others) expect(await read(actor)).toEqual(refuse('NOT_PERMITTED', { field: 'scope me' }))
    expect(asked).toEqual([])
  })
})
