/**
 * Every check of the lint, each against bytes that break just that rule. The bytes are made by encoding a changed
 * plan, or by changing the encoded bytes where no plan could say it.
 */
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { assemble, caTbs, endEntityTbs, ocspResponderTbs, type EndEntityInput, type ResponderInput } from '../../core/pki/certificate.ts'
import { crlTbs, type CrlEntry, type CrlInput } from '../../core/pki/crl.ts'
import { ocspSigning, type KnownExtension } from '../../core/pki/extension.ts'
import { base64, encodeFields, type PlannedFields } from '../../core/pki/fields.ts'
import { lintCa, lintCrl, lintedContent, lintEndEntity, LintFailure, lintOcspResponder, lintOcspResponse, relint, signLinted, type Linted } from '../../core/pki/lint.ts'
import { attribute, encodeName } from '../../core/pki/names.ts'
import { responseDataTbs, type OcspInput } from '../../core/pki/ocsp.ts'
import { certIdFor } from '../../core/pki/ocsp-request.ts'
import { expectCa, expectEndEntity, expectOcspResponder } from '../../core/pki/plan.ts'
import { localSigner, SignerFault } from '../../core/pki/signer.ts'
import { authority, crlInput, day, endEntityInput, endEntityKinds, endOfDay, generationNames, caKindOf, holder, holderSigner, newSerial, now, responderOf, settings, type TestAuthority } from './authority.ts'

let from: TestAuthority
let other: TestAuthority
beforeAll(async () => {
  from = await authority('signature', 'rsa2048-sha256')
  other = await authority('authentication', 'rsa2048-sha256')
})

/** Codes found; empty where the bytes pass. Any other error is thrown on. */
function codes(lint: () => unknown): string[] {
  try {
    lint()
    return []
  } catch (error) {
    if (!(error instanceof LintFailure)) throw error
    for (const finding of error.findings) expect(finding.section).toMatch(/^(RFC \d{4} [\dA-Z.]+|profile)$/)
    return error.findings.map(({ code }) => code)
  }
}

const change = <N extends KnownExtension['name']>(fields: PlannedFields, name: N, to: Partial<Extract<KnownExtension, { name: N }>>): PlannedFields =>
  ({ ...fields, extensions: fields.extensions.map((e) => (e.name === name ? ({ ...e, ...to } as KnownExtension) : e)) })
const without = (fields: PlannedFields, name: string): PlannedFields => ({ ...fields, extensions: fields.extensions.filter((e) => e.name !== name) })
const plus = (fields: PlannedFields, ...more: KnownExtension[]): PlannedFields => ({ ...fields, extensions: [...fields.extensions, ...more] })
const reverse = (fields: PlannedFields): PlannedFields => ({ ...fields, extensions: [...fields.extensions].reverse() })

/** Replaces the one place where `found` occurs, at equal length. */
function patch(tbs: Uint8Array, found: string, by: string): Uint8Array {
  const text = Buffer.from(tbs).toString('hex')
  expect(text.split(found)).toHaveLength(2)
  return Uint8Array.from(Buffer.from(text.replace(found, by), 'hex'))
}
const ascii = (text: string): string => Buffer.from(text).toString('hex')
const p256 = () => base64(localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).spki)

describe('passes', () => {
  test.each(generationNames.flatMap((g) => endEntityKinds.map((k) => [k, g] as const)))('%s, %s', async (kind, generation) => {
    const { certificate, signer } = await authority(caKindOf(kind), generation)
    const input = endEntityInput(kind, certificate)
    const linted = lintEndEntity(endEntityTbs(input, settings), input, settings)
    expect(assemble(linted, await signLinted(signer, linted)).length).toBeGreaterThan(900)
  })

  test('a stored expectation, through JSON and in another order of keys', () => {
    const input = endEntityInput('signature', from.certificate)
    const shuffled = (value: unknown): unknown => Array.isArray(value) ? value.map(shuffled)
      : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([k, v]) => [k, shuffled(v)])) : value
    const stored = JSON.parse(JSON.stringify(shuffled(expectEndEntity(input, settings))))
    const tbs = endEntityTbs(input, settings)
    expect(codes(() => relint(tbs, stored, from.certificate))).toEqual([])
    expect(codes(() => relint(endEntityTbs({ ...input, serial: newSerial() }, settings), stored, from.certificate))).toEqual(['differs-serial'])
  })
})

