/**
 * HTTP, DER in and out: the status of a certificate (`/ocsp`), and the published lists (`/crl`) where no bucket serves
 * them. Holds responder keys and reads statuses; knows no GraphQL.
 *
 * Two promises. Here, at the origin, a revocation shows at once: the status is read for every request, and a kept answer
 * goes out only where it says what was just read, which saves the signature and not the truth. Behind a cache it shows
 * within `max-age`. Where the register cannot be reached, a kept answer serves until its nextUpdate.
 *
 * @rfc 6960 · 9654 (nonce) · 5019 6 (caching)
 */
import { createHash, createPrivateKey } from 'node:crypto'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { parseMunicipalityCode, type IssuerKeyId, type SerialNumber } from '../core/law/ids.ts'
import { answerFor, type StatusAnswer } from '../core/law/certificate/status.ts'
import { tally, unnamed } from '../core/law/statistics/provision.ts'
import { after, hour, minute, second, type Instant } from '../core/law/time.ts'
import type { Authority } from '../core/law/world.ts'
import { Malformed } from '../core/pki/der.ts'
import { ocspError, ocspResponder, ocspResponse, type OcspResponder } from '../core/pki/ocsp.ts'
import type { OcspErrorStatus } from '../core/pki/ocsp-read.ts'
import { issuerOf, parseOcspPath, parseOcspRequest, requestLimits, type OcspRequest } from '../core/pki/ocsp-request.ts'
import { localSigner } from '../core/pki/signer.ts'
import { lazily, ocspEnvironment, type OcspEnvironment } from './environment.ts'

export type OcspDoor = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>

const answerLife = hour
/** How old a published revocation may look to somebody behind a cache. */
const promise = 10 * minute
/** Milliseconds between two entries in the account of what was provided; who is answered by a cache is not in it. */
const writeDown = 30 * second
/** Kept answers, at most. */
const room = 20_000

interface Kept { readonly says: string; readonly statuses: readonly StatusAnswer['status'][]; readonly der: Uint8Array; readonly thisUpdate: Instant; readonly nextUpdate: Instant; readonly responder: OcspResponder }

export function ocspDoor(environment: OcspEnvironment): OcspDoor {
  const { world, log } = environment
  const count = answerCount(log)
  const kept = new Map<string, Kept>()
  const responderFor = responderCache(environment)
  const account = tally(world.provisions, writeDown)

  /** An answer goes out also where it cannot be written down. */
  async function counted(provision: 'revocation-information' | 'revocation-file', method: string, n: number, now: Instant): Promise<void> {
    try {
      await account.count(now, unnamed, provision, method, n)
    } catch (fault) {
      log('error', 'ocsp.not-counted', { fault: String(fault) })
    }
  }

  /** The signed answer; null where another authority's certificate is asked about. */
  async function answer(request: OcspRequest, now: Instant): Promise<{ der: Uint8Array; kept: Kept | null; statuses: readonly StatusAnswer['status'][] } | OcspErrorStatus> {
    const authority = authorityOf(request, world.authorities.all)
    if (authority === null) return 'unauthorized'
    const key = createHash('sha256').update(Buffer.concat(request.certIds.map((id) => id.der))).digest('base64')
    const earlier = request.nonce === null ? kept.get(key) : undefined
    let statuses: StatusAnswer[]
    try {
      statuses = await Promise.all(request.certIds.map(async (id) => answerFor(await world.statuses.find(authority.keyId, id.serial as SerialNumber))))
    } catch (fault) {
      log('error', 'ocsp.register-unreachable', { fault: String(fault) })
      return earlier !== undefined && now < earlier.nextUpdate ? { der: earlier.der, kept: earlier, statuses: earlier.statuses } : 'tryLater'
    }
    const says = JSON.stringify(statuses)
    if (earlier !== undefined && earlier.says === says && now >= earlier.thisUpdate && now < after(earlier.thisUpdate, promise)) return { der: earlier.der, kept: earlier, statuses: earlier.statuses }
    const responder = await responderFor(authority, now)
    if (responder === null) return 'tryLater'

    const thisUpdate = after(now, -(now % second))
    const nextUpdate = Math.min(after(thisUpdate, answerLife), responder.notAfter) as Instant
    const der = await ocspResponse({
      responder, nonce: request.nonce, producedAt: thisUpdate, responses: request.certIds.map((id, i) => ({ ...statuses[i]!, certId: id.der, thisUpdate, nextUpdate })),
    })
    const said = statuses.map(({ status }) => status)
    if (request.nonce !== null) return { der, kept: null, statuses: said }
    if (kept.size >= room) kept.delete(kept.keys().next().value!)
    const fresh: Kept = { says, statuses: said, der, thisUpdate, nextUpdate, responder }
    kept.delete(key)
    kept.set(key, fresh)
    return { der, kept: fresh, statuses: said }
  }

  async function ocsp(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
    const now = world.clock.now()
    const byGet = event.requestContext.http.method === 'GET'
    try {
      const request = byGet ? parseOcspPath(event.rawPath.slice(event.rawPath.indexOf('/ocsp/') + '/ocsp/'.length)) : parseOcspRequest(bodyOf(event))
      const answered = await answer(request, now)
      count(typeof answered === 'string' ? ['failed'] : answered.statuses, now)
      if (typeof answered === 'string') return failure(answered)
      await counted('revocation-information', 'OCSP', request.certIds.length, now)
      return der('application/ocsp-response', answered.der, byGet ? answered.kept : null, now)
    } catch (fault) {
      if (fault instanceof Malformed) return failure('malformedRequest')
      log('error', 'ocsp.fault', { fault: String(fault) })
      return failure('internalError')
    }
  }

  return async (event) => {
    const { method } = event.requestContext.http
    const path = event.rawPath
    if (method === 'POST' && /\/ocsp\/?$/.test(path)) return ocsp(event)
    if (method === 'GET' && path.includes('/ocsp/')) return ocsp(event)
    const list = /\/crl\/([0-9A-Fa-f]{40})\/(\d{6})\.crl$/.exec(path)
    if (list !== null && method === 'GET') {
      const found = await crl(environment, list[1]!.toUpperCase() as IssuerKeyId, list[2]!)
      if (found.statusCode === 200) await counted('revocation-file', 'CRL', 1, environment.world.clock.now())
      return found
    }
    return { statusCode: /\/(ocsp|crl)(\/|$)/.test(path) && method !== 'GET' ? 405 : 404, headers: { ...uncached, allow: 'GET, POST' } }
  }
}

