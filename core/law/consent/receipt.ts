/**
 * The receipt of a consent: what was agreed, in the shape of ISO/IEC TS 27560 (consent record information structure),
 * signed by the card and by the gateway, with everything needed to check it without the gateway. The gateway signs the
 * record; the holder's receipt adds the signing certificate, which the record binds by its hash; that certificate bears
 * all four items, so a partner's receipt goes without.
 *
 * A record is written down, then signed (seal.ts): one when the consent is given, one when it ends.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { parseCertificate } from '../../pki/parse.ts'
import { sha256Hex } from '../../pki/signer.ts'
import { canonicalJson } from '../act.ts'
import type { Actor } from '../actor.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { readConsent, type Consent, type Purpose } from './consent.ts'
import { toHex, type ConsentId } from '../ids.ts'
import type { Partner } from '../partner/partner.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { toRfc3339 } from '../time.ts'
import type { Uses } from '../world.ts'
import { eventOf, type Seal, type SealedEvent } from './seal.ts'

export type ReceiptWorld = Uses<'clock' | 'consents' | 'partners' | 'certificates' | 'seals' | 'residents' | 'representations' | 'settings'>

export interface Receipt { readonly text: string; /** Whether the gateway has signed it yet. */ readonly sealed: boolean }

/** Canonical JSON, for the person whose consent it is and the partner it was given to. Until the record of how it stands now is signed, `gateway` is null. */
export async function readReceipt(world: ReceiptWorld, actor: Actor, id: ConsentId): Promise<Result<Receipt>> {
  const consent = await readConsent(world, actor, id)
  if (isRefusal(consent)) return consent
  const seal = (await world.seals.of(id)).find((s) => s.event === eventOf(consent) && s.signature !== null) ?? null
  const record = seal?.record ?? (await recordFor(world, consent, eventOf(consent)))
  const certificate = await world.certificates.load(consent.certificate)
  if (record === null || certificate === null) return refuse('NOT_FOUND')
  // A representative's certificate is the representative's.
  return { text: receiptText(record, seal, actor.kind === 'citizen' && actor.person === consent.givenBy ? certificate.der : null), sealed: seal !== null }
}

export function receiptText(record: string, seal: Seal | null, certificate: Uint8Array | null): string {
  const gateway = seal?.signature == null ? null : { algorithm: 'ECDSA P-256 SHA-256', key: seal.key, signature: toHex(seal.signature) }
  return canonicalJson({ ...(certificate === null ? {} : { certificate: toHex(certificate) }), gateway, record: JSON.parse(record) as unknown })
}

/** The record of a consent as it stood then: the text that the gateway signs. Null where a part of it is gone. */
export async function recordFor(world: Uses<'consents' | 'partners' | 'certificates'>, consent: Consent, event: SealedEvent): Promise<string | null> {
  const purpose = await world.consents.loadPurpose(consent.purpose)
  const partner = await world.partners.load(consent.partner)
  const certificate = await world.certificates.load(consent.certificate)
  return purpose === null || partner === null || certificate === null ? null : recordText(event === 'given' ? { ...consent, withdrawnAt: null } : consent, purpose, partner, certificate)
}

export function recordText(consent: Consent, purpose: Purpose, partner: Partner, certificate: CertificateRecord): string {
  return canonicalJson({
    recordMetadata: { schema: 'Mynagate consent receipt v2 (ISO/IEC TS 27560:2023)', recordId: consent.id, recordTimestamp: toRfc3339(consent.givenAt), lawfulBasis: '公的個人認証法 第18条第3項・施行規則 第35条の2', grant: consent.grant },
    piiProcessing: {
      purpose: { id: purpose.id, name: purpose.name, version: purpose.version, textJa: purpose.textJa, textEn: purpose.textEn },
      piiTypes: consent.items, from: toRfc3339(consent.from), until: toRfc3339(consent.until), limitedBy: consent.limitedBy, frequency: consent.frequency, withdrawal: 'withdrawConsent',
    },
    parties: { recipient: { id: partner.id, name: partner.name, contact: partner.contact } },
    event: [
      { state: 'given', at: toRfc3339(consent.givenAt), method: consent.givenBy === consent.person ? 'signature' : 'signature of the legal representative' },
      ...(consent.withdrawnAt === null ? [] : [{ state: consent.state.toLowerCase().replaceAll('_', ' '), at: toRfc3339(consent.withdrawnAt) }]),
    ],
    /** `document` as UTF-8 was signed: RSASSA-PKCS1-v1_5 or ECDSA with SHA-256, by the key of the certificate. */
    proof: {
      document: consent.document, hash: 'SHA-256', signature: toHex(consent.signature),
      certificate: { issuerKeyId: certificate.issuer, serial: certificate.serial, publicKey: toHex(parseCertificate(certificate.der).spki), sha256: sha256Hex(certificate.der) },
    },
  })
}
