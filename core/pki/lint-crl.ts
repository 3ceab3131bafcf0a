/**
 * The checks on a list about to be signed: what the RFC asks of any list, then every entry against the expectation,
 * in one walk that keeps only the serials seen.
 *
 * @rfc 5280 5
 */
import { readCrlTbs, type CrlContent, type CrlInput } from './crl.ts'
import { Malformed, tags } from './der.ts'
import type { Finding } from './lint.ts'
import { finding } from './lint-certificate.ts'

const year2050 = Date.UTC(2050, 0, 1)
const wholeSecond = (at: number): number => Math.floor(at / 1000) * 1000

export function crlFindings(tbs: Uint8Array, expected: CrlInput): Finding[] {
  try {
    const content = readCrlTbs(tbs)
    return [...headFindings(content, expected), ...entryFindings(content, expected)]
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return [finding('encoding', 'RFC 5280 5.1', error.message)]
  }
}

function headFindings(found: CrlContent, expected: CrlInput): Finding[] {
  const { issuer } = expected
  const form = [found.thisUpdate, found.nextUpdate].every((at, i) => found.timeTags[i] === (at < year2050 ? tags.utcTime : tags.generalizedTime))
  const wrong: [boolean, string, string, string][] = [
    [found.algorithm !== issuer.algorithm, 'algorithm', 'RFC 5280 5.1.2.2', "not the algorithm of the authority's key"],
    [Buffer.compare(found.issuerDer, issuer.subjectDer) !== 0, 'issuer', 'RFC 5280 5.1.2.3', 'the issuer is not the subject of the CA certificate, byte for byte'],
    [!form, 'time-form', 'RFC 5280 5.1.2.4', 'UTCTime through 2049, GeneralizedTime from 2050'],
    [found.thisUpdate !== wholeSecond(expected.thisUpdate) || found.nextUpdate !== wholeSecond(expected.nextUpdate), 'dates', 'RFC 5280 5.1.2.4', 'other dates than expected'],
    [found.nextUpdate <= found.thisUpdate, 'dates-order', 'RFC 5280 5.1.2.5', 'nextUpdate is not after thisUpdate'],
    [found.thisUpdate < issuer.notBefore || found.thisUpdate > issuer.notAfter, 'dates-issuer', 'RFC 5280 5.1.2.4', 'outside the validity of the CA certificate'],
    [found.authorityKeyId !== issuer.keyId, 'authority-key-id', 'RFC 5280 5.2.1', 'authorityKeyIdentifier is not the key identifier of the CA certificate'],
    [found.number !== expected.number, 'number', 'RFC 5280 5.2.3', 'another cRLNumber than reserved'],
    [found.number < 1n || found.number >= 1n << 159n, 'number-range', 'RFC 5280 5.2.3', 'cRLNumber is positive and has at most 20 octets'],
    [Buffer.compare(found.distributionPoint, expected.distributionPoint) !== 0, 'distribution-point', 'RFC 5280 5.2.5', 'another distribution point than the certificates name'],
    [!found.onlyContainsUserCerts, 'distribution-scope', 'RFC 5280 5.2.5', 'onlyContainsUserCerts is not set'],
  ]
  return wrong.filter(([is]) => is).map(([, code, section, text]) => finding(code, section, text))
}

function entryFindings(found: CrlContent, expected: CrlInput): Finding[] {
  const wanted = expected.entries[Symbol.iterator]()
  const seen = new Set<string>()
  let [differs, late, repeated, zero] = [false, false, false, false]
  for (const entry of found.entries()) {
    const next = wanted.next()
    differs ||= next.done === true || entry.serial !== next.value.serial.toUpperCase() || entry.revokedAt !== wholeSecond(next.value.revokedAt) || entry.reason !== (next.value.reason === 0 ? null : next.value.reason)
    late ||= entry.revokedAt >= found.nextUpdate
    zero ||= entry.serial === '00'
    seen.add(entry.serial)
  }
  repeated = seen.size !== found.entryCount
  differs ||= wanted.next().done !== true
  const wrong: [boolean, string, string, string][] = [
    [differs, 'entries', 'RFC 5280 5.1.2.6', 'the entries are not the expected ones'],
    [repeated, 'entry-repeated', 'RFC 5280 5.1.2.6', 'a serial number is listed twice'],
    [zero, 'entry-serial', 'RFC 5280 4.1.2.2', 'a serial number is zero'],
    [late, 'entry-date', 'RFC 5280 5.1.2.6', 'a revocation after nextUpdate'],
  ]
  return wrong.filter(([is]) => is).map(([, code, section, text]) => finding(code, section, text))
}