describe('a certificate', () => {
  const changed: [code: string, (f: PlannedFields) => PlannedFields | Uint8Array][] = [
    ['serial-negative', (f) => patch(encodeFields(f), f.serial.toLowerCase(), `80${f.serial.slice(2).toLowerCase()}`)],
    ['serial-zero', (f) => ({ ...f, serial: '00' })],
    ['serial-long', (f) => ({ ...f, serial: `7F${'11'.repeat(20)}` })],
    ['serial-short', (f) => ({ ...f, serial: '0123456789ABCDEF' })],
    ['differs-serial', (f) => ({ ...f, serial: Buffer.from(newSerial()).toString('hex').toUpperCase() })],
    ['algorithm', (f) => ({ ...f, algorithm: 'ecdsa-p384-sha384' })],
    ['differs-algorithm', (f) => ({ ...f, algorithm: 'ecdsa-p256-sha256' })],
    ['issuer', (f) => ({ ...f, issuer: base64(other.certificate.subjectDer) })],
    ['differs-issuer', (f) => ({ ...f, issuer: base64(other.certificate.subjectDer) })],
    ['time-form', (f) => patch(encodeFields({ ...f, notAfter: Date.UTC(2050, 0, 1, 14, 59, 59) }), ascii('20500101145959Z'), ascii('20300101145959Z'))],
    ['validity-order', (f) => ({ ...f, notBefore: f.notAfter, notAfter: f.notBefore })],
    ['validity-issuer', (f) => ({ ...f, notAfter: endOfDay(3651) })],
    ['validity-issuer', (f) => ({ ...f, notBefore: now - 31 * day })],
    ['validity-end', (f) => ({ ...f, notAfter: f.notAfter + 1_000 })],
    ['differs-validity', (f) => ({ ...f, notAfter: f.notAfter - day })],
    ['subject-empty', (f) => ({ ...f, subject: [] })],
    ['subject', (f) => ({ ...f, subject: f.subject.map((a) => (a.type === 'CN' ? { ...a, value: '997794E9AGCIEG13101001A' } : a)) })],
    ['name-bound', (f) => ({ ...f, subject: [...f.subject.slice(0, 3), attribute('CN', 'x'.repeat(65))] })],
    ['name-empty', (f) => ({ ...f, subject: [...f.subject.slice(0, 3), attribute('CN', '')] })],
    ['name-form', (f) => ({ ...f, subject: f.subject.map((a) => ({ ...a, form: 'printable' as const })) })],
    ['name-form', (f) => ({ ...f, subject: f.subject.map((a) => ({ ...a, form: 'utf8' as const })) })],
    ['key', (f) => ({ ...f, spki: p256() })],
    ['differs-key', (f) => ({ ...f, spki: base64(localSigner(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey).spki) })],
    ['key-of-issuer', (f) => ({ ...f, spki: base64(from.certificate.spki) })],
    ['extension-repeated', (f) => plus(f, f.extensions.at(-1)!)],
    ['extension-order', reverse],
    ['extension-critical', (f) => change(f, 'certificatePolicies', { critical: false })],
    ['extension-critical', (f) => change(f, 'subjectAltName', { critical: true })],
    ['extension-unknown', (f) => patch(encodeFields(f), '0603551d12', '0603551d7f')],
    ['key-usage', (f) => change(f, 'keyUsage', { bits: [0] })],
    ['key-usage', (f) => without(f, 'keyUsage')],
    ['key-usage-ca', (f) => change(f, 'keyUsage', { bits: [0, 1, 5] })],
    ['basic-constraints', (f) => plus(f, { name: 'basicConstraints', critical: true, ca: true })],
    ['subject-key-id', (f) => change(f, 'subjectKeyIdentifier', { keyId: from.certificate.keyId })],
    ['authority-key-id', (f) => change(f, 'authorityKeyIdentifier', { keyId: other.certificate.keyId })],
    ['differs-certificatePolicies', (f) => change(f, 'certificatePolicies', { policy: '1.3.6.1.4.1.32473.8.5.1.3.30' })],
    ['cps-uri', (f) => change(f, 'certificatePolicies', { cps: 'no uri' })],
    ['san-empty', (f) => change(f, 'subjectAltName', { names: [] })],
    ['san-repeated', (f) => change(f, 'subjectAltName', { names: [{ other: '1.3.6.1.4.1.32473.8.5.5.1', text: 'a' }, { other: '1.3.6.1.4.1.32473.8.5.5.1', text: 'b' }] })],
    ['differs-subjectAltName', (f) => change(f, 'subjectAltName', { names: f.extensions.flatMap((e) => (e.name === 'subjectAltName' ? e.names : [])).toReversed() })],
    ['differs-issuerAltName', (f) => change(f, 'issuerAltName', { names: [{ directory: [attribute('C', 'JP')] }] })],
    ['differs-cRLDistributionPoints', (f) => change(f, 'cRLDistributionPoints', { point: [attribute('C', 'JP'), attribute('CN', 'Minato-ku CRLDP')] })],
    ['access-url', (f) => change(f, 'authorityInfoAccess', { ocsp: 'https:ocsp' })],
    ['differs-authorityInfoAccess', (f) => change(f, 'authorityInfoAccess', { ocsp: 'http://elsewhere.example/' })],
    ['differs-extensions', (f) => without(f, 'authorityInfoAccess')],
    ['no-check', (f) => plus(f, { name: 'ocspNoCheck', critical: false })],
    ['encoding', (f) => encodeFields(f).subarray(0, -1)],
    ['encoding', (f) => ({ ...f, issuer: base64(Uint8Array.of(0x30, 2, 5, 0)) })],
    ['encoding', (f) => ({ ...f, spki: base64(Uint8Array.of(0x30, 2, 5, 0)) })],
    ['encoding', (f) => patch(encodeFields(f), 'a003020102', 'a003020101')],
    ['encoding', (f) => patch(encodeFields(f), `170d${ascii('260401000000Z')}`, `170d${ascii('260401000060Z')}`)],
    ['encoding', (f) => patch(encodeFields(f), '0101ff0404030206c0', '0101ff0404030205c0')],
    ['encoding', (f) => patch(encodeFields(f), '0101ff0404030206c0', '0101010404030206c0')],
  ]
  test.each(changed)('%s', (code, mutate) => {
    const input = endEntityInput('signature', from.certificate)
    const made = mutate(expectEndEntity(input, settings).fields)
    expect(codes(() => lintEndEntity(made instanceof Uint8Array ? made : encodeFields(made), input, settings))).toContain(code)
  })

  /** The plan itself is wrong: plan and bytes agree, and the rule still says no. */
  const inputs: [code: string, Partial<EndEntityInput>][] = [
    ['holder-sex', { holder: { ...holder, sex: '4' as '1' } }],
    ['holder-substitutes', { holder: { ...holder, nameSubstitutes: '100' } }], ['holder-substitutes', { holder: { ...holder, addressSubstitutes: '0'.repeat(16) } }], ['holder-substitutes', { holder: { ...holder, nameSubstitutes: '1000x' } }],
    ['holder-missing', { holder: { ...holder, name: '', nameSubstitutes: '' } }], ['holder-address', { holder: { ...holder, address: '東'.repeat(201), addressSubstitutes: '' } }],
    ['holder-control', { holder: { ...holder, address: '東京都\u0000千代田区', addressSubstitutes: '' } }], ['serial-short', { serial: new Uint8Array(8).fill(1) }], ['validity-end', { notAfter: endOfDay(100) - 1_000 }],
  ]
  test.each(inputs)('%s, although it was planned so', (code, over) => {
    const input = endEntityInput('signature', from.certificate, over)
    expect(codes(() => lintEndEntity(endEntityTbs(input, settings), input, settings))).toContain(code)
  })

  test('holder-birth-date: another era than that of the day', () => {
    const input = endEntityInput('signature', from.certificate)
    expect(codes(() => lintEndEntity(patch(endEntityTbs(input, settings), ascii('419900721'), ascii('319900721')), input, settings))).toContain('holder-birth-date')
  })

  test('holder-unknown, holder-empty: items no profile has', () => {
    const input = endEntityInput('signature', from.certificate)
    const { fields } = expectEndEntity(input, settings)
    const names = fields.extensions.flatMap((e) => (e.name === 'subjectAltName' ? e.names : []))
    expect(codes(() => lintEndEntity(encodeFields(change(fields, 'subjectAltName', { names: [...names, { other: '1.3.6.1.4.1.32473.9', text: '' }] })), input, settings))).toEqual(expect.arrayContaining(['holder-unknown', 'holder-empty']))
  })

  test('san-personal: items of a person in an authentication certificate', () => {
    const input = endEntityInput('authentication', other.certificate)
    const { fields } = expectEndEntity(input, settings)
    const [usage, ...rest] = fields.extensions
    const made = { ...fields, extensions: [usage!, { name: 'subjectAltName', critical: false, names: [{ other: '1.3.6.1.4.1.32473.8.5.5.1', text: '花子' }] }, ...rest] } as PlannedFields
    expect(codes(() => lintEndEntity(encodeFields(made), input, settings))).toEqual(expect.arrayContaining(['san-personal', 'extension-order']))
  })

  test('issuer: an authority of the other kind', () => {
    const input = endEntityInput('signature', other.certificate)
    expect(codes(() => lintEndEntity(endEntityTbs(input, settings), input, settings))).toContain('issuer-kind')
  })

  test('no finding repeats what a person is called', () => {
    const input = endEntityInput('signature', from.certificate, { holder: { ...holder, nameSubstitutes: '1', address: '東'.repeat(300), addressSubstitutes: '' } })
    expect(() => lintEndEntity(endEntityTbs(input, settings), input, settings)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/花子|東|1990/) }))
  })
})

