/**
 * The checks on an OCSP answer about to be signed.
 *
 * @rfc 6960 2.2, 4.2.2 · 9654 2.1
 */
import { Malformed } from './der.ts'
import { finding } from './lint-certificate.ts'
import type { Finding } from './lint.ts'
import { readResponseData, type ResponseData } from './ocsp-read.ts'
import type { OcspAnswer, OcspInput } from './ocsp.ts'

const wholeSecond = (at: number): number => Math.floor(at / 1000) * 1000
const same = (a: Uint8Array | null, b: Uint8Array | null): boolean => (a === null || b === null ? a === b : Buffer.compare(a, b) === 0)

export function ocspFindings(tbs: Uint8Array, expected: OcspInput): Finding[] {
  let found: ResponseData
  try {
    found = readResponseData(tbs)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return [finding('encoding', 'RFC 6960 4.2.1', error.message)]
  }
  const { responder } = expected
  const wrong: [boolean, string, string, string][] = [
    [!same(found.responderId, responder.id), 'responder-id', 'RFC 6960 4.2.2.3', 'the responderID is not of this responder'],
    [found.producedAt !== wholeSecond(expected.producedAt), 'produced-at', 'RFC 6960 4.2.2.1', 'producedAt is not as expected'],
    [found.producedAt < responder.notBefore || found.producedAt > responder.notAfter, 'responder-validity', 'RFC 6960 4.2.2.2', "outside the validity of the responder's certificate"],
    [!same(found.nonce, expected.nonce), 'nonce', 'RFC 9654 2.1', 'the nonce is not the one that was sent'],
    [found.responses.length === 0, 'responses-empty', 'RFC 6960 4.2.1', 'no response'],
    [found.responses.length !== expected.responses.length, 'responses', 'RFC 6960 4.2.1', 'not as many responses as expected'],
    [new Set(found.responses.map(({ certId }) => Buffer.from(certId).toString('latin1'))).size !== found.responses.length, 'response-repeated', 'RFC 6960 4.2.1', 'two responses about one certificate'],
  ]
  return [
    ...wrong.filter(([is]) => is).map(([, code, section, text]) => finding(code, section, text)),
    ...found.responses.flatMap((answer, i) => answerFindings(answer, expected.responses[i], found.producedAt)),
  ]
}

function answerFindings(found: OcspAnswer, expected: OcspAnswer | undefined, producedAt: number): Finding[] {
  const wrong: [boolean, string, string, string][] = [
    [expected !== undefined && !same(found.certId, expected.certId), 'cert-id', 'RFC 6960 4.2.1', 'the CertID is not the one that was asked'],
    [expected !== undefined && !sameStatus(found, expected), 'status', 'RFC 6960 2.2', 'the status is not as expected'],
    [expected !== undefined && (found.thisUpdate !== wholeSecond(expected.thisUpdate) || found.nextUpdate !== wholeSecond(expected.nextUpdate)), 'dates', 'RFC 6960 4.2.2.1', 'other dates than expected'],
    [found.nextUpdate <= found.thisUpdate, 'dates-order', 'RFC 6960 4.2.2.1', 'nextUpdate is not after thisUpdate'],
    [found.thisUpdate > producedAt, 'this-update', 'RFC 6960 4.2.2.1', 'thisUpdate lies after producedAt'],
    [found.status === 'revoked' && found.at > producedAt, 'revoked-at', 'RFC 6960 4.2.1', 'revoked after producedAt'],
    [found.status === 'revoked' && found.reason !== null && !reasons.has(found.reason), 'reason', 'RFC 5280 5.3.1', 'a reason that is none'],
  ]
  return wrong.filter(([is]) => is).map(([, code, section, text]) => finding(code, section, text))
}

/** Without 0, which is left out, and 7, which is nothing. */
const reasons: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 8, 9, 10])

function sameStatus(a: OcspAnswer, b: OcspAnswer): boolean {
  if (a.status !== 'revoked' || b.status !== 'revoked') return a.status === b.status
  return a.at === wholeSecond(b.at) && a.reason === (b.reason === 0 ? null : b.reason)
}
