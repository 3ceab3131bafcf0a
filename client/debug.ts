/**
 * What is wrong with a client assertion, an access token or a DPoP proof: every check the gateway and its authorization
 * server make, what each expected and what it found, and how a right one looks. Nothing is sent anywhere; a token is not
 * used by being looked at.
 *
 * @rfc 7523 3 · 9068 4 · 9449 4.3
 */
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, errors, importJWK, type JWK } from 'jose'
import { bare, hashOf } from './proof.ts'

export const debugKinds = ['assertion', 'token', 'dpop'] as const
export type DebugKind = (typeof debugKinds)[number]

export interface Expected {
  /** Issuer of tokens, and the gateway as a resource. */
  readonly issuer: string
  readonly audience: string
  /** What the proof goes with. */
  readonly method: string
  readonly url: string
  /** Seconds since 1970. */
  readonly now: number
  /** Public keys by which an assertion (the client's) or a token (the issuer's) can be verified; absent: not verified. */
  readonly keys?: readonly JWK[]
  readonly clientId?: string
  /** The access token that a proof goes with. */
  readonly token?: string
}

export interface DebugCheck { readonly name: string; readonly section: string; readonly passed: boolean; readonly expected: string; readonly found: string }
export interface Finding {
  readonly kind: DebugKind
  readonly checks: readonly DebugCheck[]
  /** A right one, as it would have to look now: header, claims and where it goes. */
  readonly corrected: string
}

type Parts = { readonly header: Readonly<Record<string, unknown>>; readonly claims: Readonly<Record<string, unknown>> }
const algorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519']

export async function debug(kind: DebugKind, text: string, expected: Expected): Promise<Finding> {
  const jwt = text.trim()
  const parts = read(jwt)
  const corrected = correctedFor(kind, expected)
  if (parts === null) return { kind, corrected, checks: [check('form', 'RFC 7519 7.2', false, 'three base64url parts, the first two JSON objects', jwt === '' ? 'nothing' : `${jwt.split('.').length} parts`)] }
  const common = [check('form', 'RFC 7519 7.2', true, 'a signed JWT', 'a signed JWT'), check('alg', 'FAPI 2.0 5.4', algorithms.includes(String(parts.header['alg'])), algorithms.join(', '), shown(parts.header['alg']))]
  const rules = { assertion: assertionChecks, token: tokenChecks, dpop: proofChecks }
  return { kind, corrected, checks: [...common, ...(await rules[kind](parts, expected, jwt))] }
}

// ---------------------------------------------------------------- one list for each

async function assertionChecks({ header, claims }: Parts, e: Expected, jwt: string): Promise<DebugCheck[]> {
  const { iss, sub, aud, exp, jti, iat } = claims
  return [
    check('iss', 'RFC 7523 3 (1)', isText(iss) && (e.clientId === undefined || iss === e.clientId), e.clientId ?? 'the client id', shown(iss)),
    check('sub', 'RFC 7523 3 (2)', isText(sub) && sub === iss, 'the same as iss', shown(sub)),
    check('aud', 'FAPI 2.0 5.3.2.1', aud === e.issuer, `${e.issuer} as a string: the issuer, not the token endpoint`, shown(aud)),
    check('exp', 'RFC 7523 3 (4)', isTime(exp) && exp > e.now - 10 && exp <= e.now + 300, `a time within the next 300 seconds, from ${moment(e.now)}`, momentOr(exp)),
    check('iat', 'FAPI 2.0 5.3.2.1', iat === undefined || (isTime(iat) && iat <= e.now + 10), 'not in the future', momentOr(iat)),
    check('nbf', 'RFC 7523 3 (5)', begun(claims, e), 'not in the future', momentOr(claims['nbf'])),
    check('jti', 'RFC 7523 3 (7)', isText(jti), 'a new unique text for each assertion; the same one again is refused', shown(jti)),
    await signature(header, jwt, e.keys, 'RFC 7523 3 (9)', 'the private key whose public half is registered for the client'),
  ]
}

