/** Keys of a partner's client: two hold while one follows the other, and everything about them is seen. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connect, type Gateway } from '../../client/gateway.ts'
import { fetchKeys, holdsAt, overlap, readKeys, registerKey, retireKey, type PartnerKey } from '../../core/law/partner/key.ts'
import { readPublicJwk } from '../../core/pki/jwk.ts'
import { minute } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { fetchOver } from '../../functions/environment/fetch-keys.ts'
import { resolver } from '../../functions/environment/outbound.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { key, partner } from '../law/holder.ts'
import { ok, outcome } from '../db/rows.ts'

type Alg = 'ES256' | 'PS256' | 'Ed25519' | 'ECDH-ES' | 'RSA-OAEP-256' | 'ES384'
async function pair(alg: Alg, kid: string): Promise<{ readonly own: JWK; readonly shown: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const named = { alg: alg === 'Ed25519' ? 'EdDSA' : alg, kid }
  return { own: { ...(await exportJWK(privateKey)), ...named }, shown: { ...(await exportJWK(publicKey)), ...named } }
}
const bank = partner(seededPartnerIds.bank)

describe('a public key in JSON', () => {
  test.each([['ES256', 'sig'], ['PS256', 'sig'], ['Ed25519', 'sig'], ['ECDH-ES', 'enc'], ['RSA-OAEP-256', 'enc']] as const)('%s is taken, for %s, with its public members alone', async (alg, use) => {
    const { shown } = await pair(alg, 'k')
    expect(readPublicJwk({ ...shown, x5c: ['no'], other: 1 })).toMatchObject({ kid: 'k', use, jwk: { use } })
    expect(Object.keys((readPublicJwk({ ...shown, x5c: ['no'] }) as { jwk: object }).jwk)).not.toContain('x5c')
  })
  test('what is not one says why', async () => {
    const { own, shown } = await pair('ES256', 'k')
    const rsa = (await pair('PS256', 'k')).shown
    for (const [value, why] of [
      [null, 'form'], [[shown], 'form'], ['x', 'form'], [own, 'private'], [{ ...shown, k: 'AAAA' }, 'private'], [{ ...shown, kid: undefined }, 'kid'], [{ ...shown, kid: 'a b' }, 'kid'], [{ ...shown, alg: 'none' }, 'alg'], [{ ...shown, alg: 'HS256' }, 'alg'], [{ ...shown, alg: 'toString' }, 'alg'],
      [{ ...shown, use: 'enc' }, 'use'], [{ ...rsa, alg: 'ES256' }, 'key'], [{ ...shown, y: shown.x }, 'key'], [{ ...shown, alg: 'PS256' }, 'key'], [(await pair('ES384', 'k')).shown, 'alg'], [{ ...(await pair('ES384', 'k')).shown, alg: 'ES256' }, 'key'], [{ ...rsa, n: rsa.n!.slice(0, 170) }, 'key'],
    ] as const) expect([readPublicJwk(value), why]).toEqual([why, why])
  })
})

describe('registered and retired', () => {
  let world: TestWorld
  beforeEach(async () => { world = await testWorld() })
  afterEach(() => world.close())
  const register = async (kid: string, alg: Alg = 'ES256') => registerKey(world, bank, { jwk: JSON.stringify((await pair(alg, kid)).shown), jwksUri: null, idempotencyKey: key() })
  const retire = (kid: string, leaked = false) => retireKey(world, bank, { kid, leaked, idempotencyKey: key() })
  const good = async (): Promise<string[]> => (await world.partnerKeys.ofClient('test')).filter((k) => holdsAt(k, world.clock.now())).map((k) => k.kid)

  test('the new one is good at once, the old one for a day more; each act is in the log', async () => {
    ok(await register('one'))
    world.clock.advance(1000)
    ok(await register('two'))
    expect(ok(await retire('one')).keys.map((k) => [k.kid, k.retiresAt])).toEqual([['one', world.clock.now() + overlap], ['two', null]])
    expect(await good()).toEqual(['one', 'two'])
    world.clock.advance(overlap - 1)
    expect(await good()).toEqual(['one', 'two'])
    world.clock.advance(1)
    expect(await good()).toEqual(['two'])
    expect((await world.db.select().from(auditLeaves)).filter((l) => l.kind.startsWith('key.')).map((l) => [l.kind, l.subject, (l.facts as { kid: string }).kid])).toEqual([['key.register', 'test', 'one'], ['key.register', 'test', 'two'], ['key.retire', 'test', 'one']])
  })

  test('one that leaked ends at once, also in its last day; the last one to sign with stays', async () => {
    ok(await register('one'))
    ok(await register('enc', 'ECDH-ES'))
    expect(await retire('one', true)).toMatchObject({ code: 'KEY_NOT_TAKEN', state: 'LAST' })
    ok(await register('two'))
    ok(await retire('one'))
    expect(outcome(await retire('one'))).toBe('WRONG_STATE')
    ok(await retire('one', true))
    expect(await good()).toEqual(['enc', 'two'])
    expect(outcome(await retire('none'))).toBe('NOT_FOUND')
    // A key to encrypt to is no key to sign with: it may go.
    ok(await retire('enc', true))
  })

  test('a name is given once; ten hold at most; another’s keys are not there', async () => {
    ok(await register('one'))
    expect(outcome(await register('one'))).toBe('CONFLICT')
    for (let n = 2; n <= 10; n++) ok(await register(`k${n}`))
    expect(await register('k11')).toMatchObject({ code: 'KEY_NOT_TAKEN', state: 'TOO_MANY' })
    const other = { ...partner(seededPartnerIds.hospital), client: 'other' }
    expect(ok(await readKeys(world, other)).keys).toEqual([])
    expect(outcome(await retireKey(world, other, { kid: 'one', leaked: true, idempotencyKey: key() }))).toBe('NOT_FOUND')
    for (const input of [{ jwk: null, jwksUri: null }, { jwk: '{', jwksUri: null }, { jwk: null, jwksUri: 'http://bank.example/' }, { jwk: null, jwksUri: 'https://user@bank.example/' }]) expect(['MALFORMED_INPUT', 'KEY_NOT_TAKEN']).toContain(outcome(await registerKey(world, bank, { ...input, idempotencyKey: key() })))
  })

  test('from an address: what is new comes in, what is gone retires after the overlap, what cannot be read changes nothing', async () => {
    ok(await registerKey(world, bank, { jwk: null, jwksUri: 'https://bank.example/jwks', idempotencyKey: key() }))
    const [a, b] = [(await pair('ES256', 'a')).shown, (await pair('ES256', 'b')).shown]
    const round = (text: string | null, outcome = '200') => fetchKeys(world, async () => ({ text, outcome }), 10)
    const state = async () => (await world.partnerKeys.ofClient('test')).map((k: PartnerKey) => [k.kid, k.retiresAt === null, k.lastFetchedAt === world.clock.now()])
    expect([await round(JSON.stringify({ keys: [a, { kty: 'oct' }] })), await round('never')]).toEqual([1, 0])
    expect(await state()).toEqual([['a', true, true]])
    world.clock.advance(10 * minute)
    await round(JSON.stringify({ keys: [a, b] }))
    expect(await state()).toEqual([['a', true, true], ['b', true, true]])
    world.clock.advance(10 * minute)
    for (const [text, said] of [[null, 'no answer in time'], ['<html>', '200'], ['{"keys":[]}', '200']] as const) {
      await round(text, said)
      expect(await state()).toEqual([['a', true, false], ['b', true, false]])
      expect(ok(await readKeys(world, bank)).address).toMatchObject({ lastFetchedAt: world.clock.now(), lastOutcome: text === null ? said : 'not a JWK set' })
      world.clock.advance(10 * minute)
    }
    await round(JSON.stringify({ keys: [b] }))
    expect(await state()).toEqual([['a', false, false], ['b', true, true]])
    expect((await world.partnerKeys.ofClient('test'))[0]!.retiresAt).toBe(world.clock.now() + overlap)
  })
})

describe('addresses of several clients', () => {
  test('are read side by side: one that is slow and one that breaks keep nobody waiting', async () => {
    const world = await testWorld()
    try {
      const names = ['slow', 'broken', 'good']
      for (const client of names) ok(await registerKey(world, { ...bank, client }, { jwk: null, jwksUri: `https://${client}.example/jwks`, idempotencyKey: key() }))
      const { shown } = await pair('ES256', 'k')
      let asked = 0
      let all = (): void => undefined
      const everybody = new Promise<void>((done) => { all = done })
      const round = fetchKeys(world, async (uri) => {
        if (++asked === names.length) all()
        if (uri.includes('broken')) throw new Error('a fault of ours')
        if (uri.includes('slow')) await everybody
        return { text: JSON.stringify({ keys: [shown] }), outcome: '200' }
      }, 10)
      await expect(round).rejects.toThrow('a fault of ours')
      for (const client of ['slow', 'good']) expect((await world.partnerKeys.ofClient(client)).map((k) => k.kid)).toEqual(['k'])
    } finally {
      await world.close()
    }
  }, 10_000)
})

describe('reading an address', () => {
  let server: Server
  let url = ''
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/redirect') return response.writeHead(302, { location: '/jwks' }).end()
      if (request.url === '/large') return response.end('x'.repeat(100_000))
      if (request.url === '/slow') return undefined
      return response.writeHead(request.url === '/jwks' ? 200 : 404).end('{"keys":[]}')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => { server.closeAllConnections(); server.close() })

  test.each([['/jwks', '{"keys":[]}', '200'], ['/none', null, '404'], ['/redirect', null, '302'], ['/large', null, 'larger than 64 KB'], ['/slow', null, 'no answer in time']] as const)('%s', async (path, text, said) => {
    expect(await fetchOver({ inside: true, patience: 500, resolve: resolver })(`${url}${path}`)).toEqual({ text, outcome: said })
  })
  test('nothing inside is reached', async () => {
    const outside = fetchOver({ inside: false, patience: 500, resolve: async () => [{ address: '10.0.0.1' }] })
    expect([await outside(`${url}/jwks`), await outside('https://bank.example/jwks'), await outside('https://169.254.169.254/latest')]).toMatchObject([{ text: null, outcome: 'not https' }, { text: null, outcome: /open internet/ }, { text: null, outcome: /open internet/ }].map((x) => ({ ...x, outcome: typeof x.outcome === 'string' ? x.outcome : (expect.stringMatching(x.outcome) as string) })))
  })
})

describe('at the authorization server', () => {
  let gateway: RunningGateway
  beforeAll(async () => { gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] }) }, 180_000)
  afterAll(() => gateway.close())
  const document = '{ keys { client keys { kid alg use registeredAt retiresAt lastFetchedAt lastUsedAt } } }'
  const act = async (who: Gateway, name: string, input: object) => (await who.query<Record<string, { __typename: string; code?: string; foundState?: string }>>(`mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename ... on Refused { code foundState } } }`, { input: { ...input, idempotencyKey: crypto.randomUUID() } })).data[name]!

  test('a rotation without interruption: both hold, then the new one alone; the partner sees when each was used', async () => {
    const credential = gateway.credentials['bank']!
    const first = connect({ url: gateway.url, ...credential })
    const { own, shown } = await pair('ES256', 'bank-2')
    const second = connect({ url: gateway.url, ...credential, key: own })
    await expect(second.token()).rejects.toThrow('invalid_client')
    expect(await act(first, 'registerKey', { jwk: JSON.stringify(shown) })).toEqual({ __typename: 'ClientKeys' })
    await second.token()
    await connect({ url: gateway.url, ...credential }).token()
    expect((await act(second, 'retireKey', { kid: 'bank' })).__typename).toBe('ClientKeys')
    await connect({ url: gateway.url, ...credential }).token()
    expect((await act(second, 'retireKey', { kid: 'bank', leaked: true })).__typename).toBe('ClientKeys')
    await expect(connect({ url: gateway.url, ...credential }).token()).rejects.toThrow('invalid_client')
    await connect({ url: gateway.url, ...credential, key: own }).token()
    const { data } = await second.query<{ keys: { client: string; keys: { kid: string; retiresAt: string | null; lastUsedAt: string | null; lastFetchedAt: null }[] } }>(document)
    expect(data.keys).toMatchObject({ client: 'bank', keys: [{ kid: 'bank', retiresAt: expect.any(String) as string, lastUsedAt: expect.any(String) as string, lastFetchedAt: null }, { kid: 'bank-2', retiresAt: null, lastUsedAt: expect.any(String) as string }] })
    expect(await act(second, 'retireKey', { kid: 'bank-2', leaked: true })).toMatchObject({ code: 'KEY_NOT_TAKEN', foundState: 'LAST' })
  }, 60_000)
})
