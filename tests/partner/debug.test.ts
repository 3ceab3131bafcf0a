/** The debugger against the gateway itself: it finds fault where the gateway refuses, and none where it does not. */
import { decodeJwt, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debug, lines, type DebugKind, type Expected } from '../../client/debug.ts'
import { hashOf, proofKey, type ProofKey } from '../../client/proof.ts'
import { debugLines } from '../../local/login/debug.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

const now = Math.floor(Date.UTC(2026, 10, 25) / 1000)
const issuer = 'https://issuer.example'
const url = 'https://gateway.example/graphql'
const expected: Expected = { issuer, audience: 'https://gateway.example', method: 'POST', url, now, clientId: 'bank' }
const wrong = async (kind: DebugKind, text: string, more: Partial<Expected> = {}) => (await debug(kind, text, { ...expected, ...more })).checks.filter((c) => !c.passed).map((c) => c.name)

let pair: { privateKey: Parameters<SignJWT['sign']>[0]; jwk: JWK; privateJwk: JWK }
const sign = (claims: Record<string, unknown>, header: Record<string, unknown>) => new SignJWT(Object.fromEntries(Object.entries(claims).filter(([, v]) => v !== undefined))).setProtectedHeader({ alg: 'ES256', ...header }).sign(pair.privateKey)
const assertion = { iss: 'bank', sub: 'bank', aud: issuer, jti: 'a', iat: now, exp: now + 60 }
const token = { iss: issuer, aud: 'https://gateway.example', sub: 'bank', client_id: 'bank', jti: 't', iat: now, exp: now + 300, mynagate: { partner: 'p' }, cnf: { jkt: 'k' } }
const proof = { htm: 'POST', htu: url, iat: now, jti: 'p' }

beforeAll(async () => {
  const made = await generateKeyPair('ES256', { extractable: true })
  pair = { privateKey: made.privateKey, jwk: await exportJWK(made.publicKey), privateJwk: await exportJWK(made.privateKey) }
})

