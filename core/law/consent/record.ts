/**
 * The record of a consent (consent record information structure): the text that the gateway signs, and that both sides
 * keep. Its sections and fields are those of the specification, under names of this API: who controls what, for which
 * purpose and on what ground, which items of which kind, where they are from, how long and where they are kept, who else
 * gets them, what the person's rights are and how it withdraws, in which jurisdiction; then the events, and the proof.
 *
 * ISO/IEC TS 27560:2023.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { canonicalJson } from '../act.ts'
import { sha256Hex } from '../../pki/signer.ts'
import type { CertificateMark } from '../certificate/certificate.ts'
import { toHex } from '../ids.ts'
import type { Partner } from '../partner/partner.ts'
import { toRfc3339 } from '../time.ts'
import type { Uses } from '../world.ts'
import type { Consent, ConsentRequest, Purpose } from './consent.ts'
import type { ConsentItem } from './item.ts'
import { noticeHash } from './notice.ts'
import type { SealedEvent } from './seal.ts'

export const schemaVersion = '3'

export interface RecordFacts {
  readonly consent: Consent
  readonly request: ConsentRequest
  readonly purpose: Purpose
  readonly partner: Partner
  /** The platform operator that the recipient acts through, where it does. */
  readonly platform: Partner | null
  readonly certificate: CertificateMark
}

/** The record of a consent as it stood then. Null where a part of it is gone. */
export async function recordFor(world: Uses<'consents' | 'partners' | 'certificates'>, consent: Consent, event: SealedEvent): Promise<string | null> {
  const [purpose, request, partner, certificate] = [await world.consents.loadPurpose(consent.purpose), await world.consents.loadRequest(consent.request), await world.partners.load(consent.partner), await world.certificates.markOf(consent.certificate)]
  if (purpose === null || request === null || partner === null || certificate === null) return null
  const through = partner.standings.find((s) => s.role === 'signature-verifier' && s.through !== null && (s.endedAt ?? null) === null)?.through ?? null
  const platform = through === null ? null : await world.partners.load(through)
  return recordText({ consent: event === 'given' ? { ...consent, withdrawnAt: null } : consent, request, purpose, partner, platform, certificate })
}

export function recordText({ consent, request, purpose, partner, platform, certificate }: RecordFacts): string {
  const { publicKey } = certificate
  const notice = (kind: 'keeping' | 'disclosure-request' | 'desk') => wordsOf(purpose.notices.find((n) => n.kind === kind)!)
  return canonicalJson({
    recordMetadata: {
      schema: 'Mynagate consent receipt v3 (ISO/IEC TS 27560:2023)', schemaVersion, recordId: consent.id, recordTimestamp: toRfc3339(consent.givenAt), grant: consent.grant, jurisdiction: 'JP', languages: ['ja', 'en'],
      // The person under a name that says nothing: the hash of the key that signed.
      piiPrincipalId: `sha256:${sha256Hex(publicKey)}`, piiController: partner.id,
    },
    piiProcessing: {
      privacyNotice: { sha256: noticeHash(purpose.notices), notices: purpose.notices },
      purpose: { id: purpose.id, name: purpose.name, version: purpose.version, textJa: purpose.textJa, textEn: purpose.textEn },
      purposeType: 'keeping a customer record up to date', lawfulBasis: { kind: 'consent', article: '公的個人認証法 第18条第3項・施行規則 第35条の2' },
      piiTypes: consent.items, piiInformation: consent.items.map((item) => ({ piiType: item, category: categories[item], optional: request.optional.includes(item), specialCategory: false })),
      collectionMethod: consent.givenBy === consent.person ? 'signing certificate of the person' : 'signing certificate or resident record of the person who is represented', processingMethod: 'supply over an interface, logged each time', from: toRfc3339(consent.from), until: toRfc3339(consent.until), limitedBy: consent.limitedBy, frequency: consent.frequency,
      retention: notice('keeping'), storage: [{ by: 'gateway', what: 'this record, and of each supply that it was made: no item', where: 'JP' }, { by: partner.id, what: 'the items supplied', where: 'as its notice says' }],
      withdrawal: 'withdrawConsent', withdrawalMethod: { acts: ['withdrawConsent', 'the page of the gateway', 'the client software'], effective: 'with the next request', desk: notice('desk') },
      rights: [{ right: 'withdrawal', how: 'withdrawConsent' }, { right: 'access to the log of supplies', how: 'me { accessLog }' }, { right: 'disclosure and correction', how: notice('disclosure-request') }, { right: 'complaint', how: '個人情報保護委員会' }],
      jurisdictions: ['JP'], recipientThirdParties: platform === null ? [] : [{ id: platform.id, name: platform.name, role: 'platform operator (プラットフォーム事業者)', mayKeep: false }],
    },
    parties: {
      controller: { id: partner.id, name: partner.name, nameEn: partner.nameEn, contact: partner.contact, role: 'controller' },
      recipient: { id: partner.id, name: partner.name, contact: partner.contact }, ...(platform === null ? {} : { processor: { id: platform.id, name: platform.name, contact: platform.contact } }),
      supplier: { name: '機構', role: 'supplies the items from its register' }, authority: { name: '個人情報保護委員会', role: 'supervises' },
    },
    event: [
      { state: 'given', at: toRfc3339(consent.givenAt), validUntil: toRfc3339(consent.until), by: consent.givenBy === consent.person ? 'principal' : 'legal representative', method: consent.givenBy === consent.person ? 'signature' : 'signature of the legal representative' },
      ...(consent.withdrawnAt === null ? [] : [{ state: consent.state.toLowerCase().replaceAll('_', ' '), at: toRfc3339(consent.withdrawnAt), ...(consent.withdrawnBy == null ? {} : { by: consent.withdrawnBy.toLowerCase().replaceAll('_', ' ') }) }]),
    ],
    /** `document` as UTF-8 was signed: RSASSA-PKCS1-v1_5 or ECDSA with SHA-256, by the key of the certificate. */
    proof: {
      document: consent.document, hash: 'SHA-256', signature: toHex(consent.signature),
      certificate: { issuerKeyId: certificate.issuer, serial: certificate.serial, publicKey: toHex(publicKey), sha256: certificate.sha256 },
    },
  })
}

const categories: Readonly<Record<ConsentItem, string>> = {
  name: 'identity (氏名)', address: 'contact (住所)', birthDate: 'identity (生年月日)', sex: 'identity (性別)', isAdult: 'answer derived from the date of birth', livesInMunicipality: 'answer derived from the address',
}

const wordsOf = ({ textJa, textEn, source }: Purpose['notices'][number]) => ({ ja: textJa, en: textEn, source })
