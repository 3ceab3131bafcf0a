/**
 * FAPI 2.0 Security Profile for client credentials, over real HTTP against a whole gateway: everything that must be refused,
 * named after the modules of the OpenID conformance suite where it has one, each with its reason.
 */
import { request } from 'node:http'
import { generateKeyPair, exportJWK, importJWK, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashOf, proofKey, type ProofKey } from '../../client/proof.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

let gateway: RunningGateway
let issuer: string
let endpoint: string
let bank: JWK
let key: ProofKey
let other: ProofKey
/** A pair whose private half a test may look at. */
let open: { privateKey: CryptoKey; publicKey: CryptoKey; jwk: JWK }

const pair = async (alg: string) => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: await exportJWK(publicKey) }
}

beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
  issuer = `${gateway.url}/oauth`
  endpoint = `${gateway.url}/graphql`
  bank = gateway.credentials['bank']!.key
  ;[key, other, open] = [await proofKey(), await proofKey(), await pair('ES256')]
}, 120_000)
afterAll(() => gateway.close())

const seconds = (): number => Math.floor(Date.now() / 1000)

// ---------------------------------------------------------------- the token endpoint

type Claims = Readonly<Record<string, unknown>>

async function assertion(claims: Claims = {}, header: { alg?: string; key?: JWK } = {}): Promise<string> {
  const whole: Claims = { jti: crypto.randomUUID(), iss: 'bank', sub: 'bank', aud: issuer, iat: seconds(), exp: seconds() + 60, ...claims }
  const alg = header.alg ?? 'ES256'
  return new SignJWT(Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))).setProtectedHeader({ alg, kid: 'bank' }).sign(await importJWK(header.key ?? bank, alg))
}

async function grant(client_assertion: string, dpop: string | null, more: Record<string, string> = {}) {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...(dpop === null ? {} : { dpop }) },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'login', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion, ...more }),
  })
  return { status: answer.status, ...((await answer.json()) as { access_token?: string; token_type?: string; error?: string; error_description?: string }) }
}
const tokenProof = () => key.prove('POST', `${issuer}/token`)
const token = async (): Promise<string> => (await grant(await assertion(), await tokenProof())).access_token!

