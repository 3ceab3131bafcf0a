import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instant } from '../../core/law/time.ts'
import { proofKey, type ProofKey } from '../../client/proof.ts'
import { issuerKeys } from '../../functions/environment/issuer.ts'
import { tokenReader } from '../../functions/environment/token.ts'
import type { Opened } from '../../db/client.ts'
import { embeddedDatabase } from '../harness/database.ts'
import { openStores } from '../../db/open.ts'
import { testSafe } from '../harness/safe.ts'
import { authorizationServer } from '../../local/login/authorization-server.ts'

let archive: Opened
let key: ProofKey
let server: Server
let url: string
let issuer: string
const keys: Record<string, JWK> = {}
const partner = 'ptn_00000000000000000000000001'

async function keyPair(name: string, alg: string): Promise<JWK> {
  const pair = await generateKeyPair(alg, { extractable: true })
  keys[name] = { ...(await exportJWK(pair.privateKey)), alg, kid: name }
  return { ...(await exportJWK(pair.publicKey)), alg, kid: name, use: 'sig' }
}

async function assertion(client: string, more: { alg?: string; aud?: string; exp?: number; jti?: string; iss?: string; sub?: string; key?: JWK } = {}): Promise<string> {
  const key = more.key ?? keys[client]!
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ jti: more.jti ?? crypto.randomUUID() })
    .setProtectedHeader({ alg: more.alg ?? key.alg ?? 'ES256', kid: client }).setIssuer(more.iss ?? client).setSubject(more.sub ?? client).setAudience(more.aud ?? issuer).setIssuedAt(now)
    .setExpirationTime(now + (more.exp ?? 60)).sign(await importJWK(key, more.alg ?? key.alg ?? 'ES256'))
}

const ask = async (fields: Record<string, string>) => {
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: await key.prove('POST', `${issuer}/token`) }, body: new URLSearchParams(fields) })
  return { status: answer.status, body: (await answer.json()) as { access_token?: string; expires_in?: number; scope?: string; error?: string; error_description?: string } }
}
const grant = (client_assertion: string, more: Record<string, string> = {}) =>
  ask({ grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion, ...more })

beforeAll(async () => {
  key = await proofKey()
  const signing = await generateKeyPair('ES256', { extractable: true })
  const clients = [
    { id: 'bank', publicKey: await keyPair('bank', 'ES256'), scope: 'login verify', claim: { partner } },
    { id: 'desk', publicKey: await keyPair('desk', 'PS256'), scope: 'card', claim: { officer: 'ofc_00000000000000000000000001', role: 'municipal' as const, municipality: '131016' } },
  ]
  let listener: (...a: never[]) => void = () => undefined
  server = createServer((request, response) => (listener as (a: unknown, b: unknown) => void)(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  issuer = `${url}/oauth`
  archive = await embeddedDatabase()
  const stores = openStores(archive.db, testSafe(archive.db))
  listener = authorizationServer({
    issuer, audience: url, signingKey: { ...(await exportJWK(signing.privateKey)), alg: 'ES256', kid: 'token', use: 'sig' }, cookieKey: 'x'.repeat(32), clients, fault: (error) => console.error(error),
    records: stores.oauth, seenTokens: stores.seenTokens, partnerKeys: stores.partnerKeys, pages: { publicKey: clients[0]!.publicKey, redirectUri: `${url}/pages/login/back` },
  }).listener as typeof listener
})
afterAll(async () => {
  await new Promise((done) => server.close(done))
  await archive.close()
})

describe('the token endpoint', () => {
  test('gives a client an access token for this gateway that lives five minutes and says for whom it acts', async () => {
    const { status, body } = await grant(await assertion('bank'), { scope: 'login verify', resource: url })
    expect([status, body.error_description]).toEqual([200, undefined])
    const token = body.access_token!
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt', kid: 'token' })
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({ iss: issuer, aud: url, client_id: 'bank', scope: 'login verify', mynagate: { partner } })
    expect(claims.exp! - claims.iat!).toBe(300)
    const read = tokenReader({ issuer, audience: url, clock: { now: () => instant(Date.now()) }, keys: issuerKeys(issuer), unbound: [], seen: openStores(archive.db, testSafe(archive.db)).seenTokens })
    const knock = await read(`DPoP ${token}`, { method: 'POST', url: `${url}/graphql`, proof: await key.prove('POST', `${url}/graphql`, token) })
    expect(knock).toEqual({ actor: { kind: 'partner', partner, client: 'bank', scopes: new Set(['login', 'verify']) } })
  })

  test('signs for PS256 clients and carries an officer', async () => {
    const { body } = await grant(await assertion('desk'), { scope: 'card' })
    expect(decodeJwt(body.access_token!)).toMatchObject({ aud: url, mynagate: { officer: 'ofc_00000000000000000000000001', role: 'municipal', municipality: '131016' } })
  })

  test('refuses an assertion that was used', async () => {
    const once = await assertion('bank')
    expect((await grant(once)).status).toBe(200)
    const again = await grant(once)
    expect([again.status, again.body.error]).toEqual([401, 'invalid_client'])
  })

  test('of the same assertion sent eight times at once, one passes', async () => {
    const once = await assertion('bank')
    const answers = await Promise.all(Array.from({ length: 8 }, () => grant(once)))
    expect(answers.map((a) => a.status).toSorted()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
  })

  test.each([
    ['for another server', { aud: 'https://elsewhere.example' }],
    ['that is over', { exp: -120 }],
    ['that lives an hour', { exp: 3600 }],
    ['by another client', { iss: 'desk' }],
    ['about another client', { sub: 'desk' }],
  ])('refuses an assertion %s', async (_, more) => {
    const answer = await grant(await assertion('bank', more))
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  })

  test('refuses a key that is not registered', async () => {
    expect((await grant(await assertion('bank', { key: { ...keys['desk']!, alg: 'PS256' } }))).status).toBe(401)
    const other = await generateKeyPair('ES256', { extractable: true })
    expect((await grant(await assertion('bank', { key: { ...(await exportJWK(other.privateKey)), alg: 'ES256' } }))).status).toBe(401)
  })

  test('refuses shared secrets, other resources and scopes beyond the registration', async () => {
    expect((await ask({ grant_type: 'client_credentials', client_id: 'bank', client_secret: 'secret' })).status).toBe(401)
    expect((await grant(await assertion('bank'), { resource: 'https://elsewhere.example' })).body.error).toBe('invalid_target')
    expect((await grant(await assertion('bank'), { scope: 'area:approve' })).body.error).toBe('invalid_scope')
  })
})
