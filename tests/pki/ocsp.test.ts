/** OCSP: what is taken as a request, what is answered, and what a client believes. */
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { assemble, ocspResponderTbs } from '../../core/pki/certificate.ts'
import { decode, explicit, Malformed, octetString, oid, sequence, tags, tlv, contextTag, boolean } from '../../core/pki/der.ts'
import { wrapSigned } from '../../core/pki/fields.ts'
import { lintOcspResponder, LintFailure, signLinted } from '../../core/pki/lint.ts'
import { ocspError, ocspResponder, ocspResponse, type OcspInput, type OcspResponder } from '../../core/pki/ocsp.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor, issuerOf, nonceOid, parseOcspPath, parseOcspRequest, requestLimits } from '../../core/pki/ocsp-request.ts'
import { localSigner, SignerFault } from '../../core/pki/signer.ts'
import { authority, day, endEntityInput, generationNames, holderSigner, issue, newSerial, now, responderOf, settings, type TestAuthority } from './authority.ts'

let from: TestAuthority
let other: TestAuthority
let responder: OcspResponder
beforeAll(async () => {
  from = await authority('signature', 'rsa2048-sha256')
  other = await authority('signature', 'p384-sha384')
  responder = await responderOf(from, localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))
})
const serial = '4ABCDEF0123456789ABCDEF0123456789ABCDEF0'
const nonce = new Uint8Array(32).fill(9)

describe('a request', () => {
  test('is read as it was built: several certificates, both hashes, the nonce', () => {
    const ids = [certIdFor(from.certificate, serial, 'sha1'), certIdFor(other.certificate, '01', 'sha256')]
    const { certIds, nonce: read } = parseOcspRequest(buildOcspRequest(ids, nonce))
    expect(certIds).toEqual(ids)
    expect(read).toEqual(nonce)
    expect(certIds.map((id) => issuerOf(id, [from.certificate, other.certificate]))).toEqual([from.certificate, other.certificate])
  })

  test('by GET: percent-encoded base64, whatever of it was encoded', () => {
    const der = buildOcspRequest([certIdFor(from.certificate, serial)])
    const text = Buffer.from(der).toString('base64')
    for (const path of [encodeURIComponent(text), text, `/${text}`, text.replace(/=+$/, ''), text.replaceAll('/', '%2f').replaceAll('=', '%3D')]) expect(parseOcspPath(path).certIds[0]!.serial).toBe(serial)
    for (const path of ['', '%', '%zz', `${text}*`, text.replaceAll('A', '-'), `${text.slice(0, -5)}`, 'A'.repeat(20_000)]) expect(() => parseOcspPath(path)).toThrow(Malformed)
    expect(encodeURIComponent(text).length).toBeLessThan(255)
  })

  test('the generation is told by the key: all generations have the same name', () => {
    const id = certIdFor(from.certificate, serial)
    expect(issuerOf(id, [other.certificate])).toBeNull()
    expect(issuerOf({ ...id, hash: null }, [from.certificate])).toBeNull()
    expect(issuerOf({ ...id, issuerNameHash: '00'.repeat(32) }, [from.certificate])).toBeNull()
  })

  test.each([1, 32, 128])('a nonce of %i octets is taken', (length) => expect(parseOcspRequest(buildOcspRequest([certIdFor(from.certificate, serial)], new Uint8Array(length))).nonce).toHaveLength(length))

  const single = () => sequence(certIdFor(from.certificate, serial).der)
  const withExtensions = (...extensions: Uint8Array[]) => sequence(sequence(sequence(single()), explicit(2, sequence(...extensions))))
  /** A request of exactly that many octets, filled up by an extension that is passed over. */
  const padded = (octets: number): Uint8Array => {
    const filled = (n: number) => withExtensions(sequence(oid('1.2.3'), octetString(new Uint8Array(n))))
    return filled(octets - (filled(octets).length - octets))
  }
  const nonceOf = (length: number) => sequence(oid(nonceOid), octetString(octetString(new Uint8Array(length))))
  const certId = (hashOid: string, name: number, key: number, serialDer = '0201 01') =>
    sequence(sequence(sequence(sequence(sequence(sequence(oid(hashOid)), octetString(new Uint8Array(name)), octetString(new Uint8Array(key)), Buffer.from(serialDer.replaceAll(' ', ''), 'hex'))))))
  test.each<[string, () => Uint8Array]>([
    ['HAHA', () => Buffer.from('HAHA')], ['nothing', () => new Uint8Array()], ['no certificate', () => sequence(sequence(sequence()))],
    ['too many certificates', () => sequence(sequence(sequence(...Array.from({ length: requestLimits.certIds + 1 }, single))))],
    ['one octet too many, though well-formed', () => padded(requestLimits.octets + 1)], ['octets after the request', () => Buffer.concat([buildOcspRequest([certIdFor(from.certificate, serial)]), Buffer.of(0)])],
    ['an empty nonce', () => withExtensions(nonceOf(0))], ['a nonce of 129 octets', () => withExtensions(nonceOf(129))], ['two nonces', () => withExtensions(nonceOf(8), nonceOf(8))],
    ['a nonce that is no OCTET STRING', () => withExtensions(sequence(oid(nonceOid), octetString(Buffer.from('raw'))))], ['an unknown critical extension', () => withExtensions(sequence(oid('1.2.3'), boolean(true), octetString(new Uint8Array())))],
    ['an empty list of extensions', () => withExtensions()], ['a SHA-1 hash of 32 octets', () => certId('1.3.14.3.2.26', 32, 32)], ['a SHA-256 key hash of 20 octets', () => certId('2.16.840.1.101.3.4.2.1', 32, 20)],
    ['a negative serial', () => certId('1.3.14.3.2.26', 20, 20, '0201 80')], ['a serial of 21 octets and more', () => certId('1.3.14.3.2.26', 20, 20, `0216 01${'00'.repeat(21)}`)],
    ['a member too many', () => sequence(sequence(sequence(single())), explicit(0, sequence()), sequence())],
  ])('%s is malformed', (_, make) => expect(() => parseOcspRequest(make())).toThrow(Malformed))

  test('the longest request is taken', () => expect(parseOcspRequest(padded(requestLimits.octets)).certIds).toHaveLength(1))

  test('a hash we do not compute is taken, and means an unknown issuer', () => {
    const { certIds } = parseOcspRequest(certId('2.16.840.1.101.3.4.2.2', 48, 48))
    expect(certIds[0]).toMatchObject({ hash: null, serial: '01' })
  })

  test('an uncritical extension, a requestor and a signature are passed over', () => {
    const list = sequence(single())
    const named = sequence(explicit(1, tlv(contextTag(4), sequence())), list, explicit(2, sequence(sequence(oid('1.2.3'), octetString(new Uint8Array())))))
    expect(parseOcspRequest(sequence(named, explicit(0, sequence()))).certIds).toHaveLength(1)
  })
})

