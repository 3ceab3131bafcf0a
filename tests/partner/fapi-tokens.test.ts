/**
 * FAPI 2.0 at the resource, with an issuer of the test's own over real HTTP: tokens that no honest server would issue, named
 * after the modules of the OpenID conformance suite where it has one. The others are fapi.test.ts.
 */
import { constants, createHmac, generateKeyPairSync, sign as rawSign, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashOf, proofKey, type ProofKey } from '../../client/proof.ts'
import { realClock } from '../../functions/environment.ts'
import { issuerKeys } from '../../functions/environment/issuer.ts'
import { tokenReader } from '../../functions/environment/token.ts'
import { graphqlDoor } from '../../functions/graphql.ts'
import { contextFor as lambdaFor, readBody, toEvent, writeResult } from '../../local/http/adapter.ts'
import { clinic, sha256, world } from '../schema/fixture.ts'

let server: Server
let base: string
let pair: { privateKey: CryptoKey; publicKey: CryptoKey }
let published: JWK[]
let key: ProofKey
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
const used = new Set<string>()
const seconds = (): number => Math.floor(Date.now() / 1000)

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true })
  key = await proofKey()
  published = [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }, { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'PS256' } as JWK]
  server = createServer((request, response) => {
    void (async () => {
      if (request.url === '/oauth/.well-known/openid-configuration') return response.end(JSON.stringify({ issuer: `${base}/oauth`, jwks_uri: `${base}/oauth/jwks` }))
      if (request.url === '/oauth/jwks') return response.end(JSON.stringify({ keys: published }))
      const body = await readBody(request)
      return writeResult(response, await door(toEvent(request, body!, Date.now()), lambdaFor('graphql', 'r', Date.now() + 5_000)))
    })()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const authenticate = tokenReader({ issuer: `${base}/oauth`, audience: base, clock: realClock, keys: issuerKeys(`${base}/oauth`), unbound: ['citizen', 'officer'], seen: { take: async (issuer, jti) => !used.has(issuer + jti) && used.add(issuer + jti).has(issuer + jti) } })
  const door = graphqlDoor(async () => ({ stage: 'test', world: world(), sha256, issuer: `${base}/oauth`, audience: base, authenticate, log: () => undefined }))
}, 60_000)
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function claims(over: Record<string, unknown> = {}): Promise<JWTPayload> {
  const whole = { iss: `${base}/oauth`, aud: base, sub: 'clinic', client_id: 'clinic', scope: 'login', jti: crypto.randomUUID(), iat: seconds(), exp: seconds() + 60, mynagate: { partner: clinic }, cnf: { jkt: await calculateJwkThumbprint(key.publicJwk) }, ...over }
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))
}
const token = async (over: Record<string, unknown> = {}, header: Record<string, unknown> = {}, by: CryptoKey | Uint8Array = pair.privateKey) => new SignJWT(await claims(over)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k', ...header }).sign(by)

async function knock(access: string, proof?: string) {
  const answer = await fetch(`${base}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `DPoP ${access}`, dpop: proof ?? (await key.prove('POST', `${base}/graphql`, access)) }, body: JSON.stringify({ query: '{ partner { nameEn } }' }) })
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '', body: (await answer.json()) as { data?: { partner: unknown } } }
}
const refused = ({ status, challenge, body }: Awaited<ReturnType<typeof knock>>, error: string, reason: RegExp) => {
  expect([status, body.data]).toEqual([401, undefined])
  expect(challenge).toContain(`error="${error}"`)
  expect(challenge).toMatch(reason)
}

test('an honest token is taken', async () => expect(await knock(await token())).toMatchObject({ status: 200, body: { data: { partner: { nameEn: 'Tsubaki Medical' } } } }))

describe('access tokens', () => {
  test.each<[string, () => Promise<string>, RegExp]>([
    ['ensure-access-token-with-wrong-aud-fails', () => token({ aud: 'https://elsewhere.example' }), /aud/],
    ['ensure-access-token-without-aud-fails', () => token({ aud: undefined }), /aud/],
    ['ensure-access-token-with-wrong-iss-fails', () => token({ iss: 'https://elsewhere.example' }), /iss/],
    ['ensure-access-token-with-iss-that-only-begins-so-fails', () => token({ iss: `${base}/oauth/` }), /iss/],
    ['ensure-expired-access-token-fails', () => token({ iat: seconds() - 200, exp: seconds() - 60 }), /exp/],
    ['ensure-access-token-with-nbf-in-future-fails', () => token({ nbf: seconds() + 60 }), /nbf/],
    ['ensure-access-token-issued-in-future-fails', () => token({ iat: seconds() + 60, exp: seconds() + 120 }), /future/],
    ['ensure-access-token-that-lives-an-hour-fails', () => token({ exp: seconds() + 3600 }), /300 seconds/],
    ['ensure-access-token-without-exp-fails', () => token({ exp: undefined }), /exp/],
    ['ensure-access-token-without-jti-fails', () => token({ jti: undefined }), /jti/],
    ['ensure-access-token-without-client-id-fails', () => token({ client_id: undefined }), /client_id/],
    ['ensure-id-token-as-access-token-fails', () => token({}, { typ: 'JWT' }), /typ/],
    ['ensure-unbound-access-token-fails', () => token({ cnf: undefined }), /bound to no key/],
    ['ensure-access-token-bound-by-certificate-fails (RFC 8705 is not offered)', () => token({ cnf: { 'x5t#S256': 'a'.repeat(43) } }), /does not know/],
    ['ensure-access-token-bound-twice-fails', async () => token({ cnf: { jkt: await calculateJwkThumbprint(key.publicJwk), 'x5t#S256': 'a'.repeat(43) } }), /does not know/],
    ['ensure-access-token-alg-none-fails', async () => `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')}.${new UnsecuredJWT(await claims()).encode().split('.')[1]}.`, /alg/],
    ['ensure-access-token-HS256-with-public-key-fails', async () => {
      const input = `${Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: 'k' })).toString('base64url')}.${Buffer.from(JSON.stringify(await claims())).toString('base64url')}`
      return `${input}.${createHmac('sha256', JSON.stringify(published[0])).update(input).digest('base64url')}`
    }, /alg/],
    ['ensure-access-token-RS256-fails', async () => token({}, { alg: 'RS256' }, (await generateKeyPair('RS256')).privateKey), /alg/],
    ['ensure-access-token-by-another-key-fails', async () => token({}, {}, (await generateKeyPair('ES256')).privateKey), /signature/],
    ['ensure-access-token-with-key-of-its-own-fails (jwk, jku in the header)', async () => {
      const own = await generateKeyPair('ES256', { extractable: true })
      return token({}, { jwk: await exportJWK(own.publicKey), jku: `${base}/own` }, own.privateKey)
    }, /signature/],
    ['ensure-access-token-for-two-actors-fails', () => token({ mynagate: { partner: clinic, person: 'psn_00000000000000000000000001' } }), /mynagate/],
  ])('%s', async (_, make, reason) => {
    const answer = await knock(await make())
    expect([answer.status, answer.body.data]).toEqual([401, undefined])
    expect(answer.challenge).toMatch(reason)
  })

  test('ensure-access-token-by-weak-rsa-key-fails: 1,024 bits, though the issuer publishes it', async () => {
    const input = await unsigned({ alg: 'PS256', typ: 'at+jwt', kid: 'weak' }, await claims())
    refused(await knock(`${input}.${pss(input, weak.privateKey)}`), 'invalid_token', /2048|modulus/)
  })
})

