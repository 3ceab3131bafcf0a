/** OpenSSL on everything that is issued: both authorities, both generations, every kind; lists and OCSP answers. */
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { toPem } from '../../core/pki/certificate.ts'
import { ocspError, ocspResponse, type OcspStatus } from '../../core/pki/ocsp.ts'
import { parseOcspRequest } from '../../core/pki/ocsp-request.ts'
import { distributionPointFor, type Generation } from '../../core/pki/profile.ts'
import { localSigner } from '../../core/pki/signer.ts'
import { authority, caKindOf, day, endEntityInput, endEntityKinds, generationNames, holderSigner, issue, listOf, municipality, now, responderOf, settings } from './authority.ts'
import { have, inFolder, run } from './tools.ts'

const at = ['-attime', String((now + day) / 1000)]
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

describe.skipIf(!have('openssl'))('OpenSSL', () => {
  describe.each(generationNames)('%s', (generation: Generation) => {
    test.each(endEntityKinds)('verifies a certificate of kind %s strictly, and with the list', async (kind) => {
      const from = await authority(caKindOf(kind), generation)
      const input = endEntityInput(kind, from.certificate)
      const certificate = await issue(from, input)
      const good = await listOf(from, [{ serial: '4000000000000000000000000000000000000001', revokedAt: now, reason: 4 }])
      const bad = await listOf(from, [{ serial: hex(input.serial), revokedAt: now, reason: 3 }])
      await inFolder((_, put) => {
        const ca = put('ca.pem', toPem('CERTIFICATE', from.certificate.der))
        const leaf = put('leaf.pem', toPem('CERTIFICATE', certificate))
        const strict = ['verify', '-x509_strict', '-check_ss_sig', '-auth_level', '2', ...at, '-CAfile', ca]
        expect(run('openssl', [...strict, leaf])).toMatchObject({ status: 0 })
        expect(run('openssl', [...strict, '-crl_check', '-extended_crl', '-CRLfile', put('good.pem', toPem('X509 CRL', good)), leaf])).toMatchObject({ status: 0 })
        const revoked = run('openssl', [...strict, '-crl_check', '-extended_crl', '-CRLfile', put('bad.pem', toPem('X509 CRL', bad)), leaf])
        expect(revoked.status).not.toBe(0)
        expect(revoked.output).toContain('certificate revoked')
      })
    })

    test('does not take a list of another municipality for this one', async () => {
      const from = await authority('signature', generation)
      const certificate = await issue(from, endEntityInput('signature', from.certificate))
      const elsewhere = await listOf(from, [], { distributionPoint: distributionPointFor('signature', { ...municipality, municipalityRoman: 'Minato-ku' }, settings) })
      await inFolder((_, put) => {
        const ca = put('ca.pem', toPem('CERTIFICATE', from.certificate.der))
        const result = run('openssl', ['verify', ...at, '-CAfile', ca, '-crl_check', '-extended_crl', '-CRLfile', put('crl.pem', toPem('X509 CRL', elsewhere)), put('leaf.pem', toPem('CERTIFICATE', certificate))])
        expect(result.status).not.toBe(0)
        expect(result.output).toMatch(/different CRL scope/)
      })
    })

    test('verifies the signature of a list, empty and full', async () => {
      const from = await authority('authentication', generation)
      for (const entries of [[], [{ serial: '0A', revokedAt: now - day, reason: null }, { serial: 'FF00', revokedAt: now - day, reason: 6 }] as const]) {
        const list = await listOf(from, entries)
        await inFolder((_, put) => {
          const result = run('openssl', ['crl', '-verify', '-noout', '-text', '-in', put('crl.pem', toPem('X509 CRL', list)), '-CAfile', put('ca.pem', toPem('CERTIFICATE', from.certificate.der))])
          expect(result.output).toContain('verify OK')
          expect(result.output).toMatch(entries.length === 0 ? /No Revoked Certificates/ : /Serial Number: FF00[\s\S]*Certificate Hold/)
          expect(result.output).toContain('X509v3 Issuing Distribution Point: critical')
        })
      }
    })

    test.each(['key', 'name'] as const)('verifies an answer for two certificates, responder by %s, and refuses another nonce', async (identifiedBy) => {
      const from = await authority('signature', generation)
      const [good, revoked] = [endEntityInput('signature', from.certificate), endEntityInput('signature', from.certificate)]
      const responder = await responderOf(from, holderSigner(generation), identifiedBy)
      const certificates = [await issue(from, good), await issue(from, revoked)]
      const told: OcspStatus[] = [{ status: 'good' }, { status: 'revoked', at: now - 3_600_000, reason: 3 }]
      for (const hash of ['-sha1', '-sha256']) {
        const answer = (request: Uint8Array): Promise<Uint8Array> => {
          const { certIds, nonce } = parseOcspRequest(request)
          return ocspResponse({ responder, producedAt: now, nonce, responses: certIds.map((certId, i) => ({ certId: certId.der, ...told[i]!, thisUpdate: now, nextUpdate: now + day })) })
        }
        await inFolder(async (folder, put) => {
          const ca = put('ca.pem', toPem('CERTIFICATE', from.certificate.der))
          const asked = ['-issuer', ca, ...certificates.flatMap((der, i) => [hash, '-cert', put(`${i}.pem`, toPem('CERTIFICATE', der))])]
          expect(run('openssl', ['ocsp', ...asked, '-reqout', `${folder}/request`])).toMatchObject({ status: 0 })
          const request = readFileSync(`${folder}/request`)
          const response = put('response', await answer(request))
          const sent = ['ocsp', '-reqin', `${folder}/request`, '-CAfile', ca, ...at, '-respin']
          expect(run('openssl', [...sent, response]).output).toBe('Response verify OK\n')
          // The tool holds the statuses against the clock on the wall: give it a leeway of decades.
          const statuses = run('openssl', ['ocsp', ...asked, '-no_nonce', '-validity_period', '1000000000', '-CAfile', ca, ...at, '-respin', response]).output
          expect(statuses).toMatch(/0\.pem: good/)
          expect(statuses).toMatch(/1\.pem: revoked[\s\S]*Reason: affiliationChanged/)

          expect(run('openssl', ['ocsp', ...asked, '-reqout', `${folder}/other`])).toMatchObject({ status: 0 })
          const mixed = put('mixed', await answer(readFileSync(`${folder}/other`)))
          expect(run('openssl', [...sent, mixed]).output).toContain('Nonce Verify error')
        })
      }
    })

    test('refuses an answer of a responder that another authority certified', async () => {
      const [from, other] = [await authority('signature', generation), await authority('authentication', generation)]
      const input = endEntityInput('signature', from.certificate)
      const responder = await responderOf(other, localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))
      await inFolder(async (folder, put) => {
        const ca = put('ca.pem', toPem('CERTIFICATE', from.certificate.der))
        const both = put('both.pem', toPem('CERTIFICATE', from.certificate.der) + toPem('CERTIFICATE', other.certificate.der))
        const asked = ['-issuer', ca, '-cert', put('leaf.pem', toPem('CERTIFICATE', await issue(from, input))), '-no_nonce']
        run('openssl', ['ocsp', ...asked, '-reqout', `${folder}/request`])
        const { certIds } = parseOcspRequest(readFileSync(`${folder}/request`))
        const response = put('response', await ocspResponse({ responder, producedAt: now, nonce: null, responses: [{ certId: certIds[0]!.der, status: 'good', thisUpdate: now, nextUpdate: now + day }] }))
        const result = run('openssl', ['ocsp', '-respin', response, ...asked, '-CAfile', both, ...at])
        expect(result.output).toContain('Response Verify Failure')
      })
    })
  })

  test('knows every error answer by its name', async () => {
    const names = { malformedRequest: 'malformedrequest', internalError: 'internalerror', tryLater: 'trylater', sigRequired: 'sigrequired', unauthorized: 'unauthorized' } as const
    for (const status of Object.keys(names) as (keyof typeof names)[]) {
      await inFolder((_, put) => {
        expect(run('openssl', ['ocsp', '-respin', put('response', ocspError(status)), '-noverify', '-resp_text']).output).toContain(`Responder Error: ${names[status]}`)
      })
    }
  })
})