describe('names what fails', () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ['right', {}, []], ['aud', { aud: `${issuer}/token` }, ['aud']], ['aud as a list', { aud: [issuer] }, ['aud']], ['sub', { sub: undefined }, ['sub']], ['iss', { iss: 'other', sub: 'other' }, ['iss']], ['over', { exp: now - 300 }, ['exp']],
    ['an hour', { exp: now + 3600 }, ['exp']], ['milliseconds for seconds', { exp: now * 1000 }, ['exp']], ['no jti', { jti: undefined }, ['jti']], ['ahead', { iat: now + 61 }, ['iat']], ['not yet', { nbf: now + 61 }, ['nbf']],
  ])('assertion: %s', async (_, claims, names) => {
    expect(await wrong('assertion', await sign({ ...assertion, ...claims }, {}), { keys: [pair.jwk] })).toEqual(names)
  })

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ['right', {}, {}, []], ['typ', {}, { typ: 'JWT' }, ['typ']], ['aud', { aud: 'https://elsewhere.example' }, {}, ['aud']], ['issuer', { iss: `${issuer}/` }, {}, ['iss']], ['over', { iat: now - 400, exp: now - 100 }, {}, ['exp']],
    ['long', { exp: now + 3600 }, {}, ['life']], ['unbound', { cnf: undefined }, {}, ['cnf']], ['of nobody', { mynagate: {} }, {}, ['mynagate']], ['no client', { client_id: undefined }, {}, ['sub']], ['no jti', { jti: undefined }, {}, ['jti']],
    ['ahead', { iat: now + 60, exp: now + 120 }, {}, ['iat']], ['not yet', { nbf: now + 60 }, {}, ['nbf']], ['bound twice', { cnf: { jkt: 'k', 'x5t#S256': 'x' } }, {}, ['cnf']], ['a person’s, bound otherwise', { mynagate: { person: 'p' }, cnf: { 'x5t#S256': 'x' } }, {}, ['cnf']],
  ])('token: %s', async (_, claims, header, names) => {
    expect(await wrong('token', await sign({ ...token, ...claims }, { typ: 'at+jwt', ...header }), { keys: [pair.jwk] })).toEqual(names)
  })

  test.each<[string, Record<string, unknown>, () => Record<string, unknown>, string[]]>([
    ['right', {}, () => ({}), []], ['htm', { htm: 'GET' }, () => ({}), ['htm']], ['htu', { htu: `${url}/x` }, () => ({}), ['htu']], ['a query does not matter', { htu: `${url}?a=1#b` }, () => ({}), []], ['old', { iat: now - 61 }, () => ({}), ['iat']],
    ['no jti', { jti: undefined }, () => ({}), ['jti']], ['typ', {}, () => ({ typ: 'JWT' }), ['typ']], ['private key shown', {}, () => ({ jwk: pair.privateJwk }), ['jwk', 'signature']], ['no key', {}, () => ({ jwk: undefined }), ['jwk', 'signature']],
    ['over by its own word', { exp: now - 60 }, () => ({}), ['nbf, exp']], ['not yet', { nbf: now + 60 }, () => ({}), ['nbf, exp']],
  ])('dpop: %s', async (_, claims, header, names) => {
    expect(await wrong('dpop', await sign({ ...proof, ...claims }, { typ: 'dpop+jwt', jwk: pair.jwk, ...header() }))).toEqual(names)
  })

  test('a proof for another token or by another key', async () => {
    const bound = await sign(token, { typ: 'at+jwt' })
    expect(await wrong('dpop', await sign({ ...proof, ath: hashOf('other') }, { typ: 'dpop+jwt', jwk: pair.jwk }), { token: bound })).toEqual(['ath', 'jkt'])
  })

  test('a signature by another key, and what is no JWT', async () => {
    const other = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)
    expect(await wrong('assertion', await sign(assertion, {}), { keys: [other] })).toEqual(['signature'])
    for (const text of ['', 'abc', 'a.b', 'a.b.c', '..', `${'x'.repeat(40)}.${'y'.repeat(40)}.z`]) expect(await wrong('token', text)).toEqual(['form'])
  })

  test('says expected, found and how a right one looks', async () => {
    const told = lines(await debug('dpop', await sign({ ...proof, htm: 'GET' }, { typ: 'dpop+jwt', jwk: pair.jwk }), expected)).join('\n')
    expect(told).toMatch(/^dpop: 1 of 10 checks fail\n✗ htm \(RFC 9449 4\.3 \(8\)\)\n {4}expected {2}POST\n {4}found {5}GET\n/)
    expect(told).toContain(`"htu": "${url}"`)
    expect(lines(await debug('dpop', await sign({ ...proof }, { typ: 'dpop+jwt', jwk: pair.jwk }), expected))[0]).toBe('dpop: nothing wrong with it here')
    expect(told).not.toContain('"d"')
  })
})

describe('agrees with a running gateway', () => {
  let gateway: RunningGateway
  let key: ProofKey
  beforeAll(async () => {
    gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
    key = await proofKey()
  }, 120_000)
  afterAll(() => gateway.close())

  test('a token as issued, its proof, and both when something is off', async () => {
    const base = { data: '/nonexistent', gateway: gateway.url }
    const seconds = Math.floor(Date.now() / 1000)
    const bank = gateway.credentials['bank']!.key
    const made = await new SignJWT({ jti: 'x' }).setProtectedHeader({ alg: 'ES256', kid: 'bank' }).setIssuer('bank').setSubject('bank').setAudience(`${gateway.url}/oauth`).setIssuedAt().setExpirationTime('1m').sign(await importJWK(bank, 'ES256'))
    expect((await debugLines('assertion', made, base, seconds)).good).toBe(true)
    const access = await gateway.token('bank')
    expect(decodeJwt(access)).toHaveProperty('cnf.jkt')
    expect((await debugLines('token', access, base, seconds)).good).toBe(true)
    expect((await debugLines('token', access, base, seconds + 400)).lines.join('\n')).toContain('✗ exp')
    const mine = await key.prove('POST', `${gateway.url}/graphql`, access)
    expect((await debugLines('dpop', mine, base, seconds)).good).toBe(true)
    expect((await debugLines('dpop', mine, { ...base, token: access }, seconds)).lines.filter((l) => l.startsWith('✗'))).toEqual(['✗ jkt (RFC 9449 4.3 (12b))'])
  })
})
