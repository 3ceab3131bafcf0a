/**
 * Every reader and every lint on whole structures with one thing wrong (damage.ts): what each says of it is frozen in damaged/outcomes.json, reasons by
 * their number, and a hash over all answers in order, values included. A change of that file is a change of what is accepted, or of what is said: read it, then
 * write it anew (`vitest -u`).
 *
 * @rfc 5280 4.1, 4.2, 5.1 · 6960 4.1, 4.2 · 5652 5
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseCaCertificate, readIssued, tbsOf } from '../../core/pki/certificate.ts'
import { parseSignedData } from '../../core/pki/cms.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { contextTag, decode, inner, Malformed, Reader } from '../../core/pki/der.ts'
import { certificateFindings } from '../../core/pki/lint-certificate.ts'
import { crlFindings } from '../../core/pki/lint-crl.ts'
import { ocspFindings } from '../../core/pki/lint-ocsp.ts'
import { ocspResponder } from '../../core/pki/ocsp.ts'
import { readOcspResponse, readResponseData } from '../../core/pki/ocsp-read.ts'
import { certIdFor, parseOcspRequest } from '../../core/pki/ocsp-request.ts'
import { parseCertificate, parseCrl } from '../../core/pki/parse.ts'
import { expectCa, expectEndEntity, expectOcspResponder } from '../../core/pki/plan.ts'
import { readOctetString } from '../../core/pki/values.ts'
import { crlInput, day, endEntityInput, now, settings, type TestAuthority } from '../pki/authority.ts'
import { damaged } from './damage.ts'

const file = (name: string): Uint8Array => readFileSync(new URL(`${name}.der`, import.meta.url))
const [ca, certificate, responder, list, request, response] = ['authority', 'certificate', 'responder', 'list', 'request', 'response'].map((name) => file(`damaged/${name}`)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const issuer = parseCaCertificate(ca)
const facts = (der: Uint8Array) => {
  const { serial, spki, notBefore, notAfter } = parseCertificate(der)
  return { serial: Buffer.from(serial, 'hex'), spki, notBefore, notAfter }
}
const expected = {
  ca: expectCa({ ca: 'signature', ...facts(ca) }, settings),
  certificate: expectEndEntity(endEntityInput('signature', issuer, facts(certificate)), settings),
  responder: expectOcspResponder({ issuer, ...facts(responder) }, settings),
  list: crlInput({ ca: 'signature', certificate: issuer } as TestAuthority, [{ serial: '4001', revokedAt: now, reason: 1 }, { serial: '4002', revokedAt: now, reason: null }]),
  response: {
    responder: ocspResponder(responder, { algorithm: 'ecdsa-p384-sha384', spki: facts(responder).spki, sign: () => Promise.reject(new Error('signs nothing')) }), producedAt: now, nonce: new Uint8Array(32).fill(7),
    responses: [{ certId: certIdFor(issuer, '4001').der, status: 'revoked' as const, at: now - day, reason: 1, thisUpdate: now, nextUpdate: now + day }, { certId: certIdFor(issuer, '4002').der, status: 'good' as const, thisUpdate: now, nextUpdate: now + day }],
  },
}
const responseData = tbsOf(basicOf(response))

const subjects: Readonly<Record<string, readonly [Uint8Array, (der: Uint8Array) => unknown]>> = {
  'a rich authority, by the general parser': [file('seeds/ca'), parseCertificate],
  'a rich list, by the general parser': [file('seeds/list'), parseCrl],
  'signed data, RSA': [file('seeds/cms-rsa'), (der) => parseSignedData(der)],
  'signed data, P-384': [file('seeds/cms-secp384r1'), (der) => parseSignedData(der)],
  'our authority': [ca, parseCaCertificate],
  'our certificate': [certificate, (der) => readIssued(der, settings)],
  'our certificate, by the general parser': [certificate, parseCertificate],
  'our list': [list, (der) => { const { entries, ...head } = readCrl(der); return { ...head, entries: [...entries()] } }],
  'our list, by the general parser': [list, parseCrl],
  'a request': [request, parseOcspRequest],
  'our answer': [response, (der) => readOcspResponse(der, issuer, now)],
  'our answer’s data': [responseData, readResponseData],
  'lint of the authority': [tbsOf(ca), (tbs) => certificateFindings(tbs, expected.ca, null)],
  'lint of the certificate': [tbsOf(certificate), (tbs) => certificateFindings(tbs, expected.certificate, issuer)],
  'lint of the responder': [tbsOf(responder), (tbs) => certificateFindings(tbs, expected.responder, issuer)],
  'lint of the list': [tbsOf(list), (tbs) => crlFindings(tbs, expected.list)],
  'lint of the answer': [responseData, (tbs) => ocspFindings(tbs, expected.response)],
}

/** The basic response within its wrapping. */
function basicOf(der: Uint8Array): Uint8Array {
  const response = new Reader(decode(der))
  response.next()
  const bytes = new Reader(inner(response.next(contextTag(0))))
  bytes.next()
  return readOctetString(bytes.next())
}

test('each structure as it is has nothing wrong', () => {
  for (const [name, [der, read]] of Object.entries(subjects)) {
    const outcome = read(der)
    if (name.startsWith('lint')) expect(outcome, name).toEqual([])
  }
})

test('one thing wrong: every answer is as it was', async () => {
  const outcomes: Record<string, unknown> = {}
  for (const [name, [der, read]] of Object.entries(subjects)) {
    const [reasons, hash] = [new Map<string, number>(), createHash('sha256')]
    for (const { what, der: octets } of damaged(der)) {
      const said = answer(() => read(octets))
      hash.update(`${what}: ${said.whole}\n`)
      for (const reason of said.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    outcomes[name] = { reasons: Object.fromEntries([...reasons].sort(([a], [b]) => (a < b ? -1 : 1))), sha256: hash.digest('hex') }
  }
  await expect(`${JSON.stringify(outcomes, null, 1)}\n`).toMatchFileSnapshot('damaged/outcomes.json')
})

interface Answer { readonly whole: string; readonly reasons: readonly string[] }
/** Nothing but `Malformed` is thrown. */
function answer(read: () => unknown): Answer {
  try {
    const value = read()
    const whole = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part instanceof Map ? [...part] : part instanceof Set ? [...part] : part))
    const findings = Array.isArray(value) ? (value as { code: string; text: string }[]).map(({ code, text }) => `${code}: ${text}`) : []
    return { whole, reasons: findings.length > 0 ? findings : ['accepted'] }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    // Places differ within a structure; how many there are of each kind is what one can read.
    return { whole: error.message, reasons: [error.message.replace(/,? at \d+$/, '').replace(/\d+ octets/, 'octets').replace(/[\d.]{5,} twice/, 'twice')] }
  }
}
