/**
 * Articles 3 and 22, act by act: apply, confirm, key onto the card, notify the agency, deliver. The issuing itself is no
 * mutation: the authority does it, woken by the notice.
 *
 * @law 公的個人認証法 第3条・第22条
 */
import { readCard } from '../../core/law/card/card.ts'
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import {
  applyForCertificate, confirmApplicant, deliverCertificate, notifyAgency, readCertificateApplication, readIssued, recordKeyOnCard, withdrawCertificateApplication, type CertificateApplication, type CertificateApplicationState,
} from '../../core/law/certificate/issuance.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act } from '../record/act.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { CardRef } from '../card/card.ts'
import { CertificateKindEnum, CertificateRef } from './certificate.ts'
import { askable, Node, nullIfRefused } from '../node.ts'
import { FourInformationInput, FourInformationRef, readItems } from '../person/person.ts'

export const CardCertificateKindEnum = enumOf<CardCertificateKind>('CardCertificateKind', 'Which certificate of the card.', { signature: '署名用電子証明書.', authentication: '利用者証明用電子証明書.' })

const ApplicationState = enumOf<CertificateApplicationState>('CertificateApplicationState', 'Where the application stands: the acts of Articles 3 and 22.', {
  APPLIED: '申請 (第2項).', CONFIRMED: '署名利用者確認・利用者証明利用者確認 (第3項).', KEY_ON_CARD: '鍵の記録 (第4項).', NOTIFIED: '機構への通知 (第5項).', RESERVED: 'The agency is issuing.', ISSUED: '発行 (第6項).', DELIVERED: '交付 (第7項).',
  REFUSED: 'The agency refused.', ABANDONED: 'Given up.',
})

const Confirmation = builder.objectRef<NonNullable<CertificateApplication['confirmation']>>('ApplicantConfirmation').implement({
  description: 'That an officer confirmed the applicant (署名利用者確認・利用者証明利用者確認).', fields: (t) => ({ at: t.expose('at', { type: 'DateTime', description: 'When.' }) }),
})

export const CertificateApplicationRef = builder.objectRef<CertificateApplication>('CertificateApplication').implement({
  description: 'An application for a certificate (発行申請). The municipality of residence and the agency may read it, and the person its own for a phone.', interfaces: [Node],
  fields: (t) => ({
    kind: t.expose('kind', { type: CertificateKindEnum, description: 'Which certificate.' }),
    state: t.expose('state', { type: ApplicationState, description: 'Where it stands.' }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: '住所地市町村.' }),
    appliedOn: t.expose('appliedOn', { type: 'Date', description: '申請日.' }),
    items: t.expose('items', { type: FourInformationRef, description: 'The four items as the applicant wrote them.' }),
    lapseOfPresent: t.exposeBoolean('lapseOfPresent', { description: 'Whether the lapse of the present certificate was asked for with the new one.' }),
    confirmation: t.expose('confirmation', { type: Confirmation, nullable: true, description: 'The confirmation of the applicant.' }),
    publicKey: t.expose('publicKey', { type: 'Bytes', nullable: true, description: 'The public key on the card, SubjectPublicKeyInfo, DER.' }),
    device: t.string({ nullable: true, description: 'The phone, where it is for one (移動端末設備).', resolve: ({ smartphone }) => smartphone?.device ?? null }),
    refusedFor: t.exposeString('refusedFor', { nullable: true, description: 'Code of the refusal, where the agency refused.' }),
    card: t.field({ type: CardRef, nullable: true, description: 'The card it is for, where the actor may read it.', resolve: (a, _, { world, actor }) => nullIfRefused(readCard(world, actor, a.card)) }),
    certificate: t.field({ type: CertificateRef, nullable: true, description: 'The certificate, once issued: for the terminal that writes it onto the card, or for the phone.', resolve: (a, _, { world, actor }) => nullIfRefused(readIssued(world, actor, a.id)) }),
  }),
})
askable('certificateApplication', CertificateApplicationRef, { citizen: ['me'], municipal: ['certificate'], agency: ['certificate'] }, 'An application for a certificate.', ({ world, actor }, id) => readCertificateApplication(world, actor, id))

// ---------------------------------------------------------------- acts

const municipal: Audience = { municipal: ['certificate'] }
const ofApplication = { application: ['certificateApplication', 'The application.'] } as const

act('applyForCertificate', {
  description: 'Enters the form that a resident handed in at the municipality of residence (発行申請). 公的個人認証法 第3条第2項・第22条第2項.', who: municipal, success: CertificateApplicationRef,
  ids: { card: ['card', 'The card, in use.'] },
  fields: (t) => ({
    kind: t.field({ type: CardCertificateKindEnum, description: 'Which certificate.' }),
    items: t.field({ type: FourInformationInput, description: 'The four items as written on the form.' }),
    lapseOfPresent: t.boolean({ required: false, defaultValue: false, description: 'Whether the applicant asks for the lapse of the present certificate (規則 第13条・第49条).' }),
  }),
  run: async ({ world, actor }, input) => {
    const items = readItems(input.items)
    return isRefusal(items) ? items : applyForCertificate(world, actor, { ...input, items, lapseOfPresent: input.lapseOfPresent ?? false })
  },
})
act('confirmApplicant', {
  description: 'The officer confirms the applicant against the register (署名利用者確認・利用者証明利用者確認). 第3条第3項・第22条第3項.', who: municipal, success: CertificateApplicationRef, ids: ofApplication,
  run: ({ world, actor }, input) => confirmApplicant(world, actor, input),
})
act('withdrawCertificateApplication', {
  description: 'Takes an application back (取下げ), or closes one that cannot be confirmed; until the agency is notified.', who: municipal, success: CertificateApplicationRef, ids: ofApplication,
  run: ({ world, actor }, input) => withdrawCertificateApplication(world, actor, input),
})
act('recordKeyOnCard', {
  description: 'Records the key pair that the chip made, by the chip’s own statement. 第3条第4項・第22条第4項.', who: municipal, success: CertificateApplicationRef, ids: ofApplication,
  fields: (t) => ({ attestation: t.field({ type: 'Bytes', description: 'The chip’s statement, as it came out of the chip.' }) }),
  run: ({ world, actor }, input) => recordKeyOnCard(world, actor, input),
})
act('notifyAgency', {
  description: 'Sends the notice to the agency (機構への通知), which then issues. 第3条第5項・第22条第5項.', who: municipal, success: CertificateApplicationRef, ids: ofApplication,
  run: ({ world, actor }, input) => notifyAgency(world, actor, input),
})
act('deliverCertificate', {
  description: 'Records that the certificate was written onto the card and given to the applicant (交付). 第3条第7項・第22条第7項.', who: municipal, success: CertificateApplicationRef, ids: ofApplication,
  run: ({ world, actor }, input) => deliverCertificate(world, actor, input),
})
