/**
 * The certificates (署名用電子証明書・利用者証明用電子証明書): reading, and their lapse. The bytes go to the holder and to
 * officers only; a signing certificate bears the four items.
 *
 * @law 公的個人認証法 第7条・第9条–第15条・第26条・第28条–第34条
 */
import { readCertificate, type CertificateKind, type CertificateRecord, type CertificateState } from '../../core/law/certificate/certificate.ts'
import type { DecidedBy } from '../../core/law/card/validity.ts'
import { wareki } from '../../core/law/person/era.ts'
import { grounds, recordCaIncident, revoke, type CaIncident as Incident, type Ground, type Revocation } from '../../core/law/certificate/revocation.ts'
import { act } from '../record/act.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { askable, Node } from '../node.ts'

export const CertificateKindEnum = enumOf<CertificateKind>('CertificateKind', 'Which certificate.', {
  signature: '署名用電子証明書: bears the four items.', authentication: '利用者証明用電子証明書: bears none.', 'smartphone-signature': '移動端末設備用署名用電子証明書.', 'smartphone-authentication': '移動端末設備用利用者証明用電子証明書.',
})
const CertificateStateEnum = enumOf<CertificateState>('CertificateState', 'Where the certificate stands.', {
  RESERVED: 'Serial and bytes are fixed; not issued.', VALID: '有効.', HELD: '一時停止.', REVOKED: '失効.', EXPIRED: '有効期間満了.', ABANDONED: 'Given up before it was issued; on the list because a signature may exist.',
})
export const GroundEnum = enumOf<Ground>('RevocationGround', 'On what legal ground a certificate lapses (失効事由).', {
  'holder-request': '失効申請 (第9条・第28条)', 'key-leak': '漏えい等の届出 (第10条・第29条)', 'temporary-stop': '一時停止', 'record-changed': '異動等失効情報 (第12条・第31条)', 'record-error': '記録誤り (第13条・第32条)',
  'ca-incident': '発行者署名符号の漏えい等 (第14条・第33条)', 'card-lapsed': 'カードの失効 (規則 第17条・第53条)', superseded: '更新に伴う失効 (規則 第13条・第49条)', 'smartphone-replaced': '新たな移動端末設備への発行 (第16条の5・第35条の5)', 'parent-lapsed': 'カード用電子証明書の失効に伴う失効 (第16条の13・第35条の13)', 'discarded-before-delivery': '交付前破棄',
})

const LimitEnum = enumOf<DecidedBy['limit']>('ExpiryLimit', 'Which limit a last day is.', {
  'adult-card': '10回目の誕生日 of the card of an adult.', 'minor-card': '5回目の誕生日 of the card of a minor.', certificate: '5回目の誕生日 of a certificate.', 'early-renewal': '6回目の誕生日: renewed in its last three months.',
  'end-of-stay': '在留期間満了日.', 'end-of-card': 'カードの有効期間満了日.', 'end-of-authentication-certificate': '利用者証明用電子証明書の満了日, of a signing certificate.', 'end-of-card-certificate': 'カード用電子証明書の満了日, of one in a phone.',
})
export const ExpiryReasonRef = builder.objectRef<DecidedBy>('ExpiryReason').implement({
  description: 'What decided the last day (有効期間の満了する日), as the rules stood when it was fixed.',
  fields: (t) => ({
    limit: t.expose('limit', { type: LimitEnum, description: 'The earliest of the limits.' }),
    article: t.exposeString('article', { description: 'Its article; in brackets what stands in its place where the law is silent.' }),
  }),
})

