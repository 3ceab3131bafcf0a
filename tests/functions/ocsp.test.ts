/** The door of OCSP: bytes in, bytes out, with a ceremony's real authorities and a responder that the authority made. */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { IssuerKeyId } from '../../core/law/ids.ts'
import type { Issuer } from '../../core/law/certificate/issuer.ts'
import { renewResponders, type Responder } from '../../core/law/certificate/responder.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import type { PublishedCrl, StatusRow } from '../../core/law/certificate/status.ts'
import { after, dayOf, hour, instant, minute, type Instant } from '../../core/law/time.ts'
import { unnamed, type ProvisionCount } from '../../core/law/statistics/provision.ts'
import type { Authority } from '../../core/law/world.ts'
import { parseCaCertificate, type CaCertificate } from '../../core/pki/certificate.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { localSigner } from '../../core/pki/signer.ts'
import { ceremonyDoor } from '../../functions/ceremony.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { ocspDoor, type OcspDoor } from '../../functions/ocsp.ts'

const start = instant(Date.UTC(2026, 10, 25, 3, 0, 0))
let counted: ProvisionCount[]
let now: Instant
const clock = { now: () => now }
const random = { bytes: (n: number) => Uint8Array.from(randomBytes(n)) }
const key = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey
const issuers: Issuer[] = []
let authorities: Authority[]
let responder: Responder
let unwraps = 0
const wrapped = new Map<string, Uint8Array>()
const row = new Map<string, StatusRow>()
let reachable = true
let lists: PublishedCrl | null = null
let door: OcspDoor
let ca: CaCertificate
const serial = '40000000000000000000000000000000000000AA'

beforeAll(async () => {
  now = start
  const signers = { signature: { arn: 'arn:s', signer: localSigner(key()) }, authentication: { arn: 'arn:a', signer: localSigner(key()) } }
  const ceremony = ceremonyDoor({ world: { clock, random, settings: defaultSettings, issuers: { all: async () => issuers, add: async (_, issuer) => void issuers.push(issuer) } }, keys: signers, log: () => undefined })
  await ceremony({ authorities: ['signature', 'authentication'], by: 'a named human' })
  authorities = issuers.map((i) => ({ ca: i.ca, keyId: i.keyId, certificate: parseCaCertificate(i.certificate), signer: signers[i.ca].signer }))
  ca = authorities[0]!.certificate
})

const stored = new Map<IssuerKeyId, Responder>()
const responders = { current: async (issuer: IssuerKeyId) => stored.get(issuer) ?? null, add: async (_: unknown, r: Responder) => void stored.set(r.issuer, r) }
const renew = () => renewResponders({
  clock, random, settings: defaultSettings, authorities: { all: authorities, current: () => authorities[0]! }, responders,
  responderKeys: {
    async make() {
      const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      const sealedKey = Uint8Array.from(randomBytes(8))
      wrapped.set(Buffer.from(sealedKey).toString('hex'), Uint8Array.from(pair.privateKey.export({ type: 'pkcs8', format: 'der' })))
      return { spki: Uint8Array.from(pair.publicKey.export({ type: 'spki', format: 'der' })), sealedKey }
    },
  },
})

beforeEach(async () => {
  now = start
  reachable = true
  row.clear()
  stored.clear()
  unwraps = 0
  counted = []
  lists = null
  row.set(serial, { state: 'VALID', revocation: null, abandonedAt: null })
  await renew()
  responder = stored.get(ca.keyId as IssuerKeyId)!
  door = ocspDoor({
    world: {
      clock, responders, provisions: { add: async (counts) => void counted.push(...counts) }, authorities: { all: authorities.map((a) => ({ ...a, signer: null })), current: () => authorities[0]! },
      statuses: {
        async find(issuer, s) {
          if (!reachable) throw new Error('register away')
          return issuer === ca.keyId ? (row.get(s) ?? null) : null
        },
      },
      crls: { latest: async (issuer, shard) => (lists !== null && lists.issuer === issuer && lists.shard === shard ? lists : null) },
    },
    unwrap: async (sealed) => {
      unwraps++
      return wrapped.get(Buffer.from(sealed).toString('hex'))!
    },
    log: () => undefined,
  })
})