describe('the token endpoint', () => {
  test('fapi2-security-profile-final-happy-flow: a token bound to the key of the proof', async () => {
    const granted = await grant(await assertion(), await tokenProof())
    expect(granted).toMatchObject({ status: 200, token_type: 'DPoP' })
    const [, payload] = granted.access_token!.split('.')
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({ cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/) as string } })
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    ['ensure-client-assertion-with-wrong-aud-fails', () => assertion({ aud: 'https://elsewhere.example' }), /aud/],
    ['ensure-client-assertion-with-token-endpoint-aud-fails', () => assertion({ aud: `${issuer}/token` }), /aud of a client assertion must be/],
    ['ensure-client-assertion-with-exp-is-5-minutes-in-past-fails', () => assertion({ iat: seconds() - 360, exp: seconds() - 300 }), /exp|expired/],
    ['ensure-client-assertion-with-no-sub-fails', () => assertion({ sub: undefined }), /sub/],
    ['ensure-client-assertion-with-no-exp-fails', () => assertion({ exp: undefined }), /exp/],
    ['ensure-client-assertion-with-no-jti-fails', () => assertion({ jti: undefined }), /jti/],
    ['ensure-client-assertion-with-another-iss-fails', () => assertion({ iss: 'hospital' }), /iss/],
    ['ensure-client-assertion-issued-a-minute-ahead-fails', () => assertion({ iat: seconds() + 61, exp: seconds() + 120 }), /future/],
    ['ensure-client-assertion-that-lives-an-hour-fails', () => assertion({ exp: seconds() + 3600 }), /300 seconds/],
    ['ensure-signed-client-assertion-with-RS256-fails', async () => assertion({}, { alg: 'RS256', key: await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey) }), /alg/],
    ['ensure-client-assertion-with-alg-none-fails', async () => new UnsecuredJWT({ iss: 'bank', sub: 'bank', aud: issuer, jti: 'none' }).setExpirationTime('1m').encode(), /alg/],
    ['ensure-client-assertion-with-aud-list-fails', () => assertion({ aud: [issuer, 'https://elsewhere.example'] }), /aud of a client assertion must be/],
    ['ensure-client-assertion-with-nbf-in-future-fails', () => assertion({ nbf: seconds() + 61 }), /not active yet/],
    ['ensure-client-assertion-HS256-with-public-key-fails', async () => {
      const { kty, crv, x, y } = bank
      return new SignJWT({ jti: crypto.randomUUID(), iss: 'bank', sub: 'bank', aud: issuer, iat: seconds(), exp: seconds() + 60 }).setProtectedHeader({ alg: 'HS256', kid: 'bank' }).sign(new TextEncoder().encode(JSON.stringify({ kty, crv, x, y })))
    }, /alg/],
    ['ensure-client-assertion-by-unregistered-key-fails', async () => assertion({}, { key: await exportJWK(open.privateKey) }), /signature|key/],
  ])('%s', async (_, make, reason) => {
    const answer = await grant(await make(), await tokenProof())
    expect([answer.status, answer.error, answer.access_token]).toEqual([401, 'invalid_client', undefined])
    expect(answer.error_description).toMatch(reason)
  })

  test('ensure-client-assertion-replayed-fails', async () => {
    const once = await assertion()
    expect((await grant(once, await tokenProof())).status).toBe(200)
    expect(await grant(once, await tokenProof())).toMatchObject({ status: 401, error: 'invalid_client', error_description: 'client assertion tokens must only be used once' })
  })

  test('ensure-unbound-token-not-issued: a partner without a proof', async () => {
    expect(await grant(await assertion(), null)).toMatchObject({ status: 400, error: 'invalid_grant', error_description: expect.stringContaining('DPoP') as string })
  })

  test('ensure-dpop-proof-replayed-at-token-endpoint-fails', async () => {
    const once = await tokenProof()
    expect((await grant(await assertion(), once)).status).toBe(200)
    expect(await grant(await assertion(), once)).toMatchObject({ status: 400, error: 'invalid_grant', error_description: expect.stringContaining('eplay') as string })
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    ['ensure-dpop-proof-for-another-endpoint-fails', () => key.prove('POST', endpoint), /htu/],
    ['ensure-dpop-proof-with-wrong-htm-at-token-endpoint-fails', () => key.prove('GET', `${issuer}/token`), /htm/],
    ['ensure-dpop-proof-old-at-token-endpoint-fails', () => proof({ htu: `${issuer}/token`, iat: seconds() - 600 }), /iat/],
    ['ensure-dpop-proof-with-iat-in-future-at-token-endpoint-fails', () => proof({ htu: `${issuer}/token`, iat: seconds() + 600 }), /iat/],
    ['ensure-dpop-proof-without-jti-at-token-endpoint-fails', () => proof({ htu: `${issuer}/token`, jti: undefined }), /jti/],
    ['ensure-dpop-proof-with-wrong-typ-at-token-endpoint-fails', () => proof({ htu: `${issuer}/token` }, { typ: 'JWT' }), /typ/],
    ['ensure-dpop-proof-with-invalid-signature-at-token-endpoint-fails', () => proof({ htu: `${issuer}/token` }, { jwk: other.publicJwk }), /signature/],
    ['ensure-two-dpop-proofs-at-token-endpoint-fail', async () => `${await proof({ htu: `${issuer}/token` })}, ${await proof({ htu: `${issuer}/token` })}`, /JWS/],
  ])('%s', async (_, make, reason) => {
    const answer = await grant(await assertion(), await make())
    expect([answer.status, answer.error, answer.access_token]).toEqual([400, 'invalid_dpop_proof', undefined])
    expect(answer.error_description).toMatch(reason)
  })

  test.each<[string, Record<string, string>, string]>([
    ['ensure-resource-owner-password-grant-fails', { grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    ['ensure-token-for-another-resource-fails', { resource: 'https://elsewhere.example' }, 'invalid_target'],
    ['ensure-scope-beyond-the-registration-fails', { scope: 'login area:approve' }, 'invalid_scope'],
  ])('%s', async (_, more, error) => {
    expect(await grant(await assertion(), await tokenProof(), more)).toMatchObject({ status: 400, error })
  })

  test('ensure-client-secret-fails', async () => {
    const secret = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'bank', client_secret: 'secret' }) })
    expect([secret.status, ((await secret.json()) as { error: string }).error]).toEqual([401, 'invalid_client'])
  })

  test('ensure-two-client-assertions-fail', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await assertion() })
    body.append('client_assertion', await assertion())
    const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { dpop: await tokenProof() }, body })
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_request', error_description: expect.stringContaining('must not be provided twice') as string })])
  })
})

