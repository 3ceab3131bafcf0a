/**
 * What a verifier may ask about a certificate that it was shown: status with source and time, and the number of the
 * corresponding certificate.
 *
 * @law 公的個人認証法 第18条・第37条
 */
import { certificateStatus, correspondingCertificate, type Corresponding, type StatusReport } from '../../core/law/certificate/linking.ts'
import { orRefused } from '../record/act.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { CertificateKindEnum } from './certificate.ts'
import { MethodEnum, StatusEnum } from './signature.ts'

const FreshnessEnum = enumOf<StatusReport['freshness']>('StatusFreshness', 'How old the source is.', {
  CURRENT: 'Within its time.', STALE: 'Past its nextUpdate: the status is UNKNOWN, whatever it said.', NONE: 'There is no source: no authority that the gateway trusts issued it, or nothing was published.',
})
const StatusReportRef = builder.objectRef<StatusReport>('StatusReport').implement({
  description: 'The status of a certificate. Whoever cannot tell must not go on: only GOOD with CURRENT is good.',
  fields: (t) => ({
    status: t.field({ type: StatusEnum, description: 'The status.', resolve: ({ answer }) => answer.status }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, description: 'When the lapse was recorded.', resolve: ({ answer }) => (answer.status === 'revoked' ? answer.at : null) }),
    reason: t.int({ nullable: true, description: 'CRLReason (RFC 5280 5.3.1).', resolve: ({ answer }) => (answer.status === 'revoked' ? answer.reason : null) }),
    method: t.expose('method', { type: MethodEnum, description: 'How it was had.' }),
    sourceTime: t.expose('sourceTime', { type: 'DateTime', nullable: true, description: 'When the source was made.' }),
    nextUpdate: t.expose('nextUpdate', { type: 'DateTime', nullable: true, description: 'When the source will have been replaced; null where it is read anew each time.' }),
    freshness: t.expose('freshness', { type: FreshnessEnum, description: 'How old the source is.' }),
  }),
})

builder.queryField('certificateStatus', (t) => t.field({
  type: orRefused('CertificateStatusPayload', StatusReportRef), extensions: audience({ partner: ['verify'] }),
  description: 'The status of a certificate that the partner was shown: for signing certificates a 署名検証者 may ask, for authentication certificates a 利用者証明検証者. 公的個人認証法 第18条第1項・第37条第1項.',
  args: {
    certificate: t.arg({ type: 'Bytes', description: 'The certificate, DER. A number alone is not enough.' }),
    method: t.arg({ type: MethodEnum, required: false, defaultValue: 'REGISTER', description: 'From where.' }),
  },
  resolve: (_, { certificate, method }, { world, actor }) => certificateStatus(world, actor, { certificate, method: method ?? 'REGISTER' }),
}))

const CorrespondingRef = builder.objectRef<Corresponding>('CorrespondingCertificate').implement({
  description: 'The number of the corresponding certificate (対応証明書の発行の番号), to be used for confirming that number and nothing else. Whether it has lapsed is not said: ask for its status.',
  fields: (t) => ({
    kind: t.expose('kind', { type: CertificateKindEnum, description: 'Which certificate.' }),
    issuer: t.expose('issuer', { type: 'KeyId', description: 'The generation of the certification authority that issued it.' }),
    serial: t.exposeString('serial', { description: '発行の番号.' }),
  }),
})

builder.queryField('correspondingCertificate', (t) => t.field({
  type: orRefused('CorrespondingCertificatePayload', CorrespondingRef), extensions: audience({ partner: ['verify'] }),
  description: 'The corresponding certificate, where its period has not ended: card-signing ↔ phone-signing (第18条第4項, 署名検証者), card-signing ↔ card-authentication (第18条第5項, both), card-authentication ↔ phone-authentication (第37条第3項, 利用者証明検証者).',
  args: { certificate: t.arg({ type: 'Bytes', description: 'The certificate that the partner was shown, DER.' }), kind: t.arg({ type: CertificateKindEnum, description: 'Which corresponding one.' }) },
  resolve: (_, { certificate, kind }, { world, actor }) => correspondingCertificate(world, actor, { certificate, kind }),
}))