describe('an authority', () => {
  const input = () => ({ ca: 'signature' as const, serial: newSerial(), spki: from.signer.spki, notBefore: now, notAfter: endOfDay(3650) })
  test.each<[string, (f: PlannedFields) => PlannedFields]>([
    ['basic-constraints', (f) => change(f, 'basicConstraints', { ca: false })], ['basic-constraints', (f) => without(f, 'basicConstraints')],
    ['key-usage', (f) => change(f, 'keyUsage', { bits: [5] })], ['subject', (f) => ({ ...f, subject: [...f.subject.slice(0, 3), attribute('OU', 'else')] })],
    ['issuer', (f) => ({ ...f, issuer: base64(encodeName([attribute('C', 'JP')])) })], ['key', (f) => ({ ...f, spki: p256() })], ['extension-critical', (f) => change(f, 'basicConstraints', { critical: false })],
    ['extension-order', (f) => plus(f, { name: 'authorityKeyIdentifier', critical: false, keyId: from.certificate.keyId })],
  ])('%s', (code, mutate) => {
    const wanted = input()
    expect(codes(() => lintCa(caTbs(wanted, settings), wanted, settings))).toEqual([])
    expect(codes(() => lintCa(encodeFields(mutate(expectCa(wanted, settings).fields)), wanted, settings))).toContain(code)
  })
})