// ---------------------------------------------------------------- what is not offered

describe('a partner has no flow of users (the flow of the pages is fapi-code-flow.test.ts)', () => {
  test('no address is registered to come back to', async () => {
    const query = new URLSearchParams({ client_id: 'bank', response_type: 'code', redirect_uri: 'https://bank.example/cb', scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' })
    const answer = await fetch(`${issuer}/auth?${query}`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location'), ((await answer.json()) as { error: string }).error]).toEqual([400, null, 'invalid_redirect_uri'])
  })

  test('what is announced: PKCE S256 alone, no client authentication but private_key_jwt', async () => {
    const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<string, string[]>
    expect(metadata['code_challenge_methods_supported'] ?? ['S256']).toEqual(['S256'])
    expect(metadata['token_endpoint_auth_methods_supported']).toEqual(['private_key_jwt'])
    expect(metadata['token_endpoint_auth_signing_alg_values_supported']!.filter((alg) => !['ES256', 'PS256', 'EdDSA'].includes(alg))).toEqual([])
  })
})

// ---------------------------------------------------------------- the resource

/** By the open pair, with any of its parts otherwise. */
async function proof(claims: Claims = {}, header: Record<string, unknown> = {}, by: CryptoKey = open.privateKey): Promise<string> {
  const whole: Claims = { jti: crypto.randomUUID(), htm: 'POST', htu: endpoint, iat: seconds(), ...claims }
  return new SignJWT(Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: open.jwk, ...header }).sign(by)
}

/** A token bound to the open pair. */
async function openToken(): Promise<string> {
  return (await grant(await assertion(), await proof({ htu: `${issuer}/token` }))).access_token!
}

async function knock(headers: Record<string, string>, address = endpoint) {
  const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query: '{ partner { nameEn } }' }) })
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '', body: (await answer.json()) as { data?: unknown } }
}
const refusedBy = (answer: Awaited<ReturnType<typeof knock>>, error: string, reason: RegExp): void => {
  expect([answer.status, answer.body.data]).toEqual([401, undefined])
  expect(answer.challenge).toMatch(new RegExp(`^DPoP resource_metadata="[^"]+", algs="ES256 PS256 EdDSA Ed25519", error="${error}", error_description="`))
  expect(answer.challenge).toMatch(reason)
}

