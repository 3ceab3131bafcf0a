/**
 * Consent: a purpose is registered, items are asked for under it, the person chooses and signs, and may withdraw at any
 * time. What is signed is a document that the gateway drafts and the person's device shows.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import {
  draftConsent, endPurpose, giveConsent, readConsent, readConsentRequest, registerPurpose, requestConsent, withdrawConsent, type Consent, type ConsentRequest, type ConsentState, type Limit, type Purpose,
} from '../../core/law/consent/consent.ts'
import { readReceipt } from '../../core/law/consent/receipt.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act, orRefused } from '../record/act.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import type { Context } from '../context.ts'
import { askable, globalId, Node, nullIfRefused } from '../node.ts'
import { PartnerRef, partnerOf } from '../partner/partner.ts'
import { AttributeNameEnum } from '../person/person.ts'

const RequestState = enumOf<ConsentRequest['state']>('ConsentRequestState', 'Whether the request can still be answered.', { OPEN: 'Not answered; see `expiresAt`.', ANSWERED: 'Answered: it is good for one consent.' })
const ConsentStateEnum = enumOf<ConsentState>('ConsentState', 'Where the consent stands; whether it is in force depends on its period too.', { IN_FORCE: 'Given and not withdrawn.', WITHDRAWN: '撤回済.', ENDED_WITH_PURPOSE: 'The partner ended the purpose.', ENDED_WITH_PARTNER: 'The partner has no standing any more.' })
const LimitEnum = enumOf<Limit>('ConsentLimit', 'Which limit decided the end of a consent.', { TEN_YEARS: '10年 (規則 第35条の2第4項).', PURPOSE: 'The end of the purpose.', CHOSEN: 'The day that the person chose.' })

export const PurposeRef = builder.objectRef<Purpose>('Purpose').implement({
  description: 'A purpose (利用目的). Its text never changes; another text is another version.',
  fields: (t) => ({
    id: t.id({ description: 'The purpose, this version.', resolve: (purpose) => globalId(purpose.id) }),
    name: t.exposeString('name', { description: 'Its name.' }),
    version: t.exposeInt('version', { description: 'Rises with each text of the same name.' }),
    textJa: t.exposeString('textJa', { description: 'What the person reads, Japanese.' }),
    textEn: t.exposeString('textEn', { description: 'What the person reads, English.' }),
    items: t.expose('items', { type: [AttributeNameEnum], description: 'What may be asked under it.' }),
    until: t.expose('until', { type: 'Date', nullable: true, description: 'Its last day.' }),
    registeredAt: t.expose('registeredAt', { type: 'DateTime', description: 'When it was registered.' }),
    endedAt: t.field({ type: 'DateTime', nullable: true, description: 'When the partner ended it.', resolve: (purpose) => purpose.endedAt ?? null }),
    consentsInForce: t.int({ nullable: true, description: 'How many consents would end with it. The partner’s own eyes only.', resolve: (purpose, _, { world, actor }) => (actor.kind === 'partner' && actor.partner === purpose.partner ? world.consents.inForceUnder(purpose.id) : null) }),
  }),
})

const DocumentRef = builder.objectRef<string>('ConsentDocument').implement({
  description: 'What the person signs.',
  fields: (t) => ({
    text: t.string({ description: 'Canonical JSON; its UTF-8 octets are what is signed.', resolve: (text) => text }),
    sha256: t.field({ type: 'Bytes', description: 'SHA-256 of those octets.', resolve: (text, _, { sha256 }) => sha256(text) }),
  }),
})

export const ConsentRequestRef = builder.objectRef<ConsentRequest>('ConsentRequest').implement({
  description: 'A partner’s request for consent. Nothing in it is about a person: whoever is logged in and holds the link may read it.', interfaces: [Node],
  fields: (t) => ({
    partner: t.field({ type: PartnerRef, nullable: true, description: 'Who asks.', resolve: (r, _, context) => partnerOf(context, r.partner) }),
    purpose: t.field({ type: PurposeRef, nullable: true, description: 'For what.', resolve: (r, _, { world }) => world.consents.loadPurpose(r.purpose) }),
    required: t.expose('required', { type: [AttributeNameEnum], description: 'All or nothing.' }),
    optional: t.expose('optional', { type: [AttributeNameEnum], description: 'Each for itself, unticked.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Last instant of an answer.' }),
    state: t.expose('state', { type: RequestState, description: 'Whether it can still be answered.' }),
    document: t.field({
      type: orRefused('ConsentDocumentPayload', DocumentRef), description: 'What a person who chooses so has to sign.',
      args: { items: t.arg({ type: [AttributeNameEnum], description: 'The chosen items.' }), chosenUntil: t.arg({ type: 'Date', required: false, description: 'The last day, where the person chose one.' }) },
      resolve: (r, args, { world, actor }) => draftConsent(world, actor, { request: r.id, items: args.items, chosenUntil: args.chosenUntil ?? null }),
    }),
  }),
})

const readRequest = async ({ world, actor }: Context, id: ConsentRequest['id']) => {
  const found = await readConsentRequest(world, actor, id)
  return isRefusal(found) ? found : found.request
}
askable('consentRequest', ConsentRequestRef, { citizen: ['me'], partner: ['consent'] }, 'A request for consent.', readRequest)

export const ConsentRef = builder.objectRef<Consent>('Consent').implement({
  description: 'A consent (同意) as given and signed. The person and the partner may read it.', interfaces: [Node],
  fields: (t) => ({
    partner: t.field({ type: PartnerRef, nullable: true, description: 'To whom.', resolve: (c, _, context) => partnerOf(context, c.partner) }),
    purpose: t.field({ type: PurposeRef, nullable: true, description: 'For what.', resolve: (c, _, { world }) => world.consents.loadPurpose(c.purpose) }),
    request: t.id({ description: 'The request it answers.', resolve: (c) => globalId(c.request) }),
    items: t.expose('items', { type: [AttributeNameEnum], description: 'Which items.' }),
    givenAt: t.expose('givenAt', { type: 'DateTime', description: 'When it was given.' }),
    from: t.expose('from', { type: 'DateTime', description: 'First instant in force.' }),
    until: t.expose('until', { type: 'DateTime', description: 'Last instant in force.' }),
    limitedBy: t.expose('limitedBy', { type: LimitEnum, description: 'Which limit decided the end.' }),
    state: t.expose('state', { type: ConsentStateEnum, description: 'Where it stands.' }),
    withdrawnAt: t.expose('withdrawnAt', { type: 'DateTime', nullable: true, description: 'When it was withdrawn or ended.' }),
    receipt: t.string({
      nullable: true, description: 'The receipt, JSON in the shape of ISO/IEC TS 27560: what was agreed, the signed document, the signature and what verifies it. The person’s holds the signing certificate; the partner’s its public key, because the certificate bears all four items.',
      resolve: (c, _, { world, actor }) => nullIfRefused(readReceipt(world, actor, c.id)),
    }),
  }),
})
askable('consent', ConsentRef, { citizen: ['me'], partner: ['consent'] }, 'A consent.', ({ world, actor }, id) => readConsent(world, actor, id))

// ---------------------------------------------------------------- acts

const partner: Audience = { partner: ['consent'] }

act('registerPurpose', {
  description: 'A partner registers a purpose (利用目的), once and for all; the same name again makes a new version.', who: partner, success: PurposeRef,
  fields: (t) => ({
    name: t.field({ type: 'Text', description: 'Its name.' }),
    textJa: t.field({ type: 'LongText', description: 'What the person reads, Japanese.' }),
    textEn: t.field({ type: 'LongText', description: 'What the person reads, English.' }),
    items: t.field({ type: [AttributeNameEnum], description: 'What may be asked under it.' }),
    until: t.field({ type: 'Date', required: false, description: 'Its last day, where it ends.' }),
  }),
  run: ({ world, actor }, input) => registerPurpose(world, actor, { ...input, until: input.until ?? null }),
})
act('endPurpose', {
  description: 'A partner ends a purpose, and with it every consent under it. Ask `consentsInForce` first and hand the number in: where another one would end, nothing does.', who: partner, success: PurposeRef, ids: { purpose: ['purpose', 'The purpose.'] },
  fields: (t) => ({ consents: t.int({ description: 'The number of consents that was shown.' }) }), run: ({ world, actor }, input) => endPurpose(world, actor, input),
})
act('requestConsent', {
  description: 'A partner asks a person it does not name for consent; the id of the request is the link. Good for one answer within 24 hours.', who: partner, success: ConsentRequestRef, ids: { purpose: ['purpose', 'The purpose.'] },
  fields: (t) => ({
    required: t.field({ type: [AttributeNameEnum], description: 'Without these, no consent.' }),
    optional: t.field({ type: [AttributeNameEnum], description: 'Each for itself.' }),
  }),
  run: ({ world, actor }, input) => requestConsent(world, actor, input),
})
act('giveConsent', {
  description: 'The person consents: the signature over the document is the consent. 公的個人認証法 第18条第3項.', who: { citizen: ['me'] }, success: ConsentRef, ids: { request: ['consentRequest', 'The request.'] },
  fields: (t) => ({
    items: t.field({ type: [AttributeNameEnum], description: 'The chosen items, as in the signed document.' }),
    chosenUntil: t.field({ type: 'Date', required: false, description: 'The last day, as in the signed document.' }),
    certificate: t.field({ type: 'Bytes', description: '署名用電子証明書, DER.' }),
    signature: t.field({ type: 'Bytes', description: 'The signature over the document.' }),
  }),
  run: ({ world, actor, sha256 }, input) => giveConsent(world, actor, { ...input, chosenUntil: input.chosenUntil ?? null }, sha256),
})
act('withdrawConsent', {
  description: 'Withdraws a consent (撤回), from either side, at any time; effective for the next release. 規則 第35条の2第5項.', who: { citizen: ['me'], partner: ['consent'] }, success: ConsentRef, ids: { consent: ['consent', 'The consent.'] },
  run: ({ world, actor }, input) => withdrawConsent(world, actor, input),
})