describe('a responder', () => {
  const input = (over: Partial<ResponderInput> = {}): ResponderInput => ({ issuer: from.certificate, serial: newSerial(), spki: holderSigner('p384-sha384').spki, notBefore: now, notAfter: now + 2 * day, ...over })
  test.each<[string, (f: PlannedFields) => PlannedFields]>([
    ['responder-purpose', (f) => change(f, 'extKeyUsage', { purposes: ['1.3.6.1.5.5.7.3.1'] })], ['responder-purpose', (f) => change(f, 'extKeyUsage', { purposes: [ocspSigning, '1.3.6.1.5.5.7.3.1'] })],
    ['responder-purpose', (f) => without(f, 'extKeyUsage')], ['no-check', (f) => without(f, 'ocspNoCheck')], ['authority-key-id', (f) => without(f, 'authorityKeyIdentifier')],
  ])('%s', (code, mutate) => {
    const wanted = input()
    expect(codes(() => lintOcspResponder(ocspResponderTbs(wanted, settings), wanted, settings))).toEqual([])
    expect(codes(() => lintOcspResponder(encodeFields(mutate(expectOcspResponder(wanted, settings).fields)), wanted, settings))).toContain(code)
  })
  test('responder-life', () => {
    const wanted = input({ notAfter: now + 32 * day })
    expect(codes(() => lintOcspResponder(ocspResponderTbs(wanted, settings), wanted, settings))).toEqual(['responder-life'])
  })
})

