/**
 * The verdict on a signed document (CMS SignedData, CAdES-BES): a question, like the verdict on a signature.
 *
 * @law 公的個人認証法 第19条
 */
import { isRefusal } from '../../core/law/refusal.ts'
import { verifyDocument, type DocumentInput, type DocumentVerdict } from '../../core/law/certificate/document.ts'
import { orRefused } from '../record/act.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { HashEnum, VerdictRef, told } from './signature.ts'

const FormEnum = enumOf<DocumentInput['form']>('DocumentForm', 'What is demanded of the form.', {
  'cades-bes': 'CAdES-BES: the signature must name its certificate (RFC 5126 4.3.1).', cms: 'SignedData of any kind; a named certificate is checked where there is one.',
})

const SignerVerdictRef = builder.objectRef<DocumentVerdict['signers'][number]>('SignerVerdict').implement({
  description: 'The verdict on one signer.',
  fields: (t) => ({
    verdict: t.expose('verdict', { type: VerdictRef, description: 'Every check.' }),
    claimedAt: t.expose('claimedAt', { type: 'DateTime', nullable: true, description: 'When the signer says to have signed (signingTime). Proves nothing.' }),
  }),
})
const DocumentVerdictRef = builder.objectRef<DocumentVerdict>('DocumentVerdict').implement({
  description: 'The verdict on a document: valid only if somebody signed it and every signer’s verdict is valid.',
  fields: (t) => ({
    valid: t.exposeBoolean('valid', { description: 'Whether it is.' }),
    malformed: t.exposeString('malformed', { nullable: true, description: 'Why it could not be read; null where it could.' }),
    signers: t.expose('signers', { type: [SignerVerdictRef], description: 'One verdict per signer.' }),
  }),
})

const DigestInput = builder.inputType('DigestInput', {
  description: 'A digest made by you, of content that stays with you.',
  fields: (t) => ({ hash: t.field({ type: HashEnum, description: 'With what: the algorithm that the signature names.' }), value: t.field({ type: 'Bytes', description: 'The digest.' }) }),
})
const VerifyDocumentInput = builder.inputType('VerifyDocumentInput', {
  description: 'A signed document. Where the content is not inside, give it or its digest, not both.',
  fields: (t) => ({
    signedData: t.field({ type: 'Bytes', description: 'SignedData, DER.' }),
    form: t.field({ type: FormEnum, required: false, defaultValue: 'cades-bes', description: 'What is demanded of the form.' }),
    content: t.field({ type: 'Bytes', required: false, description: 'The content, where it is detached.' }),
    digest: t.field({ type: DigestInput, required: false, description: 'Its digest instead.' }),
    certificate: t.field({ type: 'Bytes', required: false, description: 'The signer’s certificate, where the message carries none. Never an anchor.' }),
    at: t.field({ type: 'DateTime', required: false, description: 'The instant to judge period and lapse for; now where absent. Not in the future.' }),
  }),
})

builder.queryField('verifyDocument', (t) => t.field({
  type: orRefused('VerifyDocumentPayload', DocumentVerdictRef), extensions: audience({ partner: ['verify'] }),
  description: 'A partner in standing (署名検証者) asks for the verdict on a signed document. 公的個人認証法 第19条.', args: { input: t.arg({ type: VerifyDocumentInput, description: 'What to judge.' }) },
  resolve: async (_, { input }, context) => {
    const judged = await verifyDocument(context.world, context.actor, {
      signedData: input.signedData, form: input.form ?? 'cades-bes', content: input.content ?? null, digest: input.digest ?? null, certificate: input.certificate ?? null, at: input.at ?? null,
    })
    if (!isRefusal(judged)) for (const { verdict } of judged.signers) await told(context, verdict)
    return judged
  },
}))
