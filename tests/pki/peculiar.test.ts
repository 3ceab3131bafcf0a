/** @peculiar/x509, another reader of the same bytes, on everything that is issued: fields, signature, lists. */
import 'reflect-metadata'
import { X509Certificate, X509Crl } from '@peculiar/x509'
import { describe, expect, test } from 'vitest'
import { authority, caKindOf, endEntityInput, endEntityKinds, generationNames, issue, listOf, now } from './authority.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe.each(generationNames)('@peculiar/x509 reads what %s issues', (generation) => {
  test.each(endEntityKinds)('%s', async (kind) => {
    const from = await authority(caKindOf(kind), generation)
    const input = endEntityInput(kind, from.certificate)
    const certificate = new X509Certificate(Uint8Array.from(await issue(from, input)))
    const ca = new X509Certificate(Uint8Array.from(from.certificate.der))
    expect(certificate.serialNumber).toBe(hex(input.serial))
    expect(certificate.issuer).toBe(ca.subject)
    expect(certificate.notAfter.getTime()).toBe(Math.floor(input.notAfter / 1000) * 1000)
    expect(hex(new Uint8Array(certificate.publicKey.rawData))).toBe(hex(input.spki))
    expect(await certificate.verify({ publicKey: await ca.publicKey.export(), signatureOnly: true })).toBe(true)
    const other = await authority(caKindOf(kind) === 'signature' ? 'authentication' : 'signature', generation)
    expect(await certificate.verify({ publicKey: await new X509Certificate(Uint8Array.from(other.certificate.der)).publicKey.export(), signatureOnly: true })).toBe(false)
  })

  test('a list', async () => {
    const from = await authority('signature', generation)
    const serial = '4000000000000000000000000000000000000001'
    const list = new X509Crl(Uint8Array.from(await listOf(from, [{ serial, revokedAt: now, reason: 4 }])))
    expect(list.entries.map((entry) => entry.serialNumber.toUpperCase())).toEqual([serial])
    expect(await list.verify({ publicKey: await new X509Certificate(Uint8Array.from(from.certificate.der)).publicKey.export() })).toBe(true)
  })
})