describe('a list', () => {
  const entries: CrlEntry[] = [{ serial: '40AB', revokedAt: now - day, reason: 1 }, { serial: '40AC', revokedAt: now - day, reason: null }]
  const expected = (over: Partial<CrlInput> = {}): CrlInput => crlInput(from, entries, over)
  const cases: [code: string, () => [Uint8Array, CrlInput]][] = [
    ['algorithm', () => [crlTbs(expected()), { ...expected(), issuer: { ...from.certificate, algorithm: 'ecdsa-p384-sha384' } }]],
    ['issuer', () => [crlTbs(expected({ issuer: { ...from.certificate, subjectDer: other.certificate.subjectDer } })), expected()]],
    ['dates', () => [crlTbs(expected({ nextUpdate: now + 8 * day })), expected()]],
    ['dates-order', () => [crlTbs(expected({ nextUpdate: now })), expected({ nextUpdate: now })]],
    ['dates-issuer', () => [crlTbs(expected({ thisUpdate: now - 40 * day })), expected({ thisUpdate: now - 40 * day })]],
    ['authority-key-id', () => [crlTbs(expected({ issuer: { ...from.certificate, keyId: other.certificate.keyId } })), expected()]],
    ['number', () => [crlTbs(expected({ number: 7n })), expected()]],
    ['number-range', () => [crlTbs(expected({ number: 0n })), expected({ number: 0n })]],
    ['number-range', () => [crlTbs(expected({ number: 1n << 160n })), expected({ number: 1n << 160n })]],
    ['distribution-point', () => [crlTbs(expected({ distributionPoint: from.certificate.subjectDer })), expected()]],
    ['distribution-scope', () => [patch(crlTbs(expected()), '8101ff', '810100'), expected()]],
    ['entries', () => [crlTbs(expected({ entries: entries.slice(1) })), expected()]],
    ['entries', () => [crlTbs(expected({ entries: entries.slice(0, 1) })), expected()]],
    ['entries', () => [crlTbs(expected({ entries: [] })), expected()]],
    ['entries', () => [crlTbs(expected({ entries: [...entries, { serial: '01', revokedAt: now, reason: null }] })), expected()]],
    ['entries', () => [crlTbs(expected({ entries: [{ ...entries[0]!, reason: 3 }, entries[1]!] })), expected()]],
    ['entries', () => [crlTbs(expected({ entries: [{ ...entries[0]!, revokedAt: now }, entries[1]!] })), expected()]],
    ['entry-repeated', () => { const twice = expected({ entries: [...entries, entries[0]!] }); return [crlTbs(twice), twice] }],
    ['entry-serial', () => { const zero = expected({ entries: [{ serial: '00', revokedAt: now, reason: null }] }); return [crlTbs(zero), zero] }],
    ['entry-date', () => { const late = expected({ entries: [{ serial: '01', revokedAt: now + 8 * day, reason: null }] }); return [crlTbs(late), late] }],
    ['encoding', () => [patch(crlTbs(expected()), '0603551d1c0101ff', '0603551d1c010100'), expected()]],
    ['encoding', () => [patch(crlTbs(expected()), '0a0101', '0a0107'), expected()]],
    ['encoding', () => [patch(crlTbs(expected()), '0603551d14', '0603551d1b'), expected()]],
  ]
  test('passes', () => expect(codes(() => lintCrl(crlTbs(expected()), expected()))).toEqual([]))
  test.each(cases)('%s', (code, make) => {
    const [tbs, wanted] = make()
    expect(codes(() => lintCrl(tbs, wanted))).toContain(code)
  })
  test('time-form: a GeneralizedTime before 2050', () => {
    const far = expected({ thisUpdate: now, nextUpdate: Date.UTC(2050, 0, 1) })
    const tbs = patch(crlTbs(far), `180f${ascii('20500101000000Z')}`, `180f${ascii('20490101000000Z')}`)
    expect(codes(() => lintCrl(tbs, expected({ nextUpdate: Date.UTC(2049, 0, 1) })))).toEqual(['time-form'])
  })
})

