/** Names follow the OpenID conformance suite where it has one for the same mistake. */
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, createLocalJWKSet, type CryptoKey, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { instant } from '../../core/law/time.ts'
import { actorOf, tokenReader, type Denied, type Knock, type TokenRules } from '../../functions/environment/token.ts'

const issuer = 'https://issuer.example/oauth'
const audience = 'https://gateway.example'
const at = Date.UTC(2026, 10, 25, 3, 0, 0)
const seconds = at / 1000
const partner = 'ptn_00000000000000000000000001'
const person = 'psn_00000000000000000000000001'
/** Of a person: what is said here holds for tokens that may come unbound; tests/functions/proof.test.ts has the others. */
const good: JWTPayload = { iss: issuer, aud: audience, sub: 'hanako', client_id: 'hanako', scope: 'me verify openid', jti: 'j1', iat: seconds, exp: seconds + 300, mynagate: { person } }
const reader = (keys: JWTVerifyGetKey) => {
  const rules: TokenRules = { issuer, audience, clock: { now: () => instant(at) }, keys, unbound: ['citizen', 'officer'], seen: { take: async () => true } }
  const authenticate = tokenReader(rules)
  return (authorization: string | null) => authenticate(authorization, { proof: null, method: 'POST', url: `${audience}/graphql` })
}

let pair: { publicKey: CryptoKey; privateKey: CryptoKey }
let other: { publicKey: CryptoKey; privateKey: CryptoKey }
let read: (authorization: string | null) => Promise<Knock>
let keys: JWTVerifyGetKey
const pss = () => generateKeyPair('PS256', { extractable: true })

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true })
  other = await generateKeyPair('ES256', { extractable: true })
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }] })
  read = reader(keys)
})

