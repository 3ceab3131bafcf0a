/** The issuer of tokens describes itself at either of its two addresses (RFC 8414 3.1, 5), and is taken at its word only where it names itself (3.3). */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { metadataAddresses as clientAddresses, metadataOf } from '../../client/discovery.ts'
import { issuerKeys, metadataAddresses } from '../../functions/environment/issuer.ts'

let server: Server
let base: string
let answers: Readonly<Record<string, object>>
let asked: string[]
beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url!)
    const found = answers[request.url!]
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

const openid = (path: string) => `${path}/.well-known/openid-configuration`
const oauth = (path: string) => `/.well-known/oauth-authorization-server${path}`

test.each([
  ['https://as.example', ['https://as.example/.well-known/openid-configuration', 'https://as.example/.well-known/oauth-authorization-server']],
  ['https://as.example/', ['https://as.example/.well-known/openid-configuration', 'https://as.example/.well-known/oauth-authorization-server']],
  ['https://as.example/realms/main/', ['https://as.example/realms/main/.well-known/openid-configuration', 'https://as.example/.well-known/oauth-authorization-server/realms/main']],
])('%s describes itself at two addresses', (issuer, addresses) => {
  expect([metadataAddresses(issuer), clientAddresses(issuer)]).toEqual([addresses, addresses])
})

describe.each([['OpenID Connect', openid], ['RFC 8414', oauth]] as const)('described as %s says', (_, at) => {
  test('its keys verify its tokens', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const issuer = `${base}/realms/main`
    answers = { [at('/realms/main')]: { issuer, jwks_uri: `${base}/keys`, token_endpoint: `${base}/token` }, '/keys': { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] } }
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setIssuer(issuer).sign(privateKey)
    expect((await jwtVerify(token, issuerKeys(issuer))).payload.iss).toBe(issuer)
    expect(await metadataOf<{ issuer: string; token_endpoint: string }>(issuer)).toMatchObject({ token_endpoint: `${base}/token` })
  })
})

test('another issuer, one that differs in a slash, and one without keys are none; the next address is still asked', async () => {
  const issuer = `${base}/a`
  const verifies = () => jwtVerify('e30.e30.e30', issuerKeys(issuer)).catch((error: unknown) => error)
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign((await generateKeyPair('ES256')).privateKey)
  for (const wrong of [{ issuer: 'https://other.example', jwks_uri: `${base}/keys` }, { issuer: `${issuer}/`, jwks_uri: `${base}/keys` }, { issuer }]) {
    answers = { [openid('/a')]: wrong, [oauth('/a')]: wrong, '/keys': { keys: [] } }
    await expect(jwtVerify(token, issuerKeys(issuer))).rejects.toThrow(/does not describe itself.*not of this issuer/)
    expect(await metadataOf(issuer)).toEqual('jwks_uri' in wrong ? null : wrong)
    expect(asked).not.toContain('/keys')
  }
  answers = { [openid('/a')]: { issuer: 'https://other.example', jwks_uri: `${base}/other` }, [oauth('/a')]: { issuer, jwks_uri: `${base}/keys` }, '/keys': { keys: [] } }
  await verifies()
  await expect(jwtVerify(token, issuerKeys(issuer))).rejects.toThrow(/no applicable key/i)
  expect([asked.includes('/keys'), asked.includes('/other')]).toEqual([true, false])
})

test.each<[string, (issuer: string) => object]>([
  ['longer than 64 KB', (issuer) => ({ issuer, jwks_uri: `${base}/keys`, padding: 'x'.repeat(70_000) })], ['with keys at another kind of address', (issuer) => ({ issuer, jwks_uri: 'file:///etc/passwd' })], ['with keys at no address', (issuer) => ({ issuer, jwks_uri: '/keys' })],
])('a description %s is none', async (_, description) => {
  const issuer = `${base}/a`
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign((await generateKeyPair('ES256')).privateKey)
  answers = { [openid('/a')]: description(issuer), '/keys': { keys: [] } }
  await expect(jwtVerify(token, issuerKeys(issuer))).rejects.toThrow('does not describe itself')
  expect(asked).not.toContain('/keys')
})

test('keys behind https are not fetched over http', async () => {
  const issuer = 'https://as.example/a'
  const real = globalThis.fetch
  const fetched: string[] = []
  globalThis.fetch = async (input) => { fetched.push(String(input)); return Response.json({ issuer, jwks_uri: 'http://as.example/keys', keys: [] }) }
  try {
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign((await generateKeyPair('ES256')).privateKey)
    await expect(jwtVerify(token, issuerKeys(issuer))).rejects.toThrow('does not describe itself')
    expect(fetched).toEqual(metadataAddresses(issuer))
  } finally {
    globalThis.fetch = real
  }
})
