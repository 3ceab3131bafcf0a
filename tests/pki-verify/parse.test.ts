/** The parsers: the real roots of JPKI field by field, our own certificates read the same by both readers, and a table of what is malformed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromPem, readIssued } from '../../core/pki/certificate.ts'
import { bitString, boolean, enumerated, explicit, ia5String, implicit, integer, Malformed, namedBits, nullValue, octetString, oid, sequence, setOf, tlv, utcTime, utf8String } from '../../core/pki/der.ts'
import { certificateLimits, parseCertificate, parseCrl, parsePublicKey } from '../../core/pki/parse.ts'
import { comparableName } from '../../core/pki/parse/general-name.ts'
import { verifySigned } from '../../core/pki/verify.ts'
import { authority, endEntityInput, endEntityKinds, generationNames, issue, listOf, now, settings } from '../pki/authority.ts'
import { certificate, ecdsaSha256, encodeCertificate, encodeList, ext, keyNumber, name, type Extension } from './forge.ts'

describe('the real roots of JPKI (公的個人認証サービス)', () => {
  const read = (file: string) => parseCertificate(fromPem(readFileSync(new URL(`../vectors/jpki-ca/${file}`, import.meta.url), 'utf8')))
  const facts = [
    ['sign_ca_2015.pem', '01', '2015-10-20T02:40:28Z', '2025-10-19T14:59:59Z', '19645405A1FE14377434BD55957628AC4038557C542403A2243F21C706FC9355', '0D034CBB34D0714F45E45A1CAFD8FD143FAB54A7'],
    ['sign_ca_2023.pem', '067C6A21', '2023-07-16T00:50:27Z', '2033-07-15T14:59:59Z', 'D227F6CDE11D35C5252178F106F843D24651944975413B539FA2FB68DBFA365F', 'D21EA55895617E93ADBF966B941AB4EDF653F08F'],
    ['auth_ca_2015.pem', '01', '2015-10-20T03:08:13Z', '2025-10-19T14:59:59Z', '4DCFC4CA0AAF9FB2A3081B3F0C991C320B3ACC008667A341EEAEC5AF1D58CA7D', '9567951B5CA70D84A0FFF1D85A87F1AAB1340385'],
    ['auth_ca_2023.pem', '06D18006', '2023-07-16T01:01:04Z', '2033-07-15T14:59:59Z', '64114F29620C24ED2631D46476A040E7EE740D956089C00B036A6A8118C322B5', '1AC100F596A3BC8C4B3DF195E32699249E9E308A'],
  ] as const
  test.each(facts)('%s', (file, serial, from, until, fingerprint, keyId) => {
    const ca = read(file)
    expect(createHash('sha256').update(ca.der).digest('hex').toUpperCase()).toBe(fingerprint)
    expect(ca).toMatchObject({ version: 3, serial, notBefore: Date.parse(from), notAfter: Date.parse(until), key: { kind: 'rsa', bits: 2048, exponent: 65537n } })
    expect(verifySigned(ca, ca.spki)).toBe(true)
    expect(comparableName(ca.issuer)).toBe(comparableName(ca.subject))
    expect(ca.subject.rdns.flat().map((a) => a.text).slice(0, 2)).toEqual(['JP', 'JPKI'])
    expect(ca.extensions.map((e) => [e.oid, e.critical])).toEqual([['2.5.29.15', true], ['2.5.29.17', false], ['2.5.29.19', true], ['2.5.29.31', false], ['2.5.29.14', false]])
    expect(ca.known).toMatchObject({ keyUsage: [5, 6], basicConstraints: { ca: true, pathLength: null }, subjectKeyIdentifier: keyId })
    const [alternative] = ca.known.subjectAltName!
    expect(alternative!.kind === 'directoryName' ? alternative!.name.rdns.flat().map((a) => a.text)[1] : null).toBe('公的個人認証サービス')
    const point = ca.known.crlDistributionPoints![0]!.point!
    expect('full' in point && point.full[0]!.kind === 'directoryName' ? comparableName(point.full[0]!.name) : null).toBe(comparableName(ca.subject))
  })
})

describe('our own certificates, by the general parser', () => {
  test.each(generationNames.flatMap((generation) => endEntityKinds.map((kind) => [generation, kind] as const)))('%s %s says what the profile reader says', async (generation, kind) => {
    const from = await authority(kind.endsWith('signature') ? 'signature' : 'authentication', generation)
    const der = await issue(from, endEntityInput(kind, from.certificate))
    const [general, own] = [parseCertificate(der), readIssued(der, settings)]
    expect(general).toMatchObject({ serial: own.serial, notBefore: own.notBefore, notAfter: own.notAfter, version: 3 })
    expect([general.spki, general.issuer.der]).toEqual([own.spki, own.issuerDer])
    expect(general.known.authorityKeyIdentifier?.keyId).toBe(own.issuerKeyId)
    expect(general.known.subjectKeyIdentifier).toBe(own.keyId)
    expect(general.known.certificatePolicies?.map((p) => p.policy)).toEqual([own.policy])
    const texts = (general.known.subjectAltName ?? []).map((n) => (n.kind === 'otherName' ? [n.typeId, n.text] : null))
    expect(texts.find((t) => t?.[0] === `${settings.arc}.${settings.items.name}`)?.[1] ?? null).toBe(own.holder?.name ?? null)
    expect(verifySigned(general, from.certificate.spki)).toBe(true)
  })
  test('a list of 10,000 entries is read in the order it was written', async () => {
    const from = await authority('signature', 'p384-sha384')
    const entries = Array.from({ length: 10_000 }, (_, i) => ({ serial: (i + 256).toString(16).padStart(4, '0').toUpperCase(), revokedAt: now - i * 1000, reason: ([null, 1, 3, 6] as const)[i % 4]! }))
    const crl = parseCrl(await listOf(from, entries))
    expect(crl.entries.map(({ serial, at, reason }) => ({ serial, revokedAt: at, reason }))).toEqual(entries)
    expect(crl.known.issuingDistributionPoint).toMatchObject({ onlyUserCerts: expect.any(Boolean), indirect: false })
    expect(verifySigned(crl, from.certificate.spki)).toBe(true)
  })
})

describe('malformed', () => {
  const [ca, key] = [name('CA'), keyNumber(0)]
  const withExtension = (...extensions: Extension[]): Uint8Array => encodeCertificate({ subject: name('X'), issuer: ca, key, issuerKey: key, extensions })
  const raw = (id: string, value: Uint8Array, critical = false): Uint8Array => withExtension({ id, critical, value })
  const validity = sequence(utcTime(now), utcTime(now + 1000))
  const body = (...parts: Uint8Array[]): Uint8Array => sequence(sequence(...parts), ecdsaSha256, bitString(Uint8Array.of(1)))
  const version = (n: number): Uint8Array => explicit(0, integer(n))
  const plain = [integer(1), ecdsaSha256, ca, validity, ca, key.spki] as const

  test('the base of the table is well-formed', () => {
    expect(parseCertificate(body(...plain)).version).toBe(1)
    expect(parseCertificate(body(version(2), ...plain, explicit(3, sequence(sequence(oid('1.2.3'), octetString(new Uint8Array())))))).version).toBe(3)
  })
  const long = encodeCertificate({ subject: name('X'.repeat(certificateLimits.maxBytes)), issuer: ca, key, issuerKey: key })
  test.each<[string, Uint8Array]>([
    ['empty', new Uint8Array()],
    ['too large', long],
    ['octets after it', Uint8Array.of(...body(...plain), 0)],
    ['version 1 spelled out', body(version(0), ...plain)],
    ['version 4', body(version(3), ...plain)],
    ['extensions in version 1', body(...plain, explicit(3, sequence(sequence(oid('1.2.3'), octetString(new Uint8Array())))))],
    ['no extension in extensions', body(version(2), ...plain, explicit(3, sequence()))],
    ['algorithms that differ', sequence(sequence(...plain), sequence(oid('1.2.840.10045.4.3.3')), bitString(Uint8Array.of(1)))],
    ['negative serial number', body(Uint8Array.of(2, 1, 0x80), ...plain.slice(1))],
    ['serial number not minimal', body(Uint8Array.of(2, 2, 0, 1), ...plain.slice(1))],
    ['time with an offset', body(integer(1), ecdsaSha256, ca, sequence(tlv(0x17, Buffer.from('260401000000+0900')), utcTime(now)), ca, key.spki)],
    ['an empty RDN', body(integer(1), ecdsaSha256, sequence(setOf()), validity, ca, key.spki)],
    ['signature of half an octet', sequence(sequence(...plain), ecdsaSha256, bitString(Uint8Array.of(0x10), 4))],
    ['extension twice', withExtension(ext.unknown(false), ext.unknown(true))],
    ['critical FALSE encoded', body(version(2), ...plain, explicit(3, sequence(sequence(oid('1.2.3'), boolean(false), octetString(new Uint8Array())))))],
    ['keyUsage of no bit', raw('2.5.29.15', namedBits([]))],
    ['keyUsage with trailing zeros', raw('2.5.29.15', Uint8Array.of(3, 2, 0, 0x80))],
    ['cA FALSE encoded', raw('2.5.29.19', sequence(boolean(false)))],
    ['BOOLEAN of 1', raw('2.5.29.19', sequence(Uint8Array.of(1, 1, 1)))],
    ['negative path length', raw('2.5.29.19', sequence(boolean(true), Uint8Array.of(2, 1, 0xff)))],
    ['extKeyUsage of none', raw('2.5.29.37', sequence())],
    ['subjectAltName of none', raw('2.5.29.17', sequence())],
    ['address of 5 octets', raw('2.5.29.17', sequence(tlv(0x87, new Uint8Array(5))))],
    ['host name that is not ASCII', raw('2.5.29.17', sequence(tlv(0x82, Buffer.from('é.example'))))],
    ['otherName without its value', raw('2.5.29.17', sequence(explicit(0, oid('1.2.3'))))],
    ['UTF-8 broken in otherName', raw('2.5.29.17', sequence(explicit(0, oid('1.2.3'), explicit(0, tlv(0x0c, Uint8Array.of(0xc0, 0x80))))))],
    ['a policy twice', raw('2.5.29.32', sequence(sequence(oid('1.2.3')), sequence(oid('1.2.3'))))],
    ['empty policyConstraints', raw('2.5.29.36', sequence())],
    ['empty nameConstraints', raw('2.5.29.30', sequence())],
    ['subtree with a maximum', raw('2.5.29.30', sequence(tlv(0xa0, sequence(implicit(2, ia5String('a.example')), implicit(1, integer(3))))))],
    ['issuer without serial number in authorityKeyIdentifier', raw('2.5.29.35', sequence(tlv(0xa1, explicit(4, ca))))],
    ['distribution point with reasons alone', raw('2.5.29.31', sequence(sequence(implicit(1, namedBits([1])))))],
    ['octets after an extension value', raw('2.5.29.14', Uint8Array.of(...octetString(Uint8Array.of(1)), 0))],
    ['RSA without NULL', body(integer(1), ecdsaSha256, ca, validity, ca, sequence(sequence(oid('1.2.840.113549.1.1.1')), bitString(sequence(integer(5), integer(3)))))],
    ['compressed point', body(integer(1), ecdsaSha256, ca, validity, ca, sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bitString(new Uint8Array(33).fill(2))))],
    ['the octets HAHA', Buffer.from('HAHA')],
  ])('%s', (_, der) => expect(() => parseCertificate(der)).toThrow(Malformed))

  const entry = (...parts: Uint8Array[]): Uint8Array => sequence(integer(1), utcTime(now), ...parts)
  const list = (...parts: Uint8Array[]): Uint8Array => sequence(sequence(...parts), ecdsaSha256, bitString(Uint8Array.of(1)))
  const head = [integer(1), ecdsaSha256, ca, utcTime(now), utcTime(now + 1000)] as const
  test('the base of the second table is well-formed', () => expect(parseCrl(list(...head, sequence(entry()))).entries).toHaveLength(1))
  test.each<[string, Uint8Array]>([
    ['version 1 spelled out', list(integer(0), ...head.slice(1))],
    ['extensions in version 1', list(...head.slice(1), explicit(0, sequence(sequence(oid('1.2.3'), octetString(new Uint8Array())))))],
    ['empty list', list(...head, sequence())],
    ['entry with empty extensions', list(...head, sequence(entry(sequence())))],
    ['reason 7', list(...head, sequence(entry(sequence(sequence(oid('2.5.29.21'), octetString(enumerated(7)))))))],
    ['reason as INTEGER', list(...head, sequence(entry(sequence(sequence(oid('2.5.29.21'), octetString(integer(1)))))))],
    ['two scopes at once', encodeList({ issuer: ca, key, extensions: [{ id: '2.5.29.28', critical: true, value: sequence(implicit(1, boolean(true)), implicit(2, boolean(true))) }] })],
    ['NULL for a list', list(...head, nullValue)],
  ])('list: %s', (_, der) => expect(() => parseCrl(der)).toThrow(Malformed))
})

test('any text in a name comes out as it went in, and compares equal whatever its case', () => {
  const key = keyNumber(0)
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (text) => {
    const { subject } = certificate({ subject: name(text), issuer: name('CA'), key, issuerKey: key })
    expect(subject.rdns[1]![0]!.text).toBe(text)
    const shouted = certificate({ subject: name(text.toUpperCase()), issuer: name('CA'), key, issuerKey: key })
    if (text.toUpperCase().toLowerCase() === text.toLowerCase()) expect(comparableName(shouted.subject)).toBe(comparableName(subject))
  }), { numRuns: 60 })
})

test('a name with a comma in it is not two names', () => {
  const key = keyNumber(0)
  const read = (dn: Uint8Array): string => comparableName(certificate({ subject: dn, issuer: name('CA'), key, issuerKey: key }).subject)
  expect(read(name('a","2.5.4.3="b'))).not.toBe(read(sequence(setOf(sequence(oid('2.5.4.10'), utf8String('Forge'))), setOf(sequence(oid('2.5.4.3'), utf8String('a'))), setOf(sequence(oid('2.5.4.3'), utf8String('b'))))))
})

test('keys: kinds, and the form that is refused', () => {
  expect(parsePublicKey(keyNumber(0).spki)).toMatchObject({ kind: 'ec', curve: 'P-256' })
  expect(parsePublicKey(sequence(sequence(oid('1.3.101.112')), bitString(new Uint8Array(32))))).toEqual({ kind: 'other', oid: '1.3.101.112' })
  expect(() => parsePublicKey(sequence(sequence(oid('1.3.101.112'))))).toThrow(Malformed)
})