const event = (method: string, rawPath: string, body?: Uint8Array): APIGatewayProxyEventV2 =>
  ({ rawPath, requestContext: { http: { method } }, ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }), isBase64Encoded: body !== undefined }) as unknown as APIGatewayProxyEventV2
const bytes = (answer: APIGatewayProxyStructuredResultV2): Uint8Array => Uint8Array.from(Buffer.from(answer.body!, 'base64'))
const request = (s = serial, nonce: Uint8Array | null = null, issuer = ca): Uint8Array => buildOcspRequest([certIdFor(issuer, s)], nonce)
const get = (der: Uint8Array) => door(event('GET', `/ocsp/${encodeURIComponent(Buffer.from(der).toString('base64'))}`))
const post = (der: Uint8Array) => door(event('POST', '/ocsp', der))
const errorOf = (answer: APIGatewayProxyStructuredResultV2): number => {
  const der = bytes(answer)
  expect([der.length, der[0], der[1], der[2], der[3]]).toEqual([5, 0x30, 3, 0x0a, 1])
  return der[4]!
}
const read = (answer: APIGatewayProxyStructuredResultV2) => {
  const reading = readOcspResponse(bytes(answer), ca, now)
  if (reading.outcome !== 'answered') throw new Error(JSON.stringify(reading))
  return reading
}

