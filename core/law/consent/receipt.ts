/**
 * The receipt of a consent: what was agreed, in the shape of ISO/IEC TS 27560 (consent record information structure),
 * with everything needed to check it without the gateway. The holder's receipt carries the signing certificate; that
 * certificate bears all four items, so a partner's carries its public key and its number instead.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { parseCertificate } from '../../pki/parse.ts'
import { canonicalJson } from '../act.ts'
import type { Actor } from '../actor.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { readConsent, type Consent, type Purpose } from './consent.ts'
import { toHex, type ConsentId } from '../ids.ts'
import type { Partner } from '../partner/partner.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { toRfc3339 } from '../time.ts'
import type { Uses } from '../world.ts'

/** Canonical JSON, for the person whose consent it is and the partner it was given to. */
export async function readReceipt(world: Uses<'consents' | 'partners' | 'certificates'>, actor: Actor, id: ConsentId): Promise<Result<string>> {
  const consent = await readConsent(world, actor, id)
  if (isRefusal(consent)) return consent
  const purpose = await world.consents.loadPurpose(consent.purpose)
  const partner = await world.partners.load(consent.partner)
  const certificate = await world.certificates.load(consent.certificate)
  if (purpose === null || partner === null || certificate === null) return refuse('NOT_FOUND')
  return receiptText(consent, purpose, partner, certificate, actor.kind === 'citizen')
}

export function receiptText(consent: Consent, purpose: Purpose, partner: Partner, certificate: CertificateRecord, forHolder: boolean): string {
  return canonicalJson({
    recordMetadata: { schema: 'Mynagate consent receipt v1 (ISO/IEC TS 27560:2023)', recordId: consent.id, recordTimestamp: toRfc3339(consent.givenAt), lawfulBasis: '公的個人認証法 第18条第3項・施行規則 第35条の2' },
    piiProcessing: {
      purpose: { id: purpose.id, name: purpose.name, version: purpose.version, textJa: purpose.textJa, textEn: purpose.textEn },
      piiTypes: consent.items, from: toRfc3339(consent.from), until: toRfc3339(consent.until), limitedBy: consent.limitedBy, withdrawal: 'withdrawConsent',
    },
    parties: { recipient: { id: partner.id, name: partner.name, contact: partner.contact } },
    event: [
      { state: 'given', at: toRfc3339(consent.givenAt), method: 'signature' },
      ...(consent.withdrawnAt === null ? [] : [{ state: 'withdrawn', at: toRfc3339(consent.withdrawnAt) }]),
    ],
    /** `document` as UTF-8 was signed: RSASSA-PKCS1-v1_5 or ECDSA with SHA-256, by the key of the certificate. */
    proof: {
      document: consent.document, hash: 'SHA-256', signature: toHex(consent.signature),
      certificate: forHolder
        ? { issuerKeyId: certificate.issuer, serial: certificate.serial, der: toHex(certificate.der) }
        : { issuerKeyId: certificate.issuer, serial: certificate.serial, publicKey: toHex(parseCertificate(certificate.der).spki) },
    },
  })
}