async function tokenChecks({ header, claims }: Parts, e: Expected, jwt: string): Promise<DebugCheck[]> {
  const { iss, aud, exp, iat, cnf, sub, client_id: client, mynagate } = claims
  const jkt = isObject(cnf) ? cnf['jkt'] : undefined
  return [
    check('typ', 'RFC 9068 2.1', /^(application\/)?at\+jwt$/i.test(String(header['typ'])), 'at+jwt', shown(header['typ'])),
    check('iss', 'RFC 9068 4', iss === e.issuer, e.issuer, shown(iss)),
    check('aud', 'RFC 9068 4', aud === e.audience || (Array.isArray(aud) && aud.includes(e.audience)), `${e.audience} (ask for it as resource)`, shown(aud)),
    check('exp', 'RFC 9068 4', isTime(exp) && exp > e.now - 10, `a time after ${moment(e.now)}: ask for a new token`, momentOr(exp)),
    check('life', 'FAPI 2.0 (five minutes)', isTime(exp) && isTime(iat) && exp - iat <= 300, '300 seconds at most', isTime(exp) && isTime(iat) ? `${exp - iat} seconds` : 'unknown'),
    check('iat', 'RFC 9068 2.2', isTime(iat) && iat <= e.now + 10, 'a time not in the future', momentOr(iat)),
    check('nbf', 'RFC 9068 4', begun(claims, e), 'not in the future', momentOr(claims['nbf'])),
    check('jti', 'RFC 9068 2.2', isText(claims['jti']), 'a text', shown(claims['jti'])),
    check('sub', 'RFC 9068 2.2', isText(sub) && isText(client), 'sub and client_id', `${shown(sub)}, ${shown(client)}`),
    check('mynagate', 'claim of this gateway', isObject(mynagate) && ['partner', 'person', 'officer'].filter((who) => who in mynagate).length === 1, 'exactly one of partner, person, officer', shown(mynagate)),
    check('cnf', 'RFC 9449 6.1', cnf === undefined ? !(isObject(mynagate) && 'partner' in mynagate) : isText(jkt) && Object.keys(cnf as object).length === 1, 'jkt and nothing else, the thumbprint of the key of the DPoP proof at the token endpoint', shown(cnf)),
    await signature(header, jwt, e.keys, 'RFC 9068 4', 'a key of the issuer'),
  ]
}

async function proofChecks({ header, claims }: Parts, e: Expected, jwt: string): Promise<DebugCheck[]> {
  const { htm, htu, iat, jti, ath } = claims
  const jwk = isObject(header['jwk']) ? (header['jwk'] as JWK) : null
  const secret = jwk !== null && ('d' in jwk || 'k' in jwk)
  const bound = e.token === undefined ? null : read(e.token)?.claims['cnf']
  const jkt = isObject(bound) ? bound['jkt'] : undefined
  const thumbprint = jwk === null ? null : await calculateJwkThumbprint(jwk, 'sha256').catch(() => null)
  return [
    check('typ', 'RFC 9449 4.3 (4)', /^(application\/)?dpop\+jwt$/i.test(String(header['typ'])), 'dpop+jwt', shown(header['typ'])),
    check('jwk', 'RFC 9449 4.3 (7)', jwk !== null && !secret, 'the public key, in the header', jwk === null ? 'none' : secret ? 'a PRIVATE key: it has left its place; make a new pair' : 'a public key'),
    check('htm', 'RFC 9449 4.3 (8)', htm === e.method, e.method, shown(htm)),
    check('htu', 'RFC 9449 4.3 (9)', isText(htu) && URL.canParse(htu) && bare(htu) === bare(e.url), bare(e.url), shown(htu)),
    check('iat', 'RFC 9449 4.3 (11)', isTime(iat) && iat >= e.now - 60 && iat <= e.now + 10, `within the last 60 seconds of ${moment(e.now)}`, momentOr(iat)),
    check('nbf, exp', 'RFC 7519 4.1', begun(claims, e) && (claims['exp'] === undefined || (isTime(claims['exp']) && claims['exp'] > e.now - 10)), 'valid now, where they are there', `${momentOr(claims['nbf'])}, ${momentOr(claims['exp'])}`),
    check('jti', 'RFC 9449 4.3 (12)', isText(jti) && jti.length <= 256, 'a new unique text for each request', shown(jti)),
    ...(e.token === undefined ? [] : [
      check('ath', 'RFC 9449 4.3 (12a)', ath === hashOf(e.token), `${hashOf(e.token)} (SHA-256 of the access token, base64url)`, shown(ath)),
      check('jkt', 'RFC 9449 4.3 (12b)', thumbprint !== null && thumbprint === jkt, `the key that the token is bound to, ${shown(jkt)}`, shown(thumbprint)),
    ]),
    await signature(header, jwt, jwk === null || secret ? [] : [jwk], 'RFC 9449 4.3 (6)', 'the private half of jwk'),
  ]
}