const unsigned = async (header: object, payload: object): Promise<string> => [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
const pss = (input: string, by: KeyObject): string => rawSign('sha256', Buffer.from(input), { key: by, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString('base64url')

describe('proofs', () => {
  test('ensure-dpop-proof-by-weak-rsa-key-fails', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = weak.publicKey.export({ format: 'jwk' }) as JWK
    const access = await token({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    const input = await unsigned({ alg: 'PS256', typ: 'dpop+jwt', jwk }, { jti: 'weak', htm: 'POST', htu: `${base}/graphql`, iat: seconds(), ath: hashOf(access) })
    refused(await knock(access, `${input}.${pss(input, weak.privateKey)}`), 'invalid_dpop_proof', /the proof is not one/)
  })

  test.each(['PS256', 'Ed25519'])('ensure-dpop-proof-with-private-part-in-jwk-fails: %s; the same without it is taken', async (alg) => {
    const made = await generateKeyPair(alg, { extractable: true })
    const [open, closed] = [await exportJWK(made.publicKey), await exportJWK(made.privateKey)]
    const access = await token({ cnf: { jkt: await calculateJwkThumbprint(open) } })
    const proof = (jwk: JWK) => new SignJWT({ jti: crypto.randomUUID(), htm: 'POST', htu: `${base}/graphql`, iat: seconds(), ath: hashOf(access) }).setProtectedHeader({ alg, typ: 'dpop+jwt', jwk }).sign(made.privateKey)
    refused(await knock(access, await proof(closed)), 'invalid_dpop_proof', /the proof is not one/)
    expect((await knock(access, await proof(open))).status).toBe(200)
  })

  test('ensure-dpop-proof-of-another-alg-than-its-key-fails', async () => {
    const rsa = await generateKeyPair('PS256', { extractable: true })
    const access = await token()
    const proof = await new SignJWT({ jti: 'j', htm: 'POST', htu: `${base}/graphql`, iat: seconds(), ath: hashOf(access) }).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(rsa.publicKey) }).sign((await generateKeyPair('ES256')).privateKey)
    refused(await knock(access, proof), 'invalid_dpop_proof', /the proof is not one/)
  })

  test('ensure-dpop-proof-with-iat-10-seconds-before-succeeds, and after', async () => {
    const own = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(own.publicKey)
    const access = await token({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    for (const skew of [-10, 8]) {
      const proof = await new SignJWT({ jti: `skew${skew}`, htm: 'POST', htu: `${base}/graphql`, iat: seconds() + skew, ath: hashOf(access) }).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).sign(await importJWK(await exportJWK(own.privateKey), 'ES256'))
      expect((await knock(access, proof)).status).toBe(200)
    }
  })
})