describe('an answer', () => {
  const input = (over: Partial<OcspInput> = {}): OcspInput => ({
    responder, producedAt: now, nonce, ...over,
    responses: over.responses ?? [
      { certId: certIdFor(from.certificate, serial).der, status: 'good', thisUpdate: now, nextUpdate: now + day },
      { certId: certIdFor(from.certificate, '01', 'sha1').der, status: 'revoked', at: now - day, reason: 6, thisUpdate: now, nextUpdate: now + day },
      { certId: certIdFor(from.certificate, '02').der, status: 'unknown', thisUpdate: now, nextUpdate: now + day },
    ],
  })

  test('is read back with its statuses, dates and nonce, and is trusted by the issuer’s key alone', async () => {
    const reading = readOcspResponse(await ocspResponse(input()), from.certificate, now)
    expect(reading).toMatchObject({ outcome: 'answered', producedAt: now, nonce, responses: input().responses })
  })

  test('fractions of a second never appear in it', async () => {
    const text = Buffer.from(await ocspResponse(input({ producedAt: now + 123, responses: input().responses.map((r) => ({ ...r, thisUpdate: now + 45, nextUpdate: now + day + 6 })) }))).toString('latin1')
    expect(text).not.toMatch(/\d{14}\.\d/)
    expect(text.match(/\d{14}Z/g)!.length).toBeGreaterThanOrEqual(8)
  })

  test('reason 0 and no reason are the same bytes', () => {
    const answers = [0, null].map((reason) => ocspResponse(input({ nonce: null, responder: { ...responder }, responses: [{ certId: certIdFor(from.certificate, '01').der, status: 'revoked', at: now, reason, thisUpdate: now, nextUpdate: now + day }] })))
    return Promise.all(answers).then(([a, b]) => {
      const [first, second] = [a!, b!].map((der) => readOcspResponse(der, from.certificate, now))
      expect(first).toEqual(second)
      expect(first).toMatchObject({ responses: [{ reason: null }] })
    })
  })

  test('that the lint refuses is never signed', async () => {
    let asked = 0
    const counting: OcspResponder = { ...responder, signer: { ...responder.signer, sign: (tbs) => { asked++; return responder.signer.sign(tbs) } } }
    await expect(ocspResponse(input({ responder: counting, responses: [] }))).rejects.toBeInstanceOf(LintFailure)
    expect(asked).toBe(0)
  })

  describe.each(generationNames)('%s', (generation) => {
    test('of the wrong authority’s responder, a changed one, an expired one: untrusted, each with its reason', async () => {
      const issuer = await authority('signature', generation)
      const wrong = await authority('authentication', generation)
      const about = [{ certId: certIdFor(issuer.certificate, serial).der, status: 'good' as const, thisUpdate: now, nextUpdate: now + day }]
      const why = async (with_: OcspResponder, at: number, change: (der: Uint8Array) => Uint8Array = (der) => der) => {
        const reading = readOcspResponse(change(await ocspResponse({ responder: with_, responses: about, producedAt: now, nonce: null })), issuer.certificate, at)
        return reading.outcome === 'untrusted' ? reading.why : reading.outcome
      }
      const right = await responderOf(issuer, holderSigner(generation))
      expect(await why(right, now)).toBe('answered')
      expect(await why(await responderOf(issuer, holderSigner(generation), 'name'), now)).toBe('answered')
      expect(await why(await responderOf(wrong, holderSigner(generation)), now)).toContain('not certified by the issuer')
      expect(await why(right, now + 3 * day)).toContain('not valid at that time')
      expect(await why(right, now, (der) => Buffer.from(Buffer.from(der).toString('hex').replace('8000180f', '8200180f'), 'hex'))).toContain('does not verify')
      expect(await why({ ...right, certificate: (await responderOf(issuer, holderSigner(generation === 'p384-sha384' ? 'rsa2048-sha256' : 'p384-sha384'))).certificate }, now)).toContain('no certificate of the responder')
    })
  })

  test('of a responder that another generation certified, under the same name: untrusted', async () => {
    const theirs = await responderOf(other, holderSigner('rsa2048-sha256'))
    expect(readOcspResponse(await ocspResponse(input({ responder: theirs })), other.certificate, now).outcome).toBe('answered')
    expect(readOcspResponse(await ocspResponse(input({ responder: theirs })), from.certificate, now)).toMatchObject({ outcome: 'untrusted', why: 'the responder was not certified by the issuer' })
  })

  test('signed by a certificate of the issuer that is not for OCSP: untrusted', async () => {
    const signer = holderSigner('rsa2048-sha256')
    const leaf = await issue(from, endEntityInput('signature', from.certificate))
    const good = await responderOf(from, signer)
    const reading = readOcspResponse(await ocspResponse({ ...input({ nonce: null }), responder: { ...good, certificate: leaf } }), from.certificate, now)
    expect(reading).toMatchObject({ outcome: 'untrusted', why: 'the certificate is not for OCSP signing' })
  })

  test('an error says which, and nothing else fits', () => {
    for (const status of ['malformedRequest', 'internalError', 'tryLater', 'sigRequired', 'unauthorized'] as const) expect(readOcspResponse(ocspError(status), from.certificate, now)).toEqual({ outcome: 'error', status })
    for (const bad of ['30030a0104', '30030a0107', '30030a0100', '300a0a0101a0050403010203'].map((text) => Buffer.from(text, 'hex'))) expect(() => readOcspResponse(bad, from.certificate, now)).toThrow(Malformed)
  })
})

