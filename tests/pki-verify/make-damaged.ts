/** Wrote the files of damaged/: what our authority issues, for damaged.test.ts. Run again (`node tests/pki-verify/make-damaged.ts`) after a change of a profile; keys are new each time and kept nowhere. */
import { writeFileSync } from 'node:fs'
import { ocspResponse } from '../../core/pki/ocsp.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { authority, day, endEntityInput, holderSigner, issue, listOf, now, responderOf } from '../pki/authority.ts'

const put = (file: string, der: Uint8Array): void => writeFileSync(new URL(`damaged/${file}.der`, import.meta.url), der)
const from = await authority('signature', 'p384-sha384')
const responder = await responderOf(from, holderSigner('p384-sha384'))
put('authority', from.certificate.der)
put('certificate', await issue(from, endEntityInput('signature', from.certificate)))
put('responder', responder.certificate)
put('list', await listOf(from, [{ serial: '4001', revokedAt: now, reason: 1 }, { serial: '4002', revokedAt: now, reason: null }]))
put('request', buildOcspRequest([certIdFor(from.certificate, '4001'), certIdFor(from.certificate, '4002', 'sha1')], new Uint8Array(32).fill(7)))
put('response', await ocspResponse({
  responder, producedAt: now, nonce: new Uint8Array(32).fill(7),
  responses: [{ certId: certIdFor(from.certificate, '4001').der, status: 'revoked', at: now - day, reason: 1, thisUpdate: now, nextUpdate: now + day }, { certId: certIdFor(from.certificate, '4002').der, status: 'good', thisUpdate: now, nextUpdate: now + day }],
}))
