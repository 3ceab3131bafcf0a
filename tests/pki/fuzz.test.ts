/**
 * Everything of ours that reads bytes from outside ends in a value or in `Malformed`, on inputs that fuzzing found and
 * on our own structures with a few octets changed; what is accepted reads the same once more.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCaCertificate, readIssued } from '../../core/pki/certificate.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { Malformed } from '../../core/pki/der.ts'
import { ocspResponse } from '../../core/pki/ocsp.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor, parseOcspRequest } from '../../core/pki/ocsp-request.ts'
import { authority, day, endEntityInput, holderSigner, issue, listOf, now, responderOf, settings } from './authority.ts'

const from = await authority('signature', 'p384-sha384')
const readers: Record<string, (bytes: Uint8Array) => unknown> = {
  certificate: (bytes) => readIssued(bytes, settings),
  authority: parseCaCertificate,
  list: (bytes) => { const { entries, ...head } = readCrl(bytes); return { ...head, entries: [...entries()] } },
  request: parseOcspRequest,
  response: (bytes) => readOcspResponse(bytes, from.certificate, now),
}
const responder = await responderOf(from, holderSigner('p384-sha384'))
const seeds: Record<string, Uint8Array> = {
  certificate: await issue(from, endEntityInput('signature', from.certificate)),
  authority: from.certificate.der,
  list: await listOf(from, [{ serial: '4001', revokedAt: now, reason: 1 }, { serial: '4002', revokedAt: now, reason: null }]),
  request: buildOcspRequest([certIdFor(from.certificate, '4001'), certIdFor(from.certificate, '4002', 'sha1')], new Uint8Array(32)),
  response: await ocspResponse({ responder, producedAt: now, nonce: null, responses: [{ certId: certIdFor(from.certificate, '4001').der, status: 'revoked', at: now, reason: 1, thisUpdate: now, nextUpdate: now + day }] }),
}

/** The value, or null for `Malformed`; anything else is thrown. */
function read(name: string, bytes: Uint8Array): unknown {
  try {
    return readers[name]!(bytes)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

const corpus = new URL('../vectors/asn1-fuzz/', import.meta.url)
describe.each(['asn1', 'cms', 'crl', 'x509'])('corpus %s', (folder) => {
  test.each(Object.keys(readers))('%s', (name) => {
    const files = readdirSync(new URL(`${folder}/`, corpus))
    expect(files.length).toBe(300)
    const started = performance.now()
    for (const file of files) {
      const bytes = Uint8Array.from(readFileSync(new URL(`${folder}/${file}`, corpus)))
      expect(read(name, bytes)).toEqual(read(name, bytes))
    }
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe.each(Object.keys(seeds))('a %s with changes', (name) => {
  const seed = seeds[name]!
  const change = fc.record({ at: fc.nat(seed.length - 1), by: fc.nat(255), cut: fc.nat(4), insert: fc.uint8Array({ maxLength: 4 }) })
  test('ends in a value or in Malformed', () => {
    expect(read(name, seed)).not.toBeNull()
    let refused = 0
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      let bytes = Buffer.from(seed)
      for (const { at, by, cut, insert } of changes) {
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(by), insert, bytes.subarray(at + 1 + cut)])
      }
      if (read(name, bytes) === null) refused++
    }), { numRuns: 400 })
    expect(refused).toBeGreaterThan(200)
  })
})