const sign = (claims: JWTPayload, header: Record<string, unknown> = {}, key: CryptoKey | Uint8Array = pair.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k', ...header }).sign(key)
const without = (name: string): JWTPayload => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
const refused = async (token: string): Promise<Denied> => {
  const knock = await read(`Bearer ${token}`)
  if (!('denied' in knock)) throw new Error(`taken for ${JSON.stringify(knock.actor)}`)
  return knock
}

describe('an access token', () => {
  test('names its actor, with the scopes that count here', async () => {
    expect(await read(`Bearer ${await sign(good)}`)).toEqual({ actor: { kind: 'citizen', person, scopes: new Set(['me', 'verify']) } })
    expect(await read(`bearer ${await sign(good, { typ: 'application/at+jwt' })}`)).toHaveProperty('actor')
  })

  test('nobody knocks without one', async () => {
    expect(await read(null)).toEqual({ actor: { kind: 'anonymous', scopes: new Set() } })
  })

  test.each<[string, () => Promise<string>]>([
    ['wrong aud', () => sign({ ...good, aud: 'https://elsewhere.example' })],
    ['no aud', () => sign(without('aud'))],
    ['wrong issuer', () => sign({ ...good, iss: 'https://issuer.example' })],
    ['expired', () => sign({ ...good, iat: seconds - 300, exp: seconds - 11 })],
    ['not yet valid', () => sign({ ...good, nbf: seconds + 11 })],
    ['issued in the future', () => sign({ ...good, iat: seconds + 60, exp: seconds + 120 })],
    ['lives longer than five minutes', () => sign({ ...good, exp: seconds + 301 })],
    ['no exp', () => sign(without('exp'))],
    ['no iat', () => sign(without('iat'))],
    ['no sub', () => sign(without('sub'))],
    ['no jti', () => sign(without('jti'))],
    ['no client_id', () => sign(without('client_id'))],
    ['wrong typ: JWT', () => sign(good, { typ: 'JWT' })],
    ['wrong typ: dpop+jwt', () => sign(good, { typ: 'dpop+jwt' })],
    ['alg none', async () => new UnsecuredJWT(good).encode()],
    ['alg HS256 with the public key as secret', async () => sign(good, { alg: 'HS256' }, new TextEncoder().encode(JSON.stringify(await exportJWK(pair.publicKey))))],
    ['alg RS256', async () => sign(good, { alg: 'RS256' }, (await generateKeyPair('RS256')).privateKey)],
    ['alg PS256 under a key of another kind', async () => sign(good, { alg: 'PS256' }, (await pss()).privateKey)],
    ['signed by another key', () => sign(good, {}, other.privateKey)],
    ['unknown kid', () => sign(good, { kid: 'nobody' })],
    ['unknown critical header', async () => {
      const [, payload, signature] = (await sign(good)).split('.')
      return [Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k', crit: ['x'], x: 1 })).toString('base64url'), payload, signature].join('.')
    }],
    ['payload changed', async () => {
      const [header, , signature] = (await sign(good)).split('.')
      return [header, Buffer.from(JSON.stringify({ ...good, scope: 'area:approve' })).toString('base64url'), signature].join('.')
    }],
    ['signature cut off', async () => (await sign(good)).split('.').slice(0, 2).join('.') + '.'],
    ['not a JWT', async () => 'abc'],
    ['no word for whom', () => sign(without('mynagate'))],
  ])('is refused: %s', async (_, make) => {
    const { denied, challenge } = await refused(await make())
    expect(denied).toBe('invalid_token')
    expect(challenge).toMatch(/^Bearer resource_metadata="https:\/\/gateway\.example\/\.well-known\/oauth-protected-resource", error="invalid_token", error_description="[^"\\]+"$/)
  })

  test.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer a,b', 'Bearer a\nb'])('a header %j is a bad request', async (header) => {
    expect(await read(header)).toMatchObject({ denied: 'invalid_request' })
  })

  test('is not judged when the keys of the issuer cannot be had', async () => {
    const away = reader(async () => { throw new Error('unreachable') })
    await expect(away(`Bearer ${await sign(good)}`)).rejects.toThrow('unreachable')
  })

  test('takes PS256 and Ed25519', async () => {
    for (const alg of ['PS256', 'Ed25519']) {
      const made = await generateKeyPair(alg, { extractable: true })
      const taken = reader(createLocalJWKSet({ keys: [{ ...(await exportJWK(made.publicKey)), kid: 'k' }] }))
      expect(await taken(`Bearer ${await sign(good, { alg }, made.privateKey)}`)).toHaveProperty('actor.kind', 'citizen')
    }
  })
})

describe('the claim mynagate', () => {
  const officer = 'ofc_00000000000000000000000001'
  test.each<[object, object]>([
    [{ person }, { kind: 'citizen', person }],
    [{ officer, role: 'municipal', municipality: '131016' }, { kind: 'officer', officer, role: 'municipal', municipality: '131016' }],
    [{ officer, role: 'agency', municipality: null }, { kind: 'officer', officer, role: 'agency', municipality: null }],
    [{ officer, role: 'ministry' }, { kind: 'officer', officer, role: 'ministry', municipality: null }],
  ])('%j is somebody', (claim, actor) => {
    expect(actorOf({ client_id: 'c', scope: 'card', mynagate: claim })).toEqual({ ...actor, scopes: new Set(['card']) })
  })

  test.each<[unknown]>([
    [{}], [null], ['bank'], [{ partner, person }], [{ partner: 'psn_00000000000000000000000001' }], [{ partner: 7 }], [{ officer, role: 'municipal' }],
    [{ officer, role: 'municipal', municipality: '131017' }], [{ officer, role: 'agency', municipality: '131016' }], [{ officer, role: 'king' }], [{ officer }], [{ person, officer, role: 'agency' }],
  ])('%j is nobody', (claim) => {
    expect(actorOf({ client_id: 'c', scope: 'card', mynagate: claim })).toBeNull()
  })

  test('no scope is no scope', () => {
    expect(actorOf({ client_id: 'c', mynagate: { person } })).toEqual({ kind: 'citizen', person, scopes: new Set() })
    expect(actorOf({ client_id: '', scope: 'me', mynagate: { person } })).toBeNull()
  })
})
