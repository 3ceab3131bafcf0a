/**
 * The profile: frozen as data, and of the shape of the real authorities' certificates, which are read here as examples
 * of form. The names and OIDs are our own.
 */
import { createHash, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { caTbs, fromPem, parseCaCertificate, readIssued, toPem } from '../../core/pki/certificate.ts'
import { decode, Malformed, tags } from '../../core/pki/der.ts'
import { base64, encodeFields, readFields, unwrapSigned, wrapSigned, type PlannedFields } from '../../core/pki/fields.ts'
import { nameOf } from '../../core/pki/names.ts'
import { expectCa, expectEndEntity, expectOcspResponder } from '../../core/pki/plan.ts'
import { defaultProfileSettings, fitsProfile, fitsResponder, generationOf, policiesFor, profileHash, profiles } from '../../core/pki/profile.ts'
import { keyIdentifier, localSigner } from '../../core/pki/signer.ts'
import { authority, caKindOf, endEntityInput, endEntityKinds, endOfDay, holderSigner, issue, newSerial, now, settings } from './authority.ts'

const vectors = new URL('../vectors/jpki-ca/', import.meta.url)
const real = {
  sign_ca_2015: { ca: 'signature', serial: '01', notBefore: '2015-10-20T02:40:28Z', notAfter: '2025-10-19T14:59:59Z', keyId: '0D034CBB34D0714F45E45A1CAFD8FD143FAB54A7', sha256: '19645405A1FE14377434BD55957628AC4038557C542403A2243F21C706FC9355' },
  sign_ca_2023: { ca: 'signature', serial: '067C6A21', notBefore: '2023-07-16T00:50:27Z', notAfter: '2033-07-15T14:59:59Z', keyId: 'D21EA55895617E93ADBF966B941AB4EDF653F08F', sha256: 'D227F6CDE11D35C5252178F106F843D24651944975413B539FA2FB68DBFA365F' },
  auth_ca_2015: { ca: 'authentication', serial: '01', notBefore: '2015-10-20T03:08:13Z', notAfter: '2025-10-19T14:59:59Z', keyId: '9567951B5CA70D84A0FFF1D85A87F1AAB1340385', sha256: '4DCFC4CA0AAF9FB2A3081B3F0C991C320B3ACC008667A341EEAEC5AF1D58CA7D' },
  auth_ca_2023: { ca: 'authentication', serial: '06D18006', notBefore: '2023-07-16T01:01:04Z', notAfter: '2033-07-15T14:59:59Z', keyId: '1AC100F596A3BC8C4B3DF195E32699249E9E308A', sha256: '64114F29620C24ED2631D46476A040E7EE740D956089C00B036A6A8118C322B5' },
} as const
const load = (name: keyof typeof real): Uint8Array => fromPem(readFileSync(new URL(`${name}.pem`, vectors), 'utf8'))

describe.each(Object.keys(real) as (keyof typeof real)[])('%s', (name) => {
  const { ca, serial, notBefore, notAfter, keyId, sha256 } = real[name]

  test('is read field by field, and its self-signature verifies', () => {
    const der = load(name)
    expect(createHash('sha256').update(der).digest('hex').toUpperCase()).toBe(sha256)
    const parsed = parseCaCertificate(der)
    expect(parsed).toMatchObject({ keyId, algorithm: 'rsa-pkcs1-sha256', generation: 'rsa2048-sha256', notBefore: Date.parse(notBefore), notAfter: Date.parse(notAfter) })
    const { tbs, signature } = unwrapSigned(decode(der, tags.sequence))
    expect(readFields(tbs).serial).toBe(serial)
    expect(verify('sha256', tbs, new X509Certificate(der).publicKey, signature)).toBe(true)
    expect(Buffer.from(keyIdentifier(parsed.spki)).toString('hex').toUpperCase()).toBe(keyId)
  })

  test('has the shape of our own authority: version, name, extensions, criticality, last second', async () => {
    const theirs = readFields(unwrapSigned(decode(load(name), tags.sequence)).tbs)
    const ours = readFields(unwrapSigned(decode((await authority(ca, 'rsa2048-sha256')).certificate.der, tags.sequence)).tbs)
    const form = (fields: typeof ours) => ({
      algorithm: fields.algorithm, subject: fields.subject.map(({ type, form: string }) => [type, string]), selfIssued: JSON.stringify(nameOf(Uint8Array.from(Buffer.from(fields.issuer, 'base64')))) === JSON.stringify(fields.subject),
      extensions: fields.extensions.map((e) => [e.name, e.critical]), lastSecond: fields.notAfter % 86_400_000, times: fields.timeTags,
      usage: fields.extensions.flatMap((e) => (e.name === 'keyUsage' ? [e.bits] : [])), constraints: fields.extensions.flatMap((e) => (e.name === 'basicConstraints' ? [e.ca] : [])),
      alternative: fields.extensions.flatMap((e) => (e.name === 'subjectAltName' ? e.names.map((n) => ('directory' in n ? n.directory.map((a) => [a.type, a.form]) : null)) : [])),
      pointIsOwnName: fields.extensions.flatMap((e) => (e.name === 'cRLDistributionPoints' ? [JSON.stringify(e.point) === JSON.stringify(fields.subject)] : [])),
    })
    expect(form(ours)).toEqual(form(theirs))
    expect(ours.subject.find((a) => a.type === 'O')!.value).not.toBe('JPKI')
  })

  test('is what our own encoder would write, byte for byte', () => {
    const { tbs } = unwrapSigned(decode(load(name), tags.sequence))
    const { timeTags: _, ...fields } = readFields(tbs)
    expect(Buffer.from(encodeFields(fields as PlannedFields))).toEqual(Buffer.from(tbs))
  })
})

describe('frozen', () => {
  const fixed = { serial: new Uint8Array(20).fill(0x41), spki: Uint8Array.from(Buffer.from(frozenKey(), 'base64')), notBefore: now, notAfter: endOfDay(365) }
  const issuer = { der: new Uint8Array(), subjectDer: Uint8Array.from(Buffer.from(expectCa({ ca: 'signature', ...fixed }, settings).fields.issuer, 'base64')), spki: fixed.spki, keyId: 'AB'.repeat(20), algorithm: 'rsa-pkcs1-sha256', generation: 'rsa2048-sha256', notBefore: now, notAfter: endOfDay(3650) } as const

  test('plans of every kind are those of frozen-profile.json: a change is a decision, made there', async () => {
    const plans = {
      'signature-ca': expectCa({ ca: 'signature', ...fixed }, settings), 'authentication-ca': expectCa({ ca: 'authentication', ...fixed }, settings),
      ...Object.fromEntries(endEntityKinds.map((kind) => [kind, expectEndEntity({ ...endEntityInput(kind, issuer), ...fixed }, settings)])),
      'ocsp-responder': expectOcspResponder({ issuer, ...fixed }, settings),
    }
    const frozen = Object.fromEntries(Object.entries(plans).map(([kind, { fields, ...plan }]) => [kind, { ...plan, fields: { ...fields, spki: undefined } }]))
    await expect(`${JSON.stringify(frozen, null, 1)}\n`).toMatchFileSnapshot('./frozen-profile.json')
    expect(Object.keys(plans).sort()).toEqual(Object.keys(profiles).sort())
  })

  test('the hash of the settings does not depend on the order of keys, and on each value', () => {
    const reversed = Object.fromEntries(Object.entries(settings).reverse()) as unknown as typeof settings
    expect(profileHash(reversed)).toBe(profileHash(settings))
    for (const other of [{ ...settings, arc: '1.2.3' }, { ...settings, items: { ...settings.items, kana: '5.9' } }, { ...settings, ocspUrl: null }]) expect(profileHash(other)).not.toBe(profileHash(settings))
  })

  test('both generations have the same subject, so only the key tells them apart', async () => {
    const [rsa, ec] = [await authority('signature', 'rsa2048-sha256'), await authority('signature', 'p384-sha384')]
    expect(base64(rsa.certificate.subjectDer)).toBe(base64(ec.certificate.subjectDer))
    expect(rsa.certificate.keyId).not.toBe(ec.certificate.keyId)
  })
})

describe('settings', () => {
  test.each(endEntityKinds)('%s: without AKI and AIA where the settings say so', async (kind) => {
    const from = await authority(caKindOf(kind), 'p384-sha384')
    const bare = { ...settings, authorityKeyIdentifier: 'absent', ocspUrl: null } as const
    const names = async (profile: typeof settings) => readFields(unwrapSigned(decode(await issue(from, endEntityInput(kind, from.certificate), profile), tags.sequence)).tbs).extensions.map((e) => e.name)
    expect(await names(bare)).toEqual(profiles[kind].extensions.filter((name) => name !== 'authorityKeyIdentifier' && name !== 'authorityInfoAccess'))
    expect(await names(settings)).toEqual(profiles[kind].extensions)
  })

  test('policies: the card first, then the phone, under the arc of the settings', () => {
    expect(policiesFor('signature', { ...defaultProfileSettings, arc: '1.2' })).toEqual(['1.2.1.1.20', '1.2.1.1.40'])
    expect(policiesFor('authentication', defaultProfileSettings)).toEqual(['1.3.6.1.4.1.32473.8.5.1.3.30', '1.3.6.1.4.1.32473.8.5.1.3.40'])
  })
})

describe('reading back', () => {
  test('a certificate gives what went in; an authentication certificate has no holder', async () => {
    const from = await authority('signature', 'rsa2048-sha256')
    const input = endEntityInput('signature', from.certificate)
    const read = readIssued(await issue(from, input), settings)
    expect(read).toMatchObject({
      serial: Buffer.from(input.serial).toString('hex').toUpperCase(), issuerKeyId: from.certificate.keyId, notBefore: input.notBefore, notAfter: input.notAfter, commonName: input.commonName, holder: input.holder, policy: '1.3.6.1.4.1.32473.8.5.1.1.20',
    })
    expect(Buffer.compare(read.spki, input.spki)).toBe(0)
    const auth = await authority('authentication', 'rsa2048-sha256')
    expect(readIssued(await issue(auth, endEntityInput('authentication', auth.certificate)), settings).holder).toBeNull()
  })

  test('fractions of a second are cut off', async () => {
    const from = await authority('authentication', 'p384-sha384')
    const read = readIssued(await issue(from, endEntityInput('authentication', from.certificate, { notBefore: now + 999, notAfter: endOfDay(9) + 999 })), settings)
    expect([read.notBefore, read.notAfter]).toEqual([now, endOfDay(9)])
  })

  test('only self-issued CA certificates become authorities', async () => {
    const from = await authority('signature', 'rsa2048-sha256')
    const other = await authority('authentication', 'rsa2048-sha256')
    expect(() => parseCaCertificate(Buffer.from('HAHA'))).toThrow(Malformed)
    const leaf = await issue(from, endEntityInput('signature', from.certificate))
    expect(() => parseCaCertificate(leaf)).toThrow(/not a CA certificate/)
    const { fields } = expectCa({ ca: 'signature', serial: newSerial(), spki: from.signer.spki, notBefore: now, notAfter: endOfDay(3650) }, settings)
    const under = (issuer: string): Uint8Array => wrapSigned(encodeFields({ ...fields, issuer }), 'rsa-pkcs1-sha256', new Uint8Array(256))
    expect(parseCaCertificate(under(fields.issuer)).generation).toBe('rsa2048-sha256')
    expect(() => parseCaCertificate(under(base64(other.certificate.subjectDer)))).toThrow(/not self-issued/)
    expect(() => parseCaCertificate(wrapSigned(encodeFields(fields), 'ecdsa-p256-sha256', new Uint8Array(256)))).toThrow(/algorithms differ/)
  })

  test('PEM: one object, that label, base64', async () => {
    const { der } = (await authority('signature', 'rsa2048-sha256')).certificate
    const text = toPem('CERTIFICATE', der)
    expect(Buffer.compare(fromPem(text), der)).toBe(0)
    expect(Buffer.compare(fromPem(text.replaceAll('\n', '\r\n')), der)).toBe(0)
    expect(text.split('\n').every((line) => line.length <= 64)).toBe(true)
    for (const bad of ['', text + text, text.replaceAll('CERTIFICATE', 'X509 CRL'), text.replace('MII', 'M!I'), text.replace('MII', 'MI')]) expect(() => fromPem(bad)).toThrow(Malformed)
  })
})

describe('keys', () => {
  const spki = (make: () => { publicKey: { export(o: { type: 'spki'; format: 'der' }): Buffer } }): Uint8Array => Uint8Array.from(make().publicKey.export({ type: 'spki', format: 'der' }))
  test('a generation certifies its own keys and no others', () => {
    const rsa = holderSigner('rsa2048-sha256').spki
    const ec = holderSigner('p384-sha384').spki
    expect([fitsProfile(rsa, 'rsa2048-sha256'), fitsProfile(ec, 'p384-sha384')]).toEqual([true, true])
    expect([fitsProfile(ec, 'rsa2048-sha256'), fitsProfile(rsa, 'p384-sha384')]).toEqual([false, false])
    const unfit = [
      spki(() => generateKeyPairSync('rsa', { modulusLength: 1024 })), spki(() => generateKeyPairSync('rsa', { modulusLength: 3072 })), spki(() => generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })),
      spki(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })), spki(() => generateKeyPairSync('ec', { namedCurve: 'P-521' })), spki(() => generateKeyPairSync('ed25519')), new Uint8Array(), Buffer.from('HAHA'),
      Buffer.concat([rsa, Buffer.of(0)]), rsa.subarray(1), compressed(ec), offCurve(ec),
    ]
    for (const key of unfit) expect([fitsProfile(key, 'rsa2048-sha256'), fitsProfile(key, 'p384-sha384')]).toEqual([false, false])
  })

  test('an authority may have a longer RSA key; a responder may have P-256', () => {
    expect(generationOf(spki(() => generateKeyPairSync('rsa', { modulusLength: 3072 })))).toBe('rsa2048-sha256')
    const p256 = localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).spki
    expect([generationOf(p256), fitsResponder(p256), fitsResponder(compressed(holderSigner('p384-sha384').spki))]).toEqual([null, true, false])
  })

  test('an authority key of no generation is refused before anything is encoded', () => {
    const { spki: key } = localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    expect(() => caTbs({ ca: 'signature', serial: newSerial(), spki: key, notBefore: now, notAfter: endOfDay(1) }, settings)).toThrow(Malformed)
  })
})

/** The same point in compressed form. */
function compressed(key: Uint8Array): Uint8Array {
  const head = Buffer.from('3046301006072a8648ce3d020106052b81040022033200', 'hex')
  return Buffer.concat([head, Buffer.of(2 + (key.at(-1)! & 1)), key.subarray(24, 72)])
}
function offCurve(key: Uint8Array): Uint8Array {
  return key.map((octet, i) => (i === key.length - 1 ? octet ^ 1 : octet))
}
/** An RSA key that belongs to nobody: it only stands in plans. */
function frozenKey(): string {
  return base64(parseCaCertificate(load('sign_ca_2015')).spki)
}