describe('a responder', () => {
  test('is its certificate and that certificate’s key', async () => {
    const signer = holderSigner('rsa2048-sha256')
    const { certificate } = await responderOf(from, signer)
    expect(() => ocspResponder(certificate, holderSigner('p384-sha384'))).toThrow(SignerFault)
    expect(() => ocspResponder(from.certificate.der, from.signer)).toThrow(Malformed)
    expect(() => ocspResponder(Buffer.from('HAHA'), signer)).toThrow(Malformed)
  })

  test('outside its certificate’s validity it signs nothing', async () => {
    const input = { issuer: from.certificate, serial: newSerial(), spki: holderSigner('p384-sha384').spki, notBefore: now - 3 * day, notAfter: now - day }
    const linted = lintOcspResponder(ocspResponderTbs(input, settings), input, settings)
    const expired = ocspResponder(assemble(linted, await signLinted(from.signer, linted)), holderSigner('p384-sha384'))
    await expect(ocspResponse({ responder: expired, producedAt: now, nonce: null, responses: [{ certId: certIdFor(from.certificate, serial).der, status: 'good', thisUpdate: now, nextUpdate: now + day }] })).rejects.toThrow(/responder-validity/)
  })

  test('wrapping is the same for all three signed structures', () => {
    const wrapped = decode(wrapSigned(sequence(), 'ecdsa-p256-sha256', new Uint8Array(4)), tags.sequence)
    expect(Buffer.from(wrapped.source).toString('hex')).toBe('30153000300a06082a8648ce3d04030203050000000000')
  })
})
