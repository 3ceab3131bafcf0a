/**
 * FAPI 2.0 where people log in for the pages, over real HTTP against the authorization server alone: everything of the code
 * flow that must be refused, named after the modules of the OpenID conformance suite where it has one, each with its reason.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { proofKey, type ProofKey } from '../../client/proof.ts'
import type { Opened } from '../../db/client.ts'
import { openStores } from '../../db/open.ts'
import { authorizationServer, type Listener } from '../../local/login/authorization-server.ts'
import { embeddedDatabase } from '../harness/database.ts'
import { testSafe } from '../harness/safe.ts'

let archive: Opened
let server: Server
let issuer: string
let back: string
let key: ProofKey
const keys: Record<string, JWK> = {}

beforeAll(async () => {
  key = await proofKey()
  const signing = await generateKeyPair('ES256', { extractable: true })
  const publicOf = async (name: string): Promise<JWK> => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    keys[name] = await exportJWK(pair.privateKey)
    return { ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: name, use: 'sig' }
  }
  let listener: Listener = () => undefined
  server = createServer((request, response) => listener(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  ;[issuer, back] = [`${url}/oauth`, `${url}/pages/login/back`]
  archive = await embeddedDatabase()
  const stores = openStores(archive.db, testSafe(archive.db))
  listener = authorizationServer({
    issuer, audience: url, signingKey: { ...(await exportJWK(signing.privateKey)), alg: 'ES256', kid: 'token', use: 'sig' }, cookieKey: 'x'.repeat(32), fault: (error) => console.error(error),
    clients: [{ id: 'hanako', publicKey: await publicOf('hanako'), scope: 'me', claim: { person: 'psn_00000000000000000000000001' } }],
    records: stores.oauth, seenTokens: stores.seenTokens, partnerKeys: stores.partnerKeys, pages: { publicKey: await publicOf('pages'), redirectUri: back },
  }).listener
}, 60_000)
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await archive.close()
})

type Fields = Readonly<Record<string, string | undefined>>
const form = (fields: Fields): URLSearchParams => new URLSearchParams(Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined))
const post = async (path: string, fields: Fields) => {
  const answer = await fetch(`${issuer}${path}`, { method: 'POST', headers: { dpop: await key.prove('POST', `${issuer}${path}`) }, body: form(fields) })
  return { status: answer.status, ...((await answer.json()) as { request_uri?: string; error?: string; error_description?: string }) }
}
async function signed(client = 'pages'): Promise<Fields> {
  const client_assertion = await new SignJWT({ jti: crypto.randomUUID() }).setProtectedHeader({ alg: 'ES256', kid: client }).setIssuer(client).setSubject(client).setAudience(issuer).setIssuedAt().setExpirationTime('60s').sign(await importJWK(keys[client]!, 'ES256'))
  return { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion }
}
const verifier = randomBytes(32).toString('base64url')
const asked = (over: Fields = {}): Fields => ({
  client_id: 'pages', response_type: 'code', redirect_uri: back, scope: 'openid me', state: 's', code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...over,
})
const push = async (over: Fields = {}, by?: Fields) => post('/request', { ...asked(over), ...(by ?? (await signed())) })
const authorize = (fields: Fields) => fetch(`${issuer}/auth?${form(fields).toString()}`, { redirect: 'manual' })
const pushed = async (): Promise<string> => (await push()).request_uri!

describe('what is pushed (RFC 9126)', () => {
  test('fapi2-security-profile-final-happy-flow: it is taken, and the browser goes on to where one logs in', async () => {
    const answer = await push()
    expect([answer.status, answer.error_description]).toEqual([201, undefined])
    const went = await authorize({ client_id: 'pages', request_uri: answer.request_uri })
    expect([went.status, went.headers.get('location')]).toEqual([303, expect.stringContaining('/pages/signin?uid=')])
  })

  test.each<[string, Fields, string, RegExp]>([
    ['ensure-pkce-required', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request', /PKCE/],
    ['ensure-pkce-code-challenge-method-plain-fails', { code_challenge: verifier, code_challenge_method: 'plain' }, 'invalid_request', /code_challenge_method/],
    ['ensure-response-type-token-fails', { response_type: 'token' }, 'unsupported_response_type', /response_type/],
    ['ensure-response-type-code-id-token-fails', { response_type: 'code id_token', nonce: 'n' }, 'unsupported_response_type', /response_type/],
    ['ensure-unregistered-redirect-uri-fails', { redirect_uri: 'https://elsewhere.example/pages/login/back' }, 'invalid_request', /redirect_uri/],
    ['ensure-redirect-uri-that-only-begins-so-fails', { redirect_uri: 'PREFIX' }, 'invalid_request', /redirect_uri/],
    ['ensure-request-uri-in-pushed-request-fails', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'request_uri_not_supported', /^$/],
    ['ensure-request-object-fails', { request: 'a.b.c' }, 'request_not_supported', /^$/],
  ])('%s', async (_, over, error, reason) => {
    const answer = await push(over['redirect_uri'] === 'PREFIX' ? { redirect_uri: `${back}/more` } : over)
    expect([answer.status, answer.error, answer.request_uri]).toEqual([400, error, undefined])
    expect(answer.error_description ?? '').toMatch(reason)
  })

  test('ensure-pushed-request-without-client-authentication-fails, and by another client', async () => {
    expect(await push({}, {})).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(await push({}, await signed('hanako'))).toMatchObject({ status: 400, error: 'invalid_request', error_description: expect.stringMatching(/client_id/) as string })
  })
})

describe('what the browser brings', () => {
  const refused = async (fields: Fields): Promise<readonly [number, string | null, string, string]> => {
    const answer = await authorize(fields)
    const location = answer.headers.get('location')
    const said = location?.startsWith(back) === true ? (Object.fromEntries(new URL(location).searchParams) as Record<string, string>) : ((await answer.json()) as Record<string, string>)
    return [answer.status, said['code'] ?? null, said['error'] ?? '', said['error_description'] ?? '']
  }
  test('ensure-request-without-par-fails: whole, and otherwise good', async () => {
    const [, code, error, why] = await refused(asked())
    expect([code, error, why]).toEqual([null, 'invalid_request', expect.stringContaining('Pushed Authorization Request')])
  })

  test('ensure-request-uri-of-another-client-fails; nor is one that nobody pushed', async () => {
    expect(await refused({ client_id: 'hanako', request_uri: await pushed() })).toEqual([400, null, 'invalid_request_object', expect.stringMatching(/client_id/)])
    expect(await refused({ client_id: 'pages', request_uri: 'urn:ietf:params:oauth:request_uri:nobodys' })).toEqual([400, null, 'invalid_request_uri', expect.stringMatching(/request_uri/)])
  })

  test('ensure-code-nobody-issued-fails: at the token endpoint', async () => {
    const answer = await post('/token', { grant_type: 'authorization_code', code: 'x'.repeat(43), redirect_uri: back, code_verifier: verifier, ...(await signed()) })
    expect(answer).toMatchObject({ status: 400, error: 'invalid_grant', error_description: expect.stringContaining('authorization code not found') as string })
  })
})