describe('the OCSP door', () => {
  test('answers GET and POST with a response that the issuer alone proves', async () => {
    for (const answer of [await get(request()), await post(request())]) {
      expect([answer.statusCode, answer.headers!['content-type'], answer.isBase64Encoded]).toEqual([200, 'application/ocsp-response', true])
      expect(read(answer)).toMatchObject({ responses: [{ status: 'good', certId: certIdFor(ca, serial).der, thisUpdate: start, nextUpdate: start + hour }], nonce: null })
    }
  })

  test('公的個人認証法 第40条: what is answered is counted by day, in portions; nobody and no certificate stands in the account', async () => {
    await get(request())
    const one = { day: dayOf(now), recipient: unnamed, provision: 'revocation-information', method: 'OCSP', count: 1 }
    expect(counted).toEqual([one])
    await get(request())
    expect(counted).toEqual([one])
    now = after(now, 30_000)
    await get(request())
    expect(counted).toEqual([one, { ...one, count: 2 }])
  })

  test('takes the path as API Gateway decodes it, and without its percent signs', async () => {
    const base64 = Buffer.from(request()).toString('base64')
    expect(read(await door(event('GET', `/ocsp/${base64}`))).responses[0]!.status).toBe('good')
  })

  test.each<[string, StatusRow | null, object]>([
    ['a serial never issued', null, { status: 'unknown' }],
    ['a reservation', { state: 'RESERVED', revocation: null, abandonedAt: null }, { status: 'unknown' }],
    ['a lapse', { state: 'REVOKED', revocation: revocation('record-changed', start, start), abandonedAt: null }, { status: 'revoked', at: start, reason: 3 }],
    ['a hold', { state: 'HELD', revocation: revocation('temporary-stop', start, start), abandonedAt: null }, { status: 'revoked', at: start, reason: 6 }],
    ['a reservation given up', { state: 'ABANDONED', revocation: null, abandonedAt: start }, { status: 'revoked', at: start, reason: null }],
  ])('says of %s what the law says', async (_, found, says) => {
    if (found === null) row.clear()
    else row.set(serial, found)
    expect(read(await get(request())).responses[0]).toMatchObject(says)
  })

  test('GET may be cached for the promise, POST not at all', async () => {
    const { headers } = await get(request())
    expect(headers!['cache-control']).toBe('max-age=600, public, no-transform, must-revalidate')
    expect([headers!['expires'], headers!['last-modified']]).toEqual([new Date(start + 10 * minute).toUTCString(), new Date(start).toUTCString()])
    expect(headers!['etag']).toMatch(/^"[0-9A-F]{64}"$/)
    expect((await post(request())).headers!['cache-control']).toBe('max-age=0, no-cache')
  })

  test('keeps an answer, and lets it go the moment the register says otherwise', async () => {
    const first = bytes(await get(request()))
    now = after(start, 5 * minute)
    expect(bytes(await get(request()))).toEqual(first)
    row.set(serial, { state: 'REVOKED', revocation: revocation('key-leak', now, now), abandonedAt: null })
    expect(read(await get(request())).responses[0]).toMatchObject({ status: 'revoked', at: now, reason: 1 })
    row.set(serial, { state: 'VALID', revocation: null, abandonedAt: null })
    now = after(start, 11 * minute)
    expect(read(await get(request())).responses[0]).toMatchObject({ status: 'good', thisUpdate: now })
  })

  test('with the register out of reach a kept answer serves until its nextUpdate, never to a nonce', async () => {
    const first = bytes(await get(request()))
    reachable = false
    now = after(start, 59 * minute)
    expect(bytes(await get(request()))).toEqual(first)
    expect(errorOf(await get(request(serial, random.bytes(32))))).toBe(3)
    now = after(start, hour)
    expect(errorOf(await get(request()))).toBe(3)
  })

  test('repeats the nonce and signs afresh for it', async () => {
    const [a, b] = [random.bytes(32), random.bytes(32)]
    expect(read(await get(request(serial, a))).nonce).toEqual(a)
    const answer = await get(request(serial, b))
    expect(read(answer).nonce).toEqual(b)
    expect(answer.headers!['cache-control']).toBe('max-age=0, no-cache')
  })

  test('unwraps the responder key once', async () => {
    for (let i = 0; i < 5; i++) await get(request(serial, random.bytes(16)))
    await Promise.all(Array.from({ length: 5 }, () => get(request(serial, random.bytes(16)))))
    expect(unwraps).toBe(1)
  })

  test('goes over to the next responder once the last third has begun, and says tryLater when there is none', async () => {
    await get(request())
    now = after(start, 33 * hour)
    await renew()
    await get(request())
    expect(unwraps).toBe(2)
    expect(read(await get(request())).responderCertificate).toEqual(stored.get(ca.keyId as IssuerKeyId)!.certificate)
    now = after(start, 90 * hour)
    expect(errorOf(await get(request()))).toBe(3)
  })

  test('no answer outlives its responder', async () => {
    now = after(responder.notAfter, -10 * minute)
    expect(read(await get(request())).responses[0]!.nextUpdate).toBe(responder.notAfter)
  })

  test('is not authorized for issuers it does not know, nor for two at once', async () => {
    const stranger = { ...ca, spki: authorities[1]!.certificate.spki }
    expect(errorOf(await get(request(serial, null, { ...stranger })))).toBe(6)
    expect(errorOf(await post(buildOcspRequest([certIdFor(ca, serial), certIdFor(authorities[1]!.certificate, serial)])))).toBe(6)
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['one octet', Uint8Array.of(0x30)],
    ['text', new TextEncoder().encode('{"query":"{me}"}')],
    ['an endless length', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ['more than is read', Uint8Array.from({ length: 5000 }, () => 0x30)],
  ])('calls %s malformed', async (_, der) => {
    const answer = await post(der)
    expect([answer.statusCode, errorOf(answer), answer.headers!['cache-control']]).toEqual([200, 1, 'max-age=0, no-cache'])
  })

  test.each([['empty', '/ocsp/'], ['cut off', '/ocsp/%'], ['not percent-encoded', '/ocsp/%zz'], ['not base64', '/ocsp/a*b'], ['no request', '/ocsp/MAA'], ['far too long', `/ocsp/${'A'.repeat(70_000)}`]])('calls a path that is %s malformed', async (_, path) => {
    expect(errorOf(await door(event('GET', path)))).toBe(1)
  })

  test('no octets bring it down', async () => {
    const good = request(serial, random.bytes(8))
    await fc.assert(fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(good.length), async (at, octet, length) => {
      const changed = Uint8Array.from(good.subarray(0, length === 0 ? good.length : length))
      if (at < changed.length) changed[at] = octet
      const answer = await post(changed)
      expect(answer.statusCode).toBe(200)
      const der = bytes(answer)
      expect(der.length === 5 ? [1, 6].includes(der[4]!) : read(answer).responses.length === 1).toBe(true)
    }), { numRuns: 300 })
  })

  test('is no other door', async () => {
    expect((await door(event('PUT', '/ocsp', request()))).statusCode).toBe(405)
    expect((await door(event('GET', '/graphql'))).statusCode).toBe(404)
  })
})

