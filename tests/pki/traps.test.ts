/**
 * Mistakes that certificate libraries make and other verifiers let pass. Each is shown not to happen here, read back
 * where possible by an independent decoder.
 */
import 'reflect-metadata'
import { OCSPResponse, BasicOCSPResponse } from '@peculiar/asn1-ocsp'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate, CertificateList, CRLNumber, id_ce_cRLNumber, id_ce_authorityKeyIdentifier, id_ce_subjectAltName, SubjectAlternativeName } from '@peculiar/asn1-x509'
import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { endEntityTbs, parseCaCertificate, toPem } from '../../core/pki/certificate.ts'
import { decode, Malformed, tags } from '../../core/pki/der.ts'
import { bytesOfBase64, encodeFields, readFields, unwrapSigned, wrapSigned } from '../../core/pki/fields.ts'
import { expectCa } from '../../core/pki/plan.ts'
import { ocspResponse } from '../../core/pki/ocsp.ts'
import { certIdFor, parseOcspRequest } from '../../core/pki/ocsp-request.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { readIssued } from '../../core/pki/certificate.ts'
import { authority, day, endEntityInput, endOfDay, holder, holderSigner, issue, listOf, newSerial, now, responderOf, settings, type TestAuthority } from './authority.ts'

let from: TestAuthority
beforeAll(async () => { from = await authority('signature', 'rsa2048-sha256') })
const hex = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('hex')

