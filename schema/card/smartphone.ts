/**
 * Certificates in phones (移動端末設備用電子証明書): the holder applies with the card, the device proves its key, the agency
 * issues. The application can be read as any other, and the certificate through it.
 *
 * @law 公的個人認証法 第16条の2–第16条の15・第35条の2–第35条の15
 */
import type { SmartphoneCertificateKind } from '../../core/law/certificate/certificate.ts'
import { applyForSmartphone, registerSmartphoneKey, smartphoneDocument, smartphoneKeyStatement, withdrawSmartphoneApplication } from '../../core/law/card/smartphone.ts'
import { isRefusal, refuse, type Result } from '../../core/law/refusal.ts'
import { act, orRefused } from '../record/act.ts'
import { ownReading } from '../assurance.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import type { Context } from '../context.ts'
import { CertificateApplicationRef } from '../certificate/issuance.ts'
import { localId } from '../node.ts'

const holder: Audience = { citizen: ['me'] }
const KindEnum = enumOf<SmartphoneCertificateKind>('SmartphoneCertificateKind', 'Which certificate of the phone.', { 'smartphone-signature': '移動端末設備用署名用電子証明書.', 'smartphone-authentication': '移動端末設備用利用者証明用電子証明書.' })

const ToSign = builder.objectRef<{ readonly text: string }>('TextToSign').implement({
  description: 'A text to be signed as it stands: SHA-256 of its UTF-8 goes into the signature.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The text; show it.' }),
    digest: t.field({ type: 'Bytes', description: 'Its SHA-256.', resolve: ({ text }, _, { sha256 }) => sha256(text) }),
  }),
})
const toSign = async (made: Promise<Result<string>>): Promise<Result<{ readonly text: string }>> => {
  const text = await made
  return isRefusal(text) ? text : { text }
}

builder.queryField('smartphoneApplicationText', (t) => t.field({
  type: orRefused('SmartphoneApplicationTextPayload', ToSign), extensions: { ...audience(holder), ...ownReading },
  description: 'What the card signs to apply for a certificate in a phone: the four items and the number of the card’s signing certificate. Good today. 施行令 第7条の2.',
  args: { kind: t.arg({ type: KindEnum, description: 'Which certificate.' }), device: t.arg({ type: 'Text', description: 'The phone’s name for itself: 8–64 visible ASCII characters, the same for both certificates.' }) },
  resolve: (_, input, { world, actor }) => toSign(smartphoneDocument(world, actor, input)),
}))

builder.queryField('smartphoneKeyText', (t) => t.field({
  type: orRefused('SmartphoneKeyTextPayload', ToSign), extensions: audience(holder), description: 'What the phone’s new key signs to prove that the phone holds it.',
  args: { application: t.arg.id({ description: 'The application.' }), publicKey: t.arg({ type: 'Bytes', description: 'SubjectPublicKeyInfo, DER.' }) },
  resolve: (_, { application, publicKey }, { world, actor }: Context) => {
    const id = localId('certificateApplication', application)
    return id === null ? refuse('NOT_FOUND') : toSign(smartphoneKeyStatement(world, actor, { application: id, publicKey }))
  },
}))

act('applyForSmartphoneCertificate', {
  description: 'The holder of a card applies for a certificate in a phone, signed with the card’s signing key. 公的個人認証法 第16条の2・第35条の2.', who: holder, success: CertificateApplicationRef,
  fields: (t) => ({
    kind: t.field({ type: KindEnum, description: 'Which certificate.' }),
    device: t.field({ type: 'Text', description: 'The phone’s name for itself: 8–64 visible ASCII characters.' }),
    signature: t.field({ type: 'Bytes', description: 'By the card, over `smartphoneApplicationText`.' }),
  }),
  run: ({ world, actor, sha256 }, input) => applyForSmartphone(world, actor, input, sha256),
})
const ofApplication = { application: ['certificateApplication', 'The application.'] } as const
act('registerSmartphoneKey', {
  description: 'The phone’s public key with the proof that the phone holds the private one; the agency then issues, and a certificate in another phone ends. 第16条の2・第35条の2.', who: holder, success: CertificateApplicationRef, ids: ofApplication,
  fields: (t) => ({
    publicKey: t.field({ type: 'Bytes', description: 'SubjectPublicKeyInfo, DER.' }),
    proof: t.field({ type: 'Bytes', description: 'By the new key, over `smartphoneKeyText`: RSASSA-PKCS1-v1_5 or ECDSA in DER, with SHA-256.' }),
  }),
  run: ({ world, actor, sha256 }, input) => registerSmartphoneKey(world, actor, input, sha256),
})
act('withdrawSmartphoneApplication', {
  description: 'Takes an application for a phone back, until its key is there.', who: holder, success: CertificateApplicationRef, ids: ofApplication,
  run: ({ world, actor }, input) => withdrawSmartphoneApplication(world, actor, input),
})