describe('an OCSP answer', () => {
  const expected = async (over: Partial<OcspInput> = {}): Promise<OcspInput> => ({
    responder: await responderOf(from, holderSigner('rsa2048-sha256')), producedAt: now, nonce: new Uint8Array(32).fill(7),
    responses: [{ certId: certIdFor(from.certificate, '40AB').der, status: 'revoked', at: now - day, reason: 1, thisUpdate: now, nextUpdate: now + day }], ...over,
  })
  const cases: [code: string, (wanted: OcspInput) => OcspInput, both?: 'both'][] = [
    ['responder-id', (w) => ({ ...w, responder: { ...w.responder, id: w.responder.id.map((b, i, all) => (i === all.length - 1 ? b ^ 1 : b)) } })],
    ['produced-at', (w) => ({ ...w, producedAt: now + 1_000 })], ['responder-validity', (w) => ({ ...w, producedAt: now + 3 * day }), 'both'],
    ['nonce', (w) => ({ ...w, nonce: new Uint8Array(32) })], ['nonce', (w) => ({ ...w, nonce: null })], ['responses', (w) => ({ ...w, responses: [] })], ['responses-empty', (w) => ({ ...w, responses: [] }), 'both'],
    ['response-repeated', (w) => ({ ...w, responses: [...w.responses, ...w.responses] }), 'both'],
    ['cert-id', (w) => ({ ...w, responses: [{ ...w.responses[0]!, certId: certIdFor(from.certificate, '40AC').der }] })],
    ['status', (w) => ({ ...w, responses: [{ ...w.responses[0]!, status: 'good' }] })], ['status', (w) => ({ ...w, responses: [{ ...w.responses[0]!, status: 'revoked', at: now, reason: 1 }] })],
    ['dates', (w) => ({ ...w, responses: [{ ...w.responses[0]!, nextUpdate: now + 2 * day }] })], ['dates-order', (w) => ({ ...w, responses: [{ ...w.responses[0]!, nextUpdate: now }] }), 'both'],
    ['this-update', (w) => ({ ...w, responses: [{ ...w.responses[0]!, thisUpdate: now + 1_000 }] }), 'both'],
    ['revoked-at', (w) => ({ ...w, responses: [{ ...w.responses[0]!, status: 'revoked', at: now + day, reason: 1 }] }), 'both'], ['reason', (w) => ({ ...w, responses: [{ ...w.responses[0]!, status: 'revoked', at: now, reason: 7 }] }), 'both'],
  ]
  test('passes', async () => {
    const wanted = await expected()
    expect(codes(() => lintOcspResponse(responseDataTbs(wanted), wanted))).toEqual([])
  })
  test.each(cases)('%s', async (code, mutate, both) => {
    const wanted = await expected()
    const made = mutate(wanted)
    expect(codes(() => lintOcspResponse(responseDataTbs(made), both === 'both' ? made : wanted))).toContain(code)
  })
  test('encoding: UTCTime where only GeneralizedTime may be', async () => {
    const wanted = await expected({ nonce: null })
    expect(codes(() => lintOcspResponse(responseDataTbs(wanted).map((b) => (b === 0x18 ? 0x17 : b)), wanted))).toEqual(['encoding'])
  })
})

describe('the seal', () => {
  test('is not to be forged, and the sealed bytes are out of reach', async () => {
    const input = endEntityInput('signature', from.certificate)
    const tbs = endEntityTbs(input, settings)
    const linted = lintEndEntity(tbs, input, settings)
    const before = Buffer.from(tbs)
    tbs.fill(0)
    expect(Buffer.from(lintedContent(linted).tbs)).toEqual(before)
    for (const forged of [{}, { ...linted }, Object.create(linted)]) {
      await expect(signLinted(from.signer, forged as Linted)).rejects.toBeInstanceOf(SignerFault)
      expect(() => assemble(forged as Linted, new Uint8Array(256))).toThrow(SignerFault)
    }
  })

  test('is for one key: another authority, though of the same algorithm, does not sign it', async () => {
    const input = endEntityInput('signature', from.certificate)
    await expect(signLinted(other.signer, lintEndEntity(endEntityTbs(input, settings), input, settings))).rejects.toBeInstanceOf(SignerFault)
  })
})