describe('lists', () => {
  test('an entry without a reason has no crlEntryExtensions, not an empty one', async () => {
    const der = await listOf(from, [{ serial: '4001', revokedAt: now - day, reason: null }, { serial: '4002', revokedAt: now - day, reason: 0 }, { serial: '4003', revokedAt: now - day, reason: 1 }])
    const entries = AsnConvert.parse(der, CertificateList).tbsCertList.revokedCertificates!
    expect(entries.map((e) => e.crlEntryExtensions?.length)).toEqual([undefined, undefined, 1])
    expect(hex(der)).not.toContain('5a3000')
  })

  test('CRLNumber and AKI are always there, in an empty list too', async () => {
    for (const entries of [[], [{ serial: '4001', revokedAt: now, reason: null }]]) {
      const { tbsCertList } = AsnConvert.parse(await listOf(from, entries), CertificateList)
      expect(AsnConvert.parse(tbsCertList.crlExtensions!.find((e) => e.extnID === id_ce_cRLNumber)!.extnValue, CRLNumber)).toMatchObject({ value: String(now) })
      expect(tbsCertList.crlExtensions!.some((e) => e.extnID === id_ce_authorityKeyIdentifier)).toBe(true)
    }
  })

  test('no entry names an issuer of its own', async () => {
    const der = await listOf(from, [{ serial: '4001', revokedAt: now, reason: 1 }])
    expect(hex(der)).not.toContain('0603551d1d')
  })

  test('the PEM label is the one that verifiers look for', async () => {
    expect(toPem('X509 CRL', await listOf(from, []))).toMatch(/^-----BEGIN X509 CRL-----\n/)
  })

  test('a list with a serial twice is found without comparing each with each', async () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => ({ serial: (0x40000000 + i).toString(16), revokedAt: now, reason: null })).map((e) => ({ ...e, serial: e.serial.toUpperCase() }))
    const started = performance.now()
    await expect(listOf(from, [...entries, entries[7]!])).rejects.toThrow(/entry-repeated/)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('names', () => {
  /** An authority whose name is written in other string types than ours. */
  const printable = (): TestAuthority => {
    const input = { ca: 'signature', serial: newSerial(), spki: from.signer.spki, notBefore: now - day, notAfter: endOfDay(3650) } as const
    const { fields } = expectCa(input, settings)
    const subject = fields.subject.map((a) => ({ ...a, form: 'printable' as const }))
    const issuer = Buffer.from(hex(bytesOfBase64(fields.issuer)).replaceAll('0c', '13'), 'hex').toString('base64')
    return { ...from, certificate: parseCaCertificate(wrapSigned(encodeFields({ ...fields, subject, issuer }), 'rsa-pkcs1-sha256', new Uint8Array(256))) }
  }

  test('the issuer is the subject of the CA certificate byte for byte, also where another encoding says the same', () => {
    const ca = printable().certificate
    expect(hex(ca.subjectDer)).not.toBe(hex(from.certificate.subjectDer))
    const { issuer } = readFields(endEntityTbs(endEntityInput('signature', ca), settings))
    expect(hex(bytesOfBase64(issuer))).toBe(hex(ca.subjectDer))
  })
})

describe('certificates', () => {
  test('otherName is there, all of it, for a decoder that knows nothing of us', async () => {
    const { tbsCertificate } = AsnConvert.parse(await issue(from, endEntityInput('signature', from.certificate)), Certificate)
    const names = AsnConvert.parse(tbsCertificate.extensions!.find((e) => e.extnID === id_ce_subjectAltName)!.extnValue, SubjectAlternativeName)
    const items = [...names].map((n) => [n.otherName!.typeId.split('.').at(-1), Buffer.from(decode(new Uint8Array(n.otherName!.value)).source).subarray(2).toString('utf8')])
    expect(items).toEqual([['1', holder.name], ['4', '419900721'], ['3', '2'], ['5', holder.address], ['2', holder.nameSubstitutes], ['6', holder.addressSubstitutes], ['7', holder.kana]])
  })

  test('dates turn to GeneralizedTime at 2050, not before', () => {
    const form = (notAfter: number) => readFields(endEntityTbs(endEntityInput('signature', from.certificate, { notAfter }), settings)).timeTags
    expect(form(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).toEqual([tags.utcTime, tags.utcTime])
    expect(form(Date.UTC(2050, 0, 1))).toEqual([tags.utcTime, tags.generalizedTime])
  })

  test('a serial number has its 20 octets and is positive in every decoder', async () => {
    for (const first of [0x40, 0x7f]) {
      const serial = newSerial()
      serial[0] = first
      const der = await issue(from, endEntityInput('signature', from.certificate, { serial }))
      expect(new X509Certificate(der).serialNumber).toBe(hex(serial).toUpperCase())
      expect(AsnConvert.parse(der, Certificate).tbsCertificate.serialNumber.byteLength).toBe(20)
    }
  })

  test('the two algorithm identifiers are the same bytes', async () => {
    for (const generation of ['rsa2048-sha256', 'p384-sha384'] as const) {
      const ca = await authority('signature', generation)
      const parsed = AsnConvert.parse(await issue(ca, endEntityInput('signature', ca.certificate)), Certificate)
      expect(hex(AsnConvert.serialize(parsed.tbsCertificate.signature))).toBe(hex(AsnConvert.serialize(parsed.signatureAlgorithm)))
      expect(parsed.signatureAlgorithm.parameters).toEqual(generation === 'rsa2048-sha256' ? null : undefined)
    }
  })
})

test('OCSP times have no fraction, whatever the clock says', async () => {
  const responder = await responderOf(from, holderSigner('p384-sha384'))
  const der = await ocspResponse({ responder, producedAt: now + 123, nonce: null, responses: [{ certId: certIdFor(from.certificate, '4001').der, status: 'revoked', at: now - 877, reason: 1, thisUpdate: now + 45, nextUpdate: now + day + 6 }] })
  const basic = AsnConvert.parse(AsnConvert.parse(der, OCSPResponse).responseBytes!.response.buffer, BasicOCSPResponse)
  expect(basic.tbsResponseData.producedAt.getTime()).toBe(now)
  expect(basic.tbsResponseData.responses[0]!.thisUpdate.getTime()).toBe(now)
  expect(Buffer.from(der).toString('latin1')).not.toMatch(/\d{14}\./)
})

test('four octets that crash a library are Malformed to every reader', () => {
  const haha = Buffer.from('HAHA')
  const readers = [() => parseCaCertificate(haha), () => readIssued(haha, settings), () => readCrl(haha), () => parseOcspRequest(haha), () => readOcspResponse(haha, from.certificate, now), () => unwrapSigned(decode(haha)), () => readFields(haha)]
  for (const read of readers) expect(read).toThrow(Malformed)
})
