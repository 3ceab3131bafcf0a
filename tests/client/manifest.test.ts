/** The manifest of a client's documents: the hashes are those of their octets, and the file is the same each time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse, validate } from 'graphql'
import { exportJWK, generateKeyPair } from 'jose'
import { consentDocuments, consentsOf } from '../../client/consent.ts'
import { connect } from '../../client/gateway.ts'
import { documentId, manifestOf, registerManifest, type ClientManifest } from '../../client/manifest.ts'
import { schema } from '../schema/fixture.ts'

test('a document is named by the SHA-256 of its UTF-8 octets', () => {
  expect(documentId('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(documentId('{ partner { name } }\n')).not.toBe(documentId('{ partner { name } }'))
})

test('the same documents give the same manifest, in whatever order and however often', () => {
  const [a, b] = ['{ partner { name } }', '{ serverInfo { stage } }']
  expect(JSON.stringify(manifestOf([a, b, a]))).toBe(JSON.stringify(manifestOf([b, a])))
  expect(manifestOf([a])).toEqual({ [documentId(a)]: a })
})

test('text that is not well formed has no hash of its own', () => {
  expect(() => manifestOf(['{ a(b: "\ud800") }'])).toThrow(RangeError)
})

test('the client library’s own documents all fit the schema, and the manifest of its build step holds them', async () => {
  for (const text of Object.values(consentDocuments)) expect(validate(schema, parse(text)).map((e) => e.message)).toEqual([])
  expect(Object.keys(manifestOf(Object.values(consentDocuments)))).toHaveLength(Object.keys(consentDocuments).length)
  const run = spawnSync(process.execPath, ['local/cli.ts', 'manifest', '--library'], { encoding: 'utf8', timeout: 60_000 })
  expect(JSON.parse(run.stdout)).toEqual(manifestOf(Object.values(consentDocuments)))
})

describe('a client that has its manifest', () => {
  let server: Server
  let url: string
  const bodies: Record<string, unknown>[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      const json = (body: object): void => void response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r' }).end(JSON.stringify(body))
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        if (request.url === '/.well-known/oauth-protected-resource') return json({ resource: url, authorization_servers: [`${url}/as`] })
        if (request.url === '/.well-known/oauth-authorization-server/as') return json({ issuer: `${url}/as`, token_endpoint: `${url}/token` })
        if (request.url === '/token') return json({ access_token: 'token', expires_in: 300 })
        if (request.url !== '/graphql') return void response.writeHead(404).end()
        bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>)
        return json({ data: { isAdult: { __typename: 'PredicateAnswer', holds: true }, registerDocuments: { documents: [1, 2] } } })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  const client = async (manifest: ClientManifest) => connect({ url, clientId: 'bank', key: { ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)), alg: 'ES256' }, scope: 'consent', manifest })

  test('names registered documents by their id and sends their text never; any other goes as text', async () => {
    const gateway = await client(manifestOf(Object.values(consentDocuments)))
    expect(await consentsOf(gateway).isAdult('c')).toMatchObject({ holds: true })
    await gateway.query('{ serverInfo { now } }')
    expect(bodies).toEqual([{ documentId: documentId(consentDocuments.isAdult), variables: { consent: 'c' } }, { query: '{ serverInfo { now } }', variables: {} }])
  })

  test('takes no manifest whose ids are of other texts', async () => {
    await expect(client({ [documentId('{ a }')]: '{ b }' })).rejects.toThrow(RangeError)
  })

  test('registers it, fifty at a time', async () => {
    bodies.length = 0
    const manifest = manifestOf(Array.from({ length: 51 }, (_, i) => `{ a${i}: __typename }`))
    expect(await registerManifest(await client({}), manifest)).toBe(2)
    expect(bodies.map((body) => ((body['variables'] as { input: { documents: string[] } }).input.documents).length)).toEqual([50, 1])
  })
})