async function signature(header: Parts['header'], jwt: string, keys: readonly JWK[] | undefined, section: string, by: string): Promise<DebugCheck> {
  const expected = `made with ${by}`
  if (keys === undefined) return check('signature', section, true, expected, 'not checked: no key was given')
  for (const key of keys) {
    if (keys.length > 1 && header['kid'] !== undefined && key.kid !== header['kid']) continue
    try {
      await compactVerify(jwt, await importJWK(key, String(header['alg'])), { algorithms })
      return check('signature', section, true, expected, 'verifies')
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException)) throw error
    }
  }
  return check('signature', section, false, expected, 'verifies with none of the keys')
}

// ---------------------------------------------------------------- showing

function correctedFor(kind: DebugKind, e: Expected): string {
  const client = e.clientId ?? '<client id>'
  const jti = '<a new UUID>'
  const skeleton = {
    assertion: {
      at: `POST ${e.issuer}/token\nclient_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=<this>&grant_type=client_credentials&resource=${e.audience}`,
      header: { alg: 'ES256', kid: '<of the registered key>' }, claims: { iss: client, sub: client, aud: e.issuer, jti, iat: e.now, exp: e.now + 60 },
    },
    token: { at: `${e.method} ${bare(e.url)}\nAuthorization: DPoP <this>\nDPoP: <a proof>`, header: { alg: 'ES256', typ: 'at+jwt' }, claims: { iss: e.issuer, aud: e.audience, sub: client, client_id: client, exp: e.now + 300, cnf: { jkt: '<thumbprint of the proof’s key>' } } },
    dpop: {
      at: `${e.method} ${bare(e.url)}\nAuthorization: DPoP <token>\nDPoP: <this>`, header: { alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC', crv: 'P-256', x: '…', y: '…' } },
      claims: { htm: e.method, htu: bare(e.url), iat: e.now, jti, ath: e.token === undefined ? '<SHA-256 of the access token, base64url; absent at the token endpoint>' : hashOf(e.token) },
    },
  }[kind]
  return `${skeleton.at}\n${JSON.stringify(skeleton.header)}\n${JSON.stringify(skeleton.claims, null, 1)}`
}

/** As lines: what failed first, then what held, then the skeleton. */
export function lines({ kind, checks, corrected }: Finding): string[] {
  const failed = checks.filter((c) => !c.passed)
  return [
    failed.length === 0 ? `${kind}: nothing wrong with it here` : `${kind}: ${failed.length} of ${checks.length} checks fail`,
    ...failed.flatMap((c) => [`✗ ${c.name} (${c.section})`, `    expected  ${c.expected}`, `    found     ${c.found}`]),
    ...checks.filter((c) => c.passed).map((c) => `✓ ${c.name}: ${c.found}`),
    ...(failed.length === 0 ? [] : ['', 'A right one:', ...corrected.split('\n').map((line) => `  ${line}`)]),
  ]
}

function read(jwt: string): Parts | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return jwt.split('.').length === 3 && isObject(claims) ? { header: { ...decodeProtectedHeader(jwt) }, claims } : null
  } catch {
    return null
  }
}

const check = (name: string, section: string, passed: boolean, expected: string, found: string): DebugCheck => ({ name, section, passed, expected, found })
const shown = (value: unknown): string => (value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value))
const begun = ({ nbf }: Parts['claims'], { now }: Expected): boolean => nbf === undefined || (isTime(nbf) && nbf <= now + 10)
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
/** Only times that a calendar has. */
const moment = (time: number): string => (Math.abs(time) < 8e12 ? `${time} (${new Date(time * 1000).toISOString()})` : String(time))
const momentOr = (time: unknown): string => (isTime(time) ? moment(time) : shown(time))
