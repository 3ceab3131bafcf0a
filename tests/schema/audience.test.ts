/** Who may ask what: the guard of every root field, and things reached by `node(id:)` under the same guard. */
import { describe, expect, test } from 'vitest'
import { anonymous, scopes, system, type Actor, type Scope } from '../../core/law/actor.ts'
import { audienceOf, turnedAway, type AudienceKind } from '../../schema/audience.ts'
import { application, ask, card, certificate, citizen, global, hanako, officer, partnerClient, schema, taro } from './fixture.ts'

const everyScope: readonly Scope[] = scopes
const actorOf: Readonly<Record<AudienceKind, (...held: Scope[]) => Actor>> = {
  citizen: (...held) => ({ kind: 'citizen', person: hanako, scopes: new Set(held) }), partner: partnerClient, municipal: (...held) => officer('municipal', ...held), prefectural: (...held) => officer('prefectural', ...held), national: (...held) => officer('national', ...held), agency: (...held) => officer('agency', ...held), ministry: (...held) => officer('ministry', ...held),
}
const kinds = Object.keys(actorOf) as AudienceKind[]
const roots = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) => Object.values(type.getFields()))

describe('the guard', () => {
  test('lets in exactly the kinds and scopes that the SDL names', () => {
    for (const field of roots) {
      const who = audienceOf(field)!
      for (const kind of kinds) {
        const needed = who === 'everyone' ? [] : who[kind]
        for (const scope of everyScope) expect([field.name, kind, scope, turnedAway(who, actorOf[kind](scope)) === null]).toEqual([field.name, kind, scope, needed !== undefined && (needed.length === 0 || needed.includes(scope))])
        expect(turnedAway(who, actorOf[kind]()) === null).toBe(needed !== undefined && needed.length === 0)
      }
      expect(turnedAway(who, anonymous) === null).toBe(who === 'everyone')
      expect(turnedAway(who, system('sweep')) === null).toBe(who === 'everyone')
    }
  })

  test('stands on every root field: nobody without a token gets past it', () => {
    for (const field of roots) {
      if (audienceOf(field) === 'everyone') continue
      expect(() => field.resolve!({}, {}, { actor: anonymous, requestId: 'r' }, {} as never), field.name).toThrow('This needs an access token.')
    }
  })
})

describe('turned away', () => {
  test('without a token: an error that asks for one', async () => {
    const result = await ask(anonymous, `query ($id: ID!) { card(id: $id) { id } }`, { id: global(card.id) })
    expect(result.data).toEqual({ card: null })
    expect(result.errors?.map((e) => e.extensions)).toEqual([{ code: 'UNAUTHENTICATED', requestId: 'request-1' }])
  })

  test('without the scope: a question says in its error what is missing', async () => {
    const result = await ask(officer('municipal', 'area'), `query ($id: ID!) { cardApplication(id: $id) { id } }`, { id: global(application.id) })
    expect(result.data).toEqual({ cardApplication: null })
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'NOT_PERMITTED', requestId: 'request-1', missing: 'scope card' })
  })

  test('without the scope: an act is refused in its payload', async () => {
    const result = await ask(officer('agency'), `mutation ($id: ID!) { startProduction(input: { application: $id, idempotencyKey: "key-00001" }) { ... on Refused { code field requestId docsUrl basis retryable userMessageJa } } }`, { id: global(application.id) })
    expect(result).toEqual({ data: { startProduction: { code: 'NOT_PERMITTED', field: 'scope card', requestId: 'request-1', docsUrl: 'https://gateway.example/pages/errors#NOT_PERMITTED', basis: 'API: roles', retryable: false, userMessageJa: 'この操作を行う権限がありません。' } } })
  })
})

describe('node(id:)', () => {
  const node = async (actor: Actor, id: string) => (await ask(actor, `query ($id: ID!) { node(id: $id) { __typename id } }`, { id })).data
  const things = { Card: card.id, CardApplication: application.id, Certificate: certificate.id, Resident: hanako }

  test.each(Object.entries(things))('%s to its person', async (type, id) => {
    expect(await node(citizen(), global(id))).toEqual({ node: { __typename: type, id: global(id) } })
  })

  test.each(Object.entries(things))('%s: another person, a token without the scope, and a thing that is not there look alike', async (_, id) => {
    const absent = `${id.slice(0, -3)}000`
    const seen = await Promise.all([node(citizen(taro), global(id)), node(citizen(hanako, 'login'), global(id)), node(partnerClient(...everyScope), global(id)), node(citizen(), global(absent))])
    expect(seen).toEqual([{ node: null }, { node: null }, { node: null }, { node: null }])
  })

  test.each([['the bare id', card.id], ['nothing', ''], ['another alphabet', Buffer.from(card.id).toString('base64') + '='], ['a kind that is no node', global(partnerClient().partner)], ['rubbish', '\ud800\u0000'], ['long', 'A'.repeat(10_000)], ['a prototype', global('__proto__')]])('%s is nothing', async (_, id) => {
    expect(await node(citizen(), id)).toEqual({ node: null })
  })
})