export const handler: OcspDoor = lazily(async () => ocspDoor(await ocspEnvironment()))

/** Answers are told once a minute, not one by one: a line for each would cost more than the answer. What an instance has counted when it ends is lost. */
function answerCount(log: OcspEnvironment['log']): (answers: readonly (StatusAnswer['status'] | 'failed')[], now: Instant) => void {
  let since: Instant | null = null
  let counted = { good: 0, revoked: 0, unknown: 0, failed: 0 }
  return (answers, now) => {
    for (const answer of answers) counted[answer]++
    since ??= now
    if (now < after(since, minute)) return
    log('info', 'ocsp.answered', counted)
    since = now
    counted = { good: 0, revoked: 0, unknown: 0, failed: 0 }
  }
}

/** All certificates of a request must be of one authority: one delegated responder signs, and it speaks for one. */
function authorityOf(request: OcspRequest, all: readonly Authority[]): Authority | null {
  const certificates = all.map((a) => a.certificate)
  const meant = new Set(request.certIds.map((id) => issuerOf(id, certificates)))
  const [issuer] = meant
  return meant.size === 1 && issuer !== null ? (all.find((a) => a.certificate === issuer) ?? null) : null
}

/**
 * The responder of an issuer, its key unwrapped once. The authority makes the next one when the last third of this one's
 * life begins: from then on the store is asked again, once a minute at most.
 */
function responderCache({ world, unwrap }: OcspEnvironment): (authority: Authority, now: Instant) => Promise<OcspResponder | null> {
  const held = new Map<IssuerKeyId, { responder: OcspResponder | null; askAgain: Instant }>()
  const load = async (authority: Authority, now: Instant): Promise<OcspResponder | null> => {
    const present = held.get(authority.keyId)
    if (present !== undefined && now < present.askAgain) return present.responder
    const stored = await world.responders.current(authority.keyId)
    if (stored === null || now >= stored.notAfter || now < stored.notBefore) return null
    const same = present?.responder != null && Buffer.compare(present.responder.certificate, stored.certificate) === 0
    const responder = same ? present!.responder! : ocspResponder(stored.certificate, localSigner(createPrivateKey({ key: Buffer.from(await unwrap(stored.sealedKey)), format: 'der', type: 'pkcs8' })))
    const lastThird = stored.notAfter - (stored.notAfter - stored.notBefore) / 3
    held.set(authority.keyId, { responder, askAgain: Math.max(lastThird, after(now, minute)) as Instant })
    return responder
  }
  const loading = new Map<IssuerKeyId, Promise<OcspResponder | null>>()
  return (authority, now) => {
    const under = loading.get(authority.keyId)
    if (under !== undefined) return under
    const started = load(authority, now).finally(() => loading.delete(authority.keyId))
    loading.set(authority.keyId, started)
    return started
  }
}

/** 失効情報ファイル */
async function crl({ world }: OcspEnvironment, issuer: IssuerKeyId, shard: string): Promise<APIGatewayProxyStructuredResultV2> {
  const code = parseMunicipalityCode(shard)
  const list = code === null || world.crls === null ? null : await world.crls.latest(issuer, code)
  return list === null ? { statusCode: 404, headers: uncached } : der('application/pkix-crl', list.der, list, world.clock.now())
}

function bodyOf(event: APIGatewayProxyEventV2): Uint8Array {
  const body = event.body ?? ''
  // Twice the limit is enough to see that it is passed; nothing larger is decoded.
  if (body.length > requestLimits.octets * 2) throw new Malformed(`a request of more than ${requestLimits.octets} octets`)
  return Uint8Array.from(Buffer.from(body, event.isBase64Encoded ? 'base64' : 'latin1'))
}

const uncached = { 'cache-control': 'max-age=0, no-cache', 'x-content-type-options': 'nosniff' }

function der(type: string, bytes: Uint8Array, cachedUntil: { readonly thisUpdate: Instant; readonly nextUpdate: Instant } | null, now: Instant): APIGatewayProxyStructuredResultV2 {
  const seconds = cachedUntil === null ? 0 : Math.max(0, Math.floor(Math.min(promise, cachedUntil.nextUpdate - now) / second))
  const caching = cachedUntil === null || seconds === 0 ? uncached : {
    'cache-control': `max-age=${seconds}, public, no-transform, must-revalidate`,
    etag: `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"`,
    'last-modified': new Date(cachedUntil.thisUpdate).toUTCString(),
    expires: new Date(now + seconds * second).toUTCString(),
  }
  return { statusCode: 200, headers: { 'content-type': type, ...caching, 'x-content-type-options': 'nosniff' }, body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true }
}

/** Errors are answers of the protocol, not of HTTP. @rfc 6960 2.3 */
const failure = (status: OcspErrorStatus): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 200, headers: { 'content-type': 'application/ocsp-response', ...uncached }, body: Buffer.from(ocspError(status)).toString('base64'), isBase64Encoded: true,
})
