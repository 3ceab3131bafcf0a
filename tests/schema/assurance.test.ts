/** `@requiresAssurance`: every level, every age, every field that names it; in the SDL and in the resolver the same. */
import { readFileSync } from 'node:fs'
import { buildSchema, isObjectType, type GraphQLField } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { Citizen } from '../../core/law/actor.ts'
import { authenticationLevels, levelsIn, shortOf, type AuthenticationLevel } from '../../core/law/partner/assurance.ts'
import { instant } from '../../core/law/time.ts'
import { assuranceOf } from '../../schema/assurance.ts'
import { sdlOf } from '../../schema/sdl.ts'
import { ask, citizen, contextFor, global, hanako, now, officer, resident, schema } from './fixture.ts'

const guarded = Object.values(schema.getTypeMap()).filter((t) => isObjectType(t)).flatMap((type) => Object.values((type as { getFields(): Record<string, GraphQLField<unknown, unknown>> }).getFields()).flatMap((field) => {
  const need = assuranceOf(field)
  return need === undefined ? [] : [{ name: `${type.name}.${field.name}`, field, need }]
}))
const at = (level: AuthenticationLevel | null, age: number): Citizen => {
  const { assurance: _, ...bare } = citizen()
  return level === null ? bare : { ...bare, assurance: { identity: 'IAL3', authentication: level, at: instant(now - age * 1000) } }
}

test('the fields that name it', () => {
  expect(guarded.map(({ name, need }) => `${name} ${need.level} ${need.maxAge}`)).toEqual(expect.arrayContaining([
    'Me.links AAL2 900', 'Me.passkeys AAL2 900', 'Mutation.removePasskey AAL3 300', 'Mutation.unlinkAccount AAL3 300', 'Resident.items AAL2 900',
  ]))
})

describe.each(guarded.map((g) => [g.name, g] as const))('%s', (_, { field, need }) => {
  const ages = [0, 1, need.maxAge, need.maxAge + 1, 86_400, -1]
  const cells = [null, ...authenticationLevels].flatMap((level) => ages.map((age) => [level, age] as const))
  test.each(cells)('%s, %i seconds old', async (level, age) => {
    const enough = level !== null && authenticationLevels.indexOf(level) >= authenticationLevels.indexOf(need.level) && age >= 0 && age <= need.maxAge
    // The guard alone: what lies behind it is marked by its own refusal of an empty input.
    const context = contextFor(at(level, age))
    const outcome = await Promise.resolve().then(() => field.resolve!({}, { input: {} }, context, {} as never)).then((value) => value as { code?: string } | null, (error: { extensions?: { code?: string } }) => ({ code: error.extensions?.code }))
    expect(outcome?.code === 'ASSURANCE_TOO_LOW').toBe(!enough)
  })

  test('stands in the SDL', () => {
    const [type, name] = _.split('.') as [string, string]
    const block = sdlOf(schema).match(new RegExp(`^type ${type}\\b[^{]*\\{[^]*?^\\}`, 'm'))![0]
    expect(block).toMatch(new RegExp(`^  ${name}\\b[^]*?@requiresAssurance\\(level: ${need.level}, maxAge: ${need.maxAge}\\)`, 'm'))
  })
})

test('the printed SDL builds, directive and all', () => expect(buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8')).getDirective('requiresAssurance')?.args.map((a) => a.name)).toEqual(['level', 'maxAge']))

describe('who falls short is told', () => {
  test('in a payload: what was reached, what is needed, how to get there', async () => {
    const unlink = 'mutation ($id: ID!) { unlinkAccount(input: { link: $id, idempotencyKey: "key-00001" }) { ... on Refused { code field foundState userMessageJa stepUp { needed maxAge achieved achievedIdentity age acrValues } } } }'
    const { data } = await ask(at('AAL2', 40), unlink, { id: global('lnk_00000000000000000000000001') })
    expect(data).toEqual({ unlinkAccount: { code: 'ASSURANCE_TOO_LOW', field: 'AAL3', foundState: 'AAL2', userMessageJa: 'この操作にはマイナンバーカードによるログインが必要です。', stepUp: { needed: 'AAL3', maxAge: 300, achieved: 'AAL2', achievedIdentity: 'IAL3', age: 40, acrValues: 'ial3 aal3' } } })
    expect((await ask(at(null, 0), unlink, { id: global('lnk_00000000000000000000000001') })).data).toMatchObject({ unlinkAccount: { foundState: 'NONE', stepUp: { achieved: null, age: null } } })
  })

  test('in an error, where the field answers no refusals', async () => {
    const result = await ask(at('AAL1', 0), '{ me { resident { municipality items { name } } } }')
    expect(result.errors?.map((e) => e.extensions)).toEqual([{ code: 'ASSURANCE_TOO_LOW', requestId: 'request-1', stepUp: { needed: 'AAL2', maxAge: 900, achieved: 'AAL1', achievedIdentity: 'IAL3', age: 0, acrValues: 'ial3 aal2' } }])
    expect((await ask(at('AAL2', 0), '{ me { resident { items { name } } } }')).data).toEqual({ me: { resident: { items: { name: resident.items.name } } } })
    expect((await ask(at(null, 0), '{ me { resident { municipality } } }')).errors).toBeUndefined()
  })

  test('other kinds of actor are not held to it', async () => {
    expect((await ask(officer('municipal', 'register'), 'query ($id: ID!) { resident(id: $id) { items { name } } }', { id: global(hanako) })).data).toEqual({ resident: { items: { name: resident.items.name } } })
  })
})

test.each([['aal3', 'IAL1', 'AAL3'], ['ial3 aal2', 'IAL3', 'AAL2'], ['AAL2 IAL3 AAL3 crl', 'IAL3', 'AAL3']])('acr %j', (acr, identity, authentication) => expect(levelsIn(acr)).toEqual({ identity, authentication }))
test.each(['', 'aal', 'aal4', 'urn:aal3', 'ial3'])('acr %j names no level', (acr) => expect(levelsIn(acr)).toBeNull())
test('to the millisecond', () => {
  const achieved = (ms: number) => ({ identity: 'IAL3', authentication: 'AAL3', at: instant(now - ms) }) as const
  expect([300_000, 300_001, -1].map((ms) => shortOf({ level: 'AAL3', maxAge: 300 }, achieved(ms), now) === null)).toEqual([true, false, false])
})
