/**
 * Consent: a purpose is registered, items are asked for under it, the person chooses and signs, and may withdraw at any
 * time. What is signed is a document that the gateway drafts and the person's device shows.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import {
  draftConsent, giveConsent, readConsent, readConsentRequest, withdrawConsent, type Consent, type ConsentAction, type ConsentRequest, type ConsentState, type MinorsRule, type Purpose,
} from '../../core/law/consent/consent.ts'
import { endPurpose, registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import type { Frequency } from '../../core/law/consent/frequency.ts'
import type { Limit } from '../../core/law/consent/term.ts'
import type { PersonId } from '../../core/law/ids.ts'
import { readReceipt } from '../../core/law/consent/receipt.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { act, orRefused } from '../record/act.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf, outsideName } from '../builder.ts'
import type { Context } from '../context.ts'
import { NoticeInput, NoticeRef, noticesUnder } from './notice.ts'
import { suppliable } from '../../core/law/consent/notice.ts'
import { askable, globalId, localId, Node, nullIfRefused } from '../node.ts'
import { PartnerRef, partnerOf } from '../partner/partner.ts'
import { AttributeNameEnum } from '../person/person.ts'

const RequestState = enumOf<ConsentRequest['state']>('ConsentRequestState', 'Whether the request can still be answered.', { OPEN: 'Not answered; see `expiresAt`.', ANSWERED: 'Answered: it is good for one consent.' })
const ConsentStateEnum = enumOf<ConsentState>('ConsentState', 'Where the consent stands; whether it is in force depends on its period too.', { IN_FORCE: 'Given and not withdrawn.', WITHDRAWN: '撤回済.', ENDED_WITH_PURPOSE: 'The partner ended the purpose.', ENDED_WITH_PARTNER: 'The partner has no standing any more.', REPLACED: 'A later one of the same grant took its place.' })
export const LimitEnum = enumOf<Limit>('ConsentLimit', 'Which limit decided the end of a consent.', { TEN_YEARS: '10年 (規則 第35条の2第4項).', PURPOSE: 'The end of the purpose.', CHOSEN: 'The day that the person chose.', COMING_OF_AGE: 'The last day on which a legal representative consents for the person.' })
export const ActionEnum = enumOf<ConsentAction>('ConsentAction', 'What a request does to a consent that is there.', { CREATE: 'Nothing: it asks for a new one.', MERGE: 'Adds items to it.', REPLACE: 'Puts other items in its place.' })
const FrequencyEnum = enumOf<Frequency>('ConsentFrequency', 'How often the items may be given (頻度). Each item has one turn in each period; a release beyond it is refused.', {
  ONCE: 'One time.', ON_CHANGE: 'One time for each certificate that bears the items.', YEARLY: 'Once in each calendar year of Japan.', MONTHLY: 'Once in each calendar month of Japan.', DAILY: 'Once on each day of Japan.', PER_USE: 'Whenever the partner asks.',
})
const MinorsEnum = enumOf<MinorsRule>('MinorsRule', 'Whether a purpose takes minors.', { refused: 'Adults only.', 'from-15': 'From 15 on, who consent alone with the own card.', represented: 'Younger ones too: the legal representative (法定代理人) consents with the own card.' })

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
    minors: t.expose('minors', { type: MinorsEnum, description: 'Whether it takes minors.' }),
    notices: t.expose('notices', { type: [NoticeRef], description: 'What a person is told before consenting under it (重要事項): all fifteen, in order. Part of this version, and never changed.' }),
    registeredAt: t.expose('registeredAt', { type: 'DateTime', description: 'When it was registered.' }),
    endedAt: t.field({ type: 'DateTime', nullable: true, description: 'When the partner ended it.', resolve: (purpose) => purpose.endedAt ?? null }),
    consentsInForce: t.int({ nullable: true, description: 'How many consents would end with it. The partner’s own eyes only.', resolve: (purpose, _, { world, actor }) => (actor.kind === 'partner' && actor.partner === purpose.partner ? world.consents.inForceUnder(purpose.id) : null) }),
  }),
})

/** Null where none is named. */
export const personOf = (id: string | null | undefined): PersonId | null | 'unknown' => (id === null || id === undefined ? null : (localId('person', id) ?? 'unknown'))

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
    notices: t.field({ type: [NoticeRef], description: 'What the person is to be told before answering: those of the purpose.', resolve: (r, _, { world }) => noticesUnder(world, r.purpose) }),
    action: t.expose('action', { type: ActionEnum, description: 'Whether it extends a consent that is in force. Then only the person who gave that one can read it; `consentDelta` shows what would change.' }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', nullable: true, description: 'Which municipality LIVES_IN_MUNICIPALITY is about.' }),
    required: t.expose('required', { type: [AttributeNameEnum], description: 'All or nothing. Of a MERGE only what is new.' }),
    optional: t.expose('optional', { type: [AttributeNameEnum], description: 'Each for itself, unticked.' }),
    frequency: t.expose('frequency', { type: FrequencyEnum, description: 'How often the items may be given (頻度).' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Last instant of an answer.' }),
    state: t.expose('state', { type: RequestState, description: 'Whether it can still be answered.' }),
    document: t.field({
      type: orRefused('ConsentDocumentPayload', DocumentRef), description: 'What a person who chooses so has to sign.',
      args: { items: t.arg({ type: [AttributeNameEnum], description: 'The chosen items.' }), chosenUntil: t.arg({ type: 'Date', required: false, description: 'The last day, where the person chose one.' }), person: t.arg.id({ required: false, description: 'Whom the person who asks represents (法定代理人), where it consents for somebody else.' }) },
      resolve: (r, args, { world, actor }) => {
        const person = personOf(args.person)
        return person === 'unknown' ? refuse('NOT_FOUND', { field: 'person' }) : draftConsent(world, actor, { request: r.id, items: args.items, chosenUntil: args.chosenUntil ?? null, person })
      },
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
    grant: t.id({ description: 'The grant that it belongs to: the same for a consent and all that extend it.', resolve: (c) => globalId(c.grant) }),
    replaces: t.id({ nullable: true, description: 'The consent whose place it took.', resolve: (c) => (c.replaces === null ? null : globalId(c.replaces)) }),
    represented: t.boolean({ description: 'Whether a legal representative (法定代理人) consented for the person.', resolve: (c) => c.givenBy !== c.person }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', nullable: true, description: 'Which municipality LIVES_IN_MUNICIPALITY is about.' }),
    notices: t.field({ type: [NoticeRef], description: 'What the person was told; their hash stands in the signed document (`notices`), their text in the receipt.', resolve: (c, _, { world }) => noticesUnder(world, c.purpose) }),
    items: t.expose('items', { type: [AttributeNameEnum], description: 'Which items.' }),
    frequency: t.expose('frequency', { type: FrequencyEnum, description: 'How often they may be given (頻度), as agreed.' }),
    givenAt: t.expose('givenAt', { type: 'DateTime', description: 'When it was given.' }),
    from: t.expose('from', { type: 'DateTime', description: 'First instant in force.' }),
    until: t.expose('until', { type: 'DateTime', description: 'Last instant in force.' }),
    limitedBy: t.expose('limitedBy', { type: LimitEnum, description: 'Which limit decided the end.' }),
    state: t.expose('state', { type: ConsentStateEnum, description: 'Where it stands.' }),
    withdrawnAt: t.expose('withdrawnAt', { type: 'DateTime', nullable: true, description: 'When it was withdrawn or ended.' }),
    receipt: t.string({
      nullable: true, description: 'The receipt, JSON in the shape of ISO/IEC TS 27560: what was agreed, the signed document, the card’s signature and the gateway’s. Keep it byte for byte: `mynagate verify-receipt` needs nothing else but the certificates of the authorities and the key of `receiptKeys`. The person’s holds the signing certificate; the partner’s its public key, because the certificate bears all four items. The gateway signs within a minute; until then `receiptSealed` is false.',
      resolve: async (c, _, { world, actor }) => (await nullIfRefused(readReceipt(world, actor, c.id)))?.text ?? null,
    }),
    receiptSealed: t.boolean({ description: 'Whether the gateway has signed the receipt of how the consent stands now.', resolve: async (c, _, { world, actor }) => (await nullIfRefused(readReceipt(world, actor, c.id)))?.sealed ?? false }),
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
    notices: t.field({ type: [NoticeInput], required: false, description: `What a person is told, in the partner’s own words: ${suppliable.map((kind) => outsideName(kind)).join(', ')}, each at most once. Absent ones are of the law, or made of what is registered of the partner; \`Purpose.notices\` shows all.` }),
    minors: t.field({ type: MinorsEnum, required: false, description: 'Whether it takes minors; absent: from 15 on.' }),
  }),
  run: ({ world, actor }, input) => registerPurpose(world, actor, { ...input, until: input.until ?? null, minors: input.minors ?? 'from-15', notices: input.notices ?? [] }),
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
    municipality: t.field({ type: 'MunicipalityCode', required: false, description: 'Which municipality LIVES_IN_MUNICIPALITY is about; where that is asked for, and only there.' }),
    frequency: t.field({ type: FrequencyEnum, required: false, description: 'How often (頻度). Absent: as in the consent that is extended, or PER_USE.' }),
    action: t.field({ type: ActionEnum, required: false, description: 'Absent: CREATE.' }),
    grant: t.id({ required: false, description: 'The grant, or any consent of it, that a MERGE or REPLACE extends.' }),
  }),
  run: ({ world, actor }, { grant, ...input }) => {
    const extended = grant === null || grant === undefined ? null : localId('consent', grant)
    if (extended === null && grant !== null && grant !== undefined) return Promise.resolve(refuse('CONSENT_NOT_IN_FORCE', { field: 'grant' }))
    return requestConsent(world, actor, { ...input, action: input.action ?? 'CREATE', grant: extended, frequency: input.frequency ?? null, municipality: input.municipality ?? null })
  },
})
act('giveConsent', {
  description: 'The person consents: the signature over the document is the consent. 公的個人認証法 第18条第3項.', who: { citizen: ['me'] }, success: ConsentRef, ids: { request: ['consentRequest', 'The request.'] },
  fields: (t) => ({
    items: t.field({ type: [AttributeNameEnum], description: 'The chosen items, as in the signed document.' }),
    chosenUntil: t.field({ type: 'Date', required: false, description: 'The last day, as in the signed document.' }),
    person: t.id({ required: false, description: 'Whom the person who signs represents (法定代理人), as in the signed document.' }),
    certificate: t.field({ type: 'Bytes', description: '署名用電子証明書, DER.' }),
    signature: t.field({ type: 'Bytes', description: 'The signature over the document.' }),
  }),
  run: ({ world, actor, sha256 }, input) => {
    const person = personOf(input.person)
    return person === 'unknown' ? Promise.resolve(refuse('NOT_FOUND', { field: 'person' })) : giveConsent(world, actor, { ...input, person, chosenUntil: input.chosenUntil ?? null }, sha256)
  },
})
act('withdrawConsent', {
  description: 'Withdraws a consent (撤回), from either side, at any time; effective for the next release. 規則 第35条の2第5項.', who: { citizen: ['me'], partner: ['consent'] }, success: ConsentRef, ids: { consent: ['consent', 'The consent.'] },
  run: ({ world, actor }, input) => withdrawConsent(world, actor, input),
})