export const RevocationRef = builder.objectRef<Revocation>('Revocation').implement({
  description: 'The lapse of a certificate (失効).',
  fields: (t) => ({
    ground: t.expose('ground', { type: GroundEnum, description: 'The legal ground.' }),
    article: t.string({ description: 'The article of the ground.', resolve: ({ ground }) => grounds[ground].article }),
    reason: t.exposeInt('reason', { description: 'CRLReason (RFC 5280 5.3.1) under which it is published.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When what caused it happened, as far as known.' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When it was recorded: the legal instant of the lapse.' }),
  }),
})

export const CertificateRef = builder.objectRef<CertificateRecord>('Certificate').implement({
  description: 'A certificate (電子証明書). The holder, the municipality that handed it over and the agency may read it.', interfaces: [Node],
  fields: (t) => ({
    kind: t.expose('kind', { type: CertificateKindEnum, description: 'Which certificate.' }),
    state: t.expose('state', { type: CertificateStateEnum, description: 'Where it stands.' }),
    issuer: t.expose('issuer', { type: 'KeyId', description: 'The generation of the certification authority that issued it.' }),
    serial: t.exposeString('serial', { description: '発行の番号: upper-case hex.' }),
    issuedAt: t.expose('issuedAt', { type: 'DateTime', description: '発行年月日.' }),
    expiresOn: t.expose('expiresOn', { type: 'Date', description: '有効期間の満了する日.' }),
    expiresOnWareki: t.string({ description: '有効期間の満了する日 in 和暦.', resolve: (record) => wareki(record.expiresOn) }),
    expiresBy: t.expose('expiresBy', { type: ExpiryReasonRef, nullable: true, description: 'What decided that day; null of one issued before this was kept.' }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true, description: 'When it was handed over.' }),
    device: t.string({ nullable: true, description: 'The phone it is in; null for one on a card.', resolve: ({ smartphone }) => smartphone?.device ?? null }),
    revocation: t.expose('revocation', { type: RevocationRef, nullable: true, description: 'Its lapse.' }),
    der: t.field({ type: 'Bytes', nullable: true, description: 'The certificate itself, DER; null until it is issued.', resolve: (record) => (record.der.length === 0 ? null : record.der) }),
  }),
})
askable('certificate', CertificateRef, { citizen: ['me'], municipal: ['certificate'], agency: ['certificate'] }, 'A certificate.', ({ world, actor }, id) => readCertificate(world, actor, id))

act('revokeCertificate', {
  description: 'Revokes a certificate (失効), or holds it: the holder its own; an officer one of the own municipality, or of any as the agency. Which ground who may state follows from the law.',
  who: { citizen: ['me'], municipal: ['certificate'], agency: ['certificate'] }, success: CertificateRef, ids: { certificate: ['certificate', 'The certificate.'] },
  fields: (t) => ({
    ground: t.field({ type: GroundEnum, description: 'The legal ground.' }),
    occurredAt: t.field({ type: 'DateTime', required: false, description: 'When what caused it happened; not in the future.' }),
  }),
  run: ({ world, actor }, input) => revoke(world, actor, { ...input, occurredAt: input.occurredAt ?? null }),
})

const CaIncident = builder.objectRef<{ readonly issuer: CertificateRecord['issuer']; readonly revoked: number }>('CaIncident').implement({
  description: 'An incident of a certification authority (発行者署名符号の漏えい等) as recorded.',
  fields: (t) => ({
    issuer: t.expose('issuer', { type: 'KeyId', description: 'The generation that is no longer trusted.' }),
    revoked: t.exposeInt('revoked', { description: 'How many certificates lapsed by this very request; 0 where it repeats an earlier one.' }),
  }),
})

const IncidentRef = builder.objectRef<Incident>('CaIncidentRecord').implement({
  description: 'An incident of a certification authority (発行者署名符号の漏えい等), as it is published.',
  fields: (t) => ({
    issuer: t.expose('issuer', { type: 'KeyId', description: 'The generation that is no longer trusted.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it happened, as far as known.' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When it was recorded: everything it had signed lapsed at this instant.' }),
  }),
})
builder.queryField('caIncidents', (t) => t.field({
  type: [IncidentRef], description: 'Every incident of a certification authority, oldest first. 公的個人認証法 第14条・第33条.', extensions: audience('everyone'), resolve: (_, _args, { world }) => world.revocations.incidents(),
}))

act('recordCaIncident', {
  description: 'The agency records that a key of a certification authority leaked, was lost or damaged: everything it signed lapses. 公的個人認証法 第14条・第33条.',
  who: { agency: ['certificate'] }, success: CaIncident,
  fields: (t) => ({
    issuer: t.field({ type: 'KeyId', description: 'The generation.' }),
    occurredAt: t.field({ type: 'DateTime', description: 'When it happened, as far as known.' }),
  }),
  run: ({ world, actor }, input) => recordCaIncident(world, actor, input),
})