describe('the lists', () => {
  const path = () => `/crl/${ca.keyId}/131016.crl`
  test('are served as they were published, and only to their address', async () => {
    expect((await door(event('GET', path()))).statusCode).toBe(404)
    lists = { issuer: ca.keyId as IssuerKeyId, shard: '131016' as never, number: 1n, der: Uint8Array.of(0x30, 0x00), thisUpdate: start, nextUpdate: after(start, 5 * minute) }
    const answer = await door(event('GET', path()))
    expect([answer.statusCode, answer.headers!['content-type'], bytes(answer), answer.headers!['cache-control']]).toEqual([200, 'application/pkix-crl', Uint8Array.of(0x30, 0x00), 'max-age=300, public, no-transform, must-revalidate'])
    expect((await door(event('GET', path().toLowerCase()))).statusCode).toBe(200)
    for (const other of ['/crl/../131016.crl', `/crl/${ca.keyId}/131017.crl`, `/crl/${'0'.repeat(40)}/131016.crl`]) expect((await door(event('GET', other))).statusCode).toBe(404)
  })
})

describe('the ceremony', () => {
  const world = { clock, random, settings: defaultSettings, issuers: { all: async () => issuers, add: async () => ({ refused: true as const, code: 'CONFLICT' as const }) } }
  const keysOf = (signer: ReturnType<typeof localSigner>) => ({ signature: { arn: 'arn:s', signer }, authentication: { arn: 'arn:a', signer } })

  test('gives each authority a self-signed certificate until the day ten years on', () => {
    expect(issuers.map((i) => i.ca)).toEqual(['signature', 'authentication'])
    expect([ca.notBefore + hour, new Date(ca.notAfter).toISOString()]).toEqual([start, '2036-11-25T14:59:59.000Z'])
  })

  test('refuses a key that has its certificate, before it signs', async () => {
    const used = authorities[0]!.signer!
    let signed = 0
    const watched = { ...used, sign: (tbs: Uint8Array) => { signed++; return used.sign(tbs) } }
    await expect(ceremonyDoor({ world, keys: keysOf(watched), log: () => undefined })({ authorities: ['signature'], by: 'somebody' })).rejects.toThrow(/has its certificate already/)
    expect(signed).toBe(0)
  })

  test('refuses where another ceremony was faster, and without a name', async () => {
    const door = ceremonyDoor({ world, keys: keysOf(localSigner(key())), log: () => undefined })
    await expect(door({ authorities: ['signature'], by: 'somebody' })).rejects.toThrow(/meanwhile/)
    await expect(door({ authorities: ['signature'], by: ' ' })).rejects.toThrow(/name the/)
    await expect(door({ authorities: [], by: 'somebody' })).rejects.toThrow(/name the/)
  })
})
