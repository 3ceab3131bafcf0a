/**
 * The verdict on a signature. A question, not an act: it changes nothing, so it needs no idempotency key, may be asked
 * again, and several may be asked at once in one document.
 *
 * @law 公的個人認証法 第19条
 */
import type { StatusAnswer } from '../core/law/status.ts'
import { verifySignature, type Check, type Signed, type Verdict } from '../core/law/verification.ts'
import { orRefused } from './act.ts'
import { audience } from './audience.ts'
import { builder, enumOf } from './builder.ts'

const CheckNameEnum = enumOf<Check['name']>('CheckName', 'The checks of a verdict: all of them are made, none is left out.', {
  form: 'It is a certificate that can be read.', anchor: 'It was issued by a certification authority that the gateway trusts.', certificateSignature: 'The authority signed it.', validity: 'It is within its period.',
  keyUsage: 'Its key may be used so.', basicConstraints: 'It is not an authority itself.', criticalExtensions: 'No critical extension is unknown.', policy: 'It was issued under the policy of its kind.',
  revocation: 'It has not lapsed.', signature: 'The signature was made over this content with its key.',
})
const StatusEnum = enumOf<StatusAnswer['status']>('CertificateStatus', 'What the register says of a certificate (RFC 6960 2.2).', { good: 'It has not lapsed.', revoked: 'It has lapsed or is on hold.', unknown: 'It was never issued.' })
const MethodEnum = enumOf<NonNullable<Verdict['status']>['method']>('StatusMethod', 'How the status was had.', { REGISTER: 'From the register of the issuer itself.' })
const HashEnum = enumOf<Signed['hash']>('HashAlgorithm', 'The digest of the content.', { sha256: 'SHA-256.', sha384: 'SHA-384.', sha512: 'SHA-512.' })

const CheckRef = builder.objectRef<Check>('Check').implement({
  description: 'One check.',
  fields: (t) => ({
    name: t.expose('name', { type: CheckNameEnum, description: 'Which.' }),
    section: t.exposeString('section', { description: 'The section or article that demands it.' }),
    passed: t.exposeBoolean('passed', { description: 'Whether it passed.' }),
    why: t.exposeString('why', { nullable: true, description: 'Why it failed.' }),
  }),
})

const StatusRef = builder.objectRef<NonNullable<Verdict['status']>>('StatusOfCertificate').implement({
  description: 'The status of the certificate, with method and time.',
  fields: (t) => ({
    status: t.field({ type: StatusEnum, description: 'The status.', resolve: ({ answer }) => answer.status }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, description: 'When the lapse was recorded.', resolve: ({ answer }) => (answer.status === 'revoked' ? answer.at : null) }),
    reason: t.int({ nullable: true, description: 'CRLReason (RFC 5280 5.3.1).', resolve: ({ answer }) => (answer.status === 'revoked' ? answer.reason : null) }),
    method: t.expose('method', { type: MethodEnum, description: 'How it was had.' }),
    asOf: t.expose('asOf', { type: 'DateTime', description: 'As of when.' }),
  }),
})

const VerdictRef = builder.objectRef<Verdict>('Verdict').implement({
  description: 'The verdict on a signature: valid only if every check passed.',
  fields: (t) => ({
    valid: t.exposeBoolean('valid', { description: 'Whether every check passed.' }),
    checks: t.expose('checks', { type: [CheckRef], description: 'All checks, in order.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When the verdict was made.' }),
    status: t.expose('status', { type: StatusRef, nullable: true, description: 'The status of the certificate; null where no trusted authority issued it.' }),
    serial: t.string({ nullable: true, description: '発行の番号 of the certificate that was read.', resolve: ({ certificate }) => certificate?.serial ?? null }),
  }),
})

const VerifySignatureInput = builder.inputType('VerifySignatureInput', {
  description: 'What was signed, with what, by whom.',
  fields: (t) => ({
    certificate: t.field({ type: 'Bytes', description: '署名用電子証明書, DER.' }),
    hash: t.field({ type: HashEnum, description: 'The digest of the content.' }),
    digest: t.field({ type: 'Bytes', description: 'The digest itself: the content stays with you.' }),
    signature: t.field({ type: 'Bytes', description: 'The signature.' }),
  }),
})

builder.queryField('verifySignature', (t) => t.field({
  type: orRefused('VerifySignaturePayload', VerdictRef), extensions: audience({ partner: ['verify'] }),
  description: 'A partner in standing (署名検証者) asks for the verdict on a signature. 公的個人認証法 第19条.', args: { input: t.arg({ type: VerifySignatureInput, description: 'What to judge.' }) },
  resolve: (_, { input }, { world, actor }) => verifySignature(world, actor, input),
}))