describe('the resource', () => {
  test('a bound token with its proof is taken, whatever the case of the scheme (access-token-type-header-case-sensitivity)', async () => {
    for (const scheme of ['DPoP', 'dpop', 'DPOP']) {
      const access = await token()
      expect(await knock({ authorization: `${scheme} ${access}`, dpop: await key.prove('POST', endpoint, access) })).toMatchObject({ status: 200, body: { data: { partner: { nameEn: 'Sample Bank' } } } })
    }
  })

  test.each<[string, (access: string) => Promise<string>, RegExp]>([
    ['ensure-dpop-proof-without-htm-fails', (t) => proof({ ath: hashOf(t), htm: undefined }), /htm of the proof/],
    ['ensure-dpop-proof-with-wrong-htm-fails', (t) => proof({ ath: hashOf(t), htm: 'GET' }), /htm of the proof must be POST/],
    ['ensure-dpop-proof-without-htu-fails', (t) => proof({ ath: hashOf(t), htu: undefined }), /htu of the proof/],
    ['ensure-dpop-proof-with-wrong-htu-fails', (t) => proof({ ath: hashOf(t), htu: 'https://elsewhere.example/graphql' }), /htu of the proof must be/],
    ['ensure-dpop-proof-with-htu-that-is-no-url-fails', (t) => proof({ ath: hashOf(t), htu: '/graphql' }), /htu of the proof must be/],
    ['ensure-dpop-proof-without-jti-fails', (t) => proof({ ath: hashOf(t), jti: undefined }), /needs a jti/],
    ['ensure-dpop-proof-with-huge-jti-fails', (t) => proof({ ath: hashOf(t), jti: 'j'.repeat(257) }), /needs a jti/],
    ['ensure-dpop-proof-without-iat-fails', (t) => proof({ ath: hashOf(t), iat: undefined }), /iat of the proof/],
    ['ensure-dpop-proof-with-iat-in-past-fails', (t) => proof({ ath: hashOf(t), iat: seconds() - 75 }), /iat of the proof/],
    ['ensure-dpop-proof-with-iat-in-future-fails', (t) => proof({ ath: hashOf(t), iat: seconds() + 75 }), /iat of the proof/],
    ['check-dpop-proof-nbf-exp: over', (t) => proof({ ath: hashOf(t), exp: seconds() - 15 }), /not valid now/],
    ['check-dpop-proof-nbf-exp: not begun', (t) => proof({ ath: hashOf(t), nbf: seconds() + 75 }), /not valid now/],
    ['ensure-dpop-proof-without-ath-fails', () => proof(), /ath of the proof/],
    ['ensure-dpop-proof-with-wrong-ath-fails', async () => proof({ ath: hashOf(await token()) }), /ath of the proof/],
    ['ensure-mismatched-dpop-jkt-fails', (t) => other.prove('POST', endpoint, t), /another key than the token is bound to/],
    ['ensure-dpop-proof-with-invalid-signature-fails', (t) => proof({ ath: hashOf(t) }, { jwk: other.publicJwk }), /the proof is not one/],
    ['ensure-dpop-proof-with-private-key-in-jwk-fails', async (t) => proof({ ath: hashOf(t) }, { jwk: await exportJWK(open.privateKey) }), /the proof is not one/],
    ['ensure-dpop-proof-without-jwk-fails', (t) => proof({ ath: hashOf(t) }, { jwk: undefined }), /the proof is not one/],
    ['ensure-dpop-proof-with-wrong-typ-fails', (t) => proof({ ath: hashOf(t) }, { typ: 'JWT' }), /the proof is not one/],
    ['ensure-dpop-proof-with-alg-none-fails', async (t) => {
      const [, payload] = (await proof({ ath: hashOf(t) })).split('.')
      return `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: open.jwk })).toString('base64url')}.${payload}.`
    }, /the proof is not one/],
    ['ensure-dpop-proof-with-RS256-fails', async (t) => {
      const rsa = await pair('RS256')
      return proof({ ath: hashOf(t) }, { alg: 'RS256', jwk: rsa.jwk }, rsa.privateKey)
    }, /the proof is not one/],
    ['ensure-dpop-proof-with-symmetric-jwk-fails', async (t) => proof({ ath: hashOf(t) }, { jwk: { kty: 'oct', k: 'AAAA' } }), /the proof is not one/],
    ['ensure-two-dpop-proofs-fail', async (t) => `${await proof({ ath: hashOf(t) })}, ${await proof({ ath: hashOf(t) })}`, /the proof is not one/],
  ])('%s', async (_, make, reason) => {
    const access = await openToken()
    refusedBy(await knock({ authorization: `DPoP ${access}`, dpop: await make(access) }), 'invalid_dpop_proof', reason)
  })

  test('ensure-dpop-proof-replayed-fails', async () => {
    const access = await token()
    const headers = { authorization: `DPoP ${access}`, dpop: await key.prove('POST', endpoint, access) }
    expect((await knock(headers)).status).toBe(200)
    refusedBy(await knock(headers), 'invalid_dpop_proof', /was used before/)
  })

  test('of the same proof sent eight times at once, one passes', async () => {
    const access = await token()
    const headers = { authorization: `DPoP ${access}`, dpop: await key.prove('POST', endpoint, access) }
    expect((await Promise.all(Array.from({ length: 8 }, () => knock(headers)))).map((a) => a.status).toSorted()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
  })

  test('ensure-bearer-downgrade-fails: a bound token as a bearer token, with and without a proof', async () => {
    const access = await token()
    refusedBy(await knock({ authorization: `Bearer ${access}` }), 'invalid_token', /cannot be used as a bearer token/)
    refusedBy(await knock({ authorization: `Bearer ${access}`, dpop: await key.prove('POST', endpoint, access) }), 'invalid_token', /cannot be used as a bearer token/)
  })

  test('ensure-dpop-token-without-proof-fails', async () => {
    refusedBy(await knock({ authorization: `DPoP ${await token()}` }), 'invalid_dpop_proof', /must come in the header DPoP/)
  })

  test('ensure-two-authorization-headers-fail, and two headers DPoP: the first does not win, nor the last', async () => {
    const send = async (headers: (access: string) => Promise<string[]>) => {
      const access = await token()
      const lines = ['content-type', 'application/json', 'host', new URL(endpoint).host, 'connection', 'close', 'authorization', `DPoP ${access}`, 'dpop', await key.prove('POST', endpoint, access), ...(await headers(access))]
      return new Promise<readonly [number, string]>((resolve, reject) => {
        const sent = request(endpoint, { method: 'POST', headers: lines as never }, (answer) => answer.resume().on('end', () => resolve([answer.statusCode!, answer.headers['www-authenticate'] ?? ''])))
        sent.on('error', reject).end(JSON.stringify({ query: '{ partner { nameEn } }' }))
      })
    }
    expect(await send(async () => [])).toEqual([200, ''])
    for (const more of [async (access: string) => `DPoP ${access}`, async () => `Bearer ${await gateway.token('hanako')}`]) expect(await send(async (access) => ['authorization', await more(access)])).toEqual([400, expect.stringContaining('error="invalid_request", error_description="the Authorization header must be')])
    expect(await send(async (access) => ['dpop', await key.prove('POST', endpoint, access)])).toEqual([401, expect.stringContaining('error="invalid_dpop_proof", error_description="the proof is not one')])
  })

  test('ensure-unbound-token-under-dpop-scheme-fails', async () => {
    const bearer = await gateway.token('hanako')
    refusedBy(await knock({ authorization: `DPoP ${bearer}`, dpop: await key.prove('POST', endpoint, bearer) }), 'invalid_token', /bound to no key/)
  })

  test('ensure-access-token-in-query-fails', async () => {
    const access = await token()
    const answer = await knock({ dpop: await key.prove('POST', endpoint, access) }, `${endpoint}?access_token=${access}`)
    expect([answer.status, answer.body.data]).toEqual([401, { partner: null }])
    // It came as nobody: told what to bring, and no more.
    expect(answer.challenge).not.toContain('error=')
  })

  test('ensure-tampered-access-token-fails', async () => {
    const access = await token()
    const [header, payload, signature] = access.split('.') as [string, string, string]
    const more = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), scope: 'area:approve' })).toString('base64url')
    const forged = `${header}.${more}.${signature}`
    refusedBy(await knock({ authorization: `DPoP ${forged}`, dpop: await key.prove('POST', endpoint, forged) }), 'invalid_token', /signature verification failed/)
  })

  test('says where a token is to be had, and which proofs it takes', async () => {
    expect(await (await fetch(`${gateway.url}/.well-known/oauth-protected-resource`)).json()).toMatchObject({ resource: gateway.url, authorization_servers: [issuer], dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'] })
    expect(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()).toMatchObject({ token_endpoint_auth_methods_supported: ['private_key_jwt'], dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'] })
  })
})
