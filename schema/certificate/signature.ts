/**
 * The verdict on a signature. A question, not an act: it changes nothing, so it needs no idempotency key, may be asked
 * again, and several may be asked at once in one document.
 *
 * @law 公的個人認証法 第19条
 */
import type { StatusAnswer } from '../../core/law/certificate/status.ts'
import type { StatusMethod } from '../../core/law/certificate/linking.ts'
import { largestBatch, rawCertificate, verifySignature, verifySignatures, type Check, type Signed, type Verdict } from '../../core/law/certificate/verification.ts'
import { noteDone, verdictGrounds } from '../../core/law/partner/explain.ts'
import { isRefusal, type Refusal } from '../../core/law/refusal.ts'
import type { Context } from '../context.ts'
import { orRefused } from '../record/act.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { CertificateKindEnum } from './certificate.ts'

const CheckNameEnum = enumOf<Check['name']>('CheckName', 'The checks of a verdict: all of them are made, none is left out. The last four are those of signed documents.', {
  form: 'It is a certificate that can be read.', anchor: 'It was issued by a certification authority that the gateway trusts.', certificateSignature: 'The authority signed it.', validity: 'It is within its period.',
  keyUsage: 'Its key may be used so.', basicConstraints: 'It is not an authority itself.', criticalExtensions: 'No critical extension is unknown.', policy: 'It was issued under the policy of its kind.',
  revocation: 'It has not lapsed.', signature: 'The signature was made over this content with its key.',
  algorithm: 'The algorithms are accepted here (never SHA-1) and fit the key.', contentType: 'The type of the content is the one that was signed.', messageDigest: 'The content is the one that was signed (integrity).',
  signingCertificate: 'The signature names this certificate and no other (CAdES-BES).',
})
export const StatusEnum = enumOf<StatusAnswer['status']>('CertificateStatus', 'What the register says of a certificate (RFC 6960 2.2).', { good: 'It has not lapsed.', revoked: 'It has lapsed or is on hold.', unknown: 'It was never issued.' })
export const MethodEnum = enumOf<StatusMethod>('StatusMethod', 'How the status was had.', { REGISTER: 'From the register of the issuer itself.', LIST: 'From the list that the issuer published (失効情報ファイル).' })
export const HashEnum = enumOf<Signed['hash']>('HashAlgorithm', 'The digest of the content.', { sha256: 'SHA-256.', sha384: 'SHA-384.', sha512: 'SHA-512.' })

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
    asOf: t.expose('asOf', { type: 'DateTime', description: 'The instant it is the status of.' }),
    sourceTime: t.expose('sourceTime', { type: 'DateTime', description: 'When the register was read.' }),
  }),
})

/** Noted, so that it can be explained to the partner and to the person whose certificate it is. */
export async function told<T extends Verdict | Refusal>({ world, actor, requestId }: Context, verdict: T): Promise<T> {
  if (isRefusal(verdict)) return verdict
  const { checks, status, record } = verdict as Verdict
  await noteDone(world, actor, 'verification', record?.person ?? null, verdictGrounds(checks.find((c) => !c.passed)?.name ?? null, status?.answer.status ?? null, record?.id ?? null), requestId)
  return verdict
}

const PinEnum = enumOf<Verdict['pin']>('PinAct', 'What is known of the act of entering the PIN (第19条第2項).', { DEMANDED_BY_KEY: 'The certificate’s policy is for keys that sign only after the PIN.', NOT_SHOWN: 'Nothing.' })

/** Facts of the signer's certificate; the bytes only for verifiers in their own right. */
const SignerRef = builder.objectRef<Verdict>('SignerCertificate').implement({
  description: 'The certificate of the signer, as facts.',
  fields: (t) => ({
    serial: t.string({ description: '発行の番号.', resolve: ({ certificate }) => certificate!.serial }),
    kind: t.field({ type: CertificateKindEnum, nullable: true, description: 'Which certificate; null where the gateway did not issue it.', resolve: ({ record }) => record?.kind ?? null }),
    notBefore: t.field({ type: 'DateTime', description: 'First instant of its period.', resolve: ({ certificate }) => certificate!.notBefore as never }),
    notAfter: t.field({ type: 'DateTime', description: 'Last instant of its period.', resolve: ({ certificate }) => certificate!.notAfter as never }),
    policies: t.stringList({ description: 'OIDs of its policies.', resolve: ({ certificate }) => certificate!.known.certificatePolicies?.map((p) => p.policy) ?? [] }),
    der: t.field({ type: 'Bytes', nullable: true, description: 'The certificate itself: for a verifier in its own right that asks with the scope `certificate:raw`; null for all others.', resolve: (verdict, _, { world, actor }) => rawCertificate(world, actor, verdict) }),
  }),
})

export const VerdictRef = builder.objectRef<Verdict>('Verdict').implement({
  description: 'The verdict on a signature: valid only if every check passed.',
  fields: (t) => ({
    valid: t.exposeBoolean('valid', { description: 'Whether every check passed.' }),
    checks: t.expose('checks', { type: [CheckRef], description: 'All checks, in order.' }),
    at: t.expose('at', { type: 'DateTime', description: 'The instant it holds for: the one asked for, or when it was made. Period and lapse are judged as of then.' }),
    madeAt: t.expose('madeAt', { type: 'DateTime', description: 'When it was made.' }),
    pin: t.expose('pin', { type: PinEnum, description: 'What is known of the PIN.' }),
    signer: t.field({ type: SignerRef, nullable: true, description: 'The certificate that was read; null where none could be.', resolve: (verdict) => (verdict.certificate === null ? null : verdict) }),
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
    signature: t.field({ type: 'Bytes', description: 'The signature: RSASSA-PKCS1-v1_5, or ECDSA in DER.' }),
    at: t.field({ type: 'DateTime', required: false, description: 'The instant to judge period and lapse for; now where absent. Not in the future. That the signature is as old is for you to know.' }),
  }),
})

builder.queryField('verifySignature', (t) => t.field({
  type: orRefused('VerifySignaturePayload', VerdictRef), extensions: audience({ partner: ['verify'] }),
  description: 'A partner in standing (署名検証者) asks for the verdict on a signature. 公的個人認証法 第19条.', args: { input: t.arg({ type: VerifySignatureInput, description: 'What to judge.' }) },
  resolve: async (_, { input }, context) => told(context, await verifySignature(context.world, context.actor, input)),
}))

const VerdictsRef = builder.objectRef<readonly Verdict[]>('Verdicts').implement({
  description: 'A verdict for each signature, in the order in which they were asked.', fields: (t) => ({ verdicts: t.field({ type: [VerdictRef], description: 'The verdicts.', resolve: (verdicts) => verdicts }) }),
})
builder.queryField('verifySignatures', (t) => t.field({
  type: orRefused('VerifySignaturesPayload', VerdictsRef), extensions: audience({ partner: ['verify'] }),
  description: `The same for several signatures, at most ${largestBatch}, each judged by itself. 公的個人認証法 第19条.`, args: { inputs: t.arg({ type: [VerifySignatureInput], description: 'What to judge.' }) },
  resolve: async (_, { inputs }, context) => {
    const verdicts = await verifySignatures(context.world, context.actor, inputs)
    if (!isRefusal(verdicts)) for (const verdict of verdicts) await told(context, verdict)
    return verdicts
  },
}))
