/**
 * Release of the four items to a partner under a consent in force, in clear or encrypted to its key, answers to questions
 * that leave the items at home, and the log that shows the person every release and
 * every refused request. "Not allowed", "no consent" and "no such consent" look alike to the partner.
 *
 * @law 公的個人認証法 第18条第3項・第19条第5項
 */
import { releaseFourInformation, type AccessLogEntry, type ItemFacts, type Release, type Source } from '../../core/law/consent/disclosure.ts'
import { releaseEncrypted, type EncryptedRelease } from '../../core/law/consent/encrypted.ts'
import { readFreshness, type Freshness } from '../../core/law/consent/freshness.ts'
import { answerPredicate, type PredicateAnswer } from '../../core/law/consent/predicate.ts'
import { wareki } from '../../core/law/person/era.ts'
import { orRefused } from '../record/act.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { ConsentRef, PurposeRef } from './consent.ts'
import { RefusalCodes } from '../errors.ts'
import { globalId, localId, nullIfRefused } from '../node.ts'
import { PartnerRef, partnerOf } from '../partner/partner.ts'
import { AttributeNameEnum, SexEnum } from '../person/person.ts'

const FreshnessEnum = enumOf<Freshness>('Freshness', 'Whether something may have changed. A release is CURRENT or CHANGED, seen from the consent; the others are for `Consent.freshness`, seen from what the partner was given last.', {
  CURRENT: 'The certificate that the items are from is still in force.', CHANGED: 'Another one is in force: something may differ from what the partner holds.',
  AWAITING_NEW_CERTIFICATE: 'The partner saw the certificate lapse, and no new one exists: nothing can be released.', CONSENT_WITHDRAWN: 'The consent was withdrawn, or ended.',
  UNKNOWN_STALE: 'Nothing can be said, as where the certificate lapsed and the partner has not seen that: never to be taken as unchanged.',
})
builder.objectFields(ConsentRef, (t) => ({
  freshness: t.field({
    type: FreshnessEnum, nullable: true, description: 'Whether what the partner holds under this consent is still so. No value is read and no release is made. Null to a partner without standing. 公的個人認証法 第18条第3項.',
    resolve: (consent, _, { world, actor }) => nullIfRefused(readFreshness(world, actor, consent.id)),
  }),
}))

const SourceEnum = enumOf<Source>('ReleaseSource', 'Where released items are from.', { CERTIFICATE: 'The newest signing certificate.', RESIDENT_RECORD: 'The resident record, of a person too young for a signing certificate.' })

const CheckedByEnum = enumOf<ItemFacts['checkedBy']>('CheckMethod', 'How it was made sure that the source is in force.', { REGISTER: 'By the register itself, in the transaction of the release.', OCSP: 'By an answer of the responder.', CRL: 'By a list.' })
const FactsRef = builder.objectRef<ItemFacts>('ReleasedItem').implement({
  description: 'Where a released item, or the answer made of it, is from and how it was checked.',
  fields: (t) => ({
    item: t.expose('item', { type: AttributeNameEnum, description: 'Which item.' }),
    asOf: t.expose('asOf', { type: 'DateTime', description: 'From when on the source says so.' }),
    source: t.expose('source', { type: SourceEnum, description: 'Where it is from.' }),
    checkedBy: t.expose('checkedBy', { type: CheckedByEnum, description: 'How it was checked that the source is in force.' }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When.' }),
    sourceUpdatedAt: t.expose('sourceUpdatedAt', { type: 'DateTime', nullable: true, description: 'When the source was last written: of a certificate, its issue. Null where the source does not tell.' }),
  }),
})
const factsOf = { description: 'Of each item: from when, from where, how and when checked.' } as const

const ReleaseRef = builder.objectRef<Release>('FourInformationRelease').implement({
  description: 'The consented items, exactly those, as the newest signing certificate bears them. An item that was not consented to is null.',
  fields: (t) => ({
    id: t.id({ description: 'The release, as the person sees it in the access log.', resolve: ({ entry }) => globalId(entry.id) }),
    items: t.field({ type: [AttributeNameEnum], description: 'Which items were released.', resolve: ({ entry }) => entry.items }),
    name: t.string({ nullable: true, description: '氏名.', resolve: ({ values }) => values.name ?? null }),
    address: t.string({ nullable: true, description: '住所.', resolve: ({ values }) => values.address ?? null }),
    birthDate: t.field({ type: 'Date', nullable: true, description: '生年月日.', resolve: ({ values }) => values.birthDate ?? null }),
    birthDateWareki: t.string({ nullable: true, description: '生年月日 in 和暦.', resolve: ({ values }) => (values.birthDate === undefined ? null : wareki(values.birthDate)) }),
    sex: t.field({ type: SexEnum, nullable: true, description: '性別.', resolve: ({ values }) => values.sex ?? null }),
    freshness: t.expose('freshness', { type: FreshnessEnum, description: 'Whether something may have changed since the consent.' }),
    asOf: t.expose('asOf', { type: 'DateTime', description: 'When the certificate was issued that bears the items.' }),
    source: t.expose('source', { type: SourceEnum, description: 'Where the items are from.' }),
    facts: t.expose('facts', { type: [FactsRef], ...factsOf }),
  }),
})

builder.queryField('fourInformation', (t) => t.field({
  type: orRefused('FourInformationPayload', ReleaseRef), extensions: audience({ partner: ['consent'] }), args: { consent: t.arg.id({ description: 'The consent.' }) },
  description: 'The items that a person consented to give this partner. Each asking leaves an entry in the access log that the person sees, a refused one too. For each item the token needs its scope: four_info:name, four_info:address, four_info:birth_date, four_info:sex.',
  resolve: (_, args, { world, actor, requestId }) => releaseFourInformation(world, actor, { consent: localId('consent', args.consent) ?? '', requestId }),
}))

const consentArg = { description: 'The consent.' } as const
const EncryptedRef = builder.objectRef<EncryptedRelease>('EncryptedRelease').implement({
  description: 'The consented items, encrypted to the key of the client that asked. What is inside: `{release, consent, items, values, freshness, asOf, source, facts}`, JSON.',
  fields: (t) => ({
    id: t.id({ description: 'The release, as the person sees it in the access log.', resolve: ({ entry }) => globalId(entry.id) }),
    items: t.field({ type: [AttributeNameEnum], description: 'Which items were released.', resolve: ({ entry }) => entry.items }),
    jwe: t.exposeString('jwe', { description: 'JWE, compact (RFC 7516): ECDH-ES or RSA-OAEP-256, A256GCM. `openRelease` of the client library opens it.' }),
    kid: t.exposeString('kid', { description: 'To which key: the newest for encryption that the client registered and did not retire.' }),
    freshness: t.expose('freshness', { type: FreshnessEnum, description: 'Whether something may have changed since the consent.' }),
    asOf: t.expose('asOf', { type: 'DateTime', description: 'When the certificate was issued that bears the items.' }),
  }),
})
builder.queryField('encryptedFourInformation', (t) => t.field({
  type: orRefused('EncryptedFourInformationPayload', EncryptedRef), extensions: audience({ partner: ['consent'] }), args: { consent: t.arg.id(consentArg) },
  description: 'As `fourInformation`, encrypted to the key that this client registered with `registerKey`: no answer, cache or proxy on the way holds a value.',
  resolve: (_, args, { world, actor, requestId, encrypt }) => releaseEncrypted(world, actor, { consent: localId('consent', args.consent) ?? '', requestId }, encrypt),
}))

const AnswerRef = builder.objectRef<PredicateAnswer>('PredicateAnswer').implement({
  description: 'Yes or no about a person. It is logged as a release, by the name of the question.',
  fields: (t) => ({
    id: t.id({ description: 'The release, as the person sees it in the access log.', resolve: ({ entry }) => globalId(entry.id) }),
    holds: t.exposeBoolean('holds', { description: 'Whether it is so.' }),
    freshness: t.expose('freshness', { type: FreshnessEnum, description: 'Whether something may have changed since the consent.' }),
    asOf: t.expose('asOf', { type: 'DateTime', description: 'When the certificate was issued that the answer rests on.' }),
    source: t.expose('source', { type: SourceEnum, description: 'What the answer rests on.' }),
    facts: t.expose('facts', { type: [FactsRef], ...factsOf }),
  }),
})
builder.queryField('isAdult', (t) => t.field({
  type: orRefused('IsAdultPayload', AnswerRef), extensions: audience({ partner: ['consent'] }), args: { consent: t.arg.id(consentArg) },
  description: 'Whether the person is of age (18, 民法 第4条) today. Consented to as IS_ADULT; the token needs predicate:is_adult. No date of birth leaves.',
  resolve: (_, args, { world, actor, requestId }) => answerPredicate(world, actor, { consent: localId('consent', args.consent) ?? '', requestId, predicate: 'isAdult', municipality: null }),
}))
builder.queryField('livesInMunicipality', (t) => t.field({
  type: orRefused('LivesInMunicipalityPayload', AnswerRef), extensions: audience({ partner: ['consent'] }),
  args: { consent: t.arg.id(consentArg), code: t.arg({ type: 'MunicipalityCode', description: 'The municipality; the one that the consent names, and no other.' }) },
  description: 'Whether the person lives in that municipality. Consented to as LIVES_IN_MUNICIPALITY; the token needs predicate:lives_in_municipality. No address leaves.',
  resolve: (_, args, { world, actor, requestId }) => answerPredicate(world, actor, { consent: localId('consent', args.consent) ?? '', requestId, predicate: 'livesInMunicipality', municipality: args.code }),
}))

export const AccessLogRef = builder.objectRef<AccessLogEntry>('AccessLogEntry').implement({
  description: 'One asking for items of a person, released or refused. It holds no values.',
  fields: (t) => ({
    id: t.id({ description: 'The entry.', resolve: (entry) => globalId(entry.id) }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    partner: t.field({ type: PartnerRef, nullable: true, description: 'Who asked.', resolve: (entry, _, context) => partnerOf(context, entry.partner) }),
    purpose: t.field({ type: PurposeRef, nullable: true, description: 'For what.', resolve: (entry, _, { world }) => (entry.purpose === null ? null : world.consents.loadPurpose(entry.purpose)) }),
    consent: t.id({ nullable: true, description: 'Under which consent.', resolve: (entry) => (entry.consent === null ? null : globalId(entry.consent)) }),
    items: t.expose('items', { type: [AttributeNameEnum], description: 'Which items were asked for.' }),
    released: t.boolean({ description: 'Whether they were released.', resolve: (entry) => entry.outcome === 'RELEASED' }),
    refusal: t.field({ type: RefusalCodes, nullable: true, description: 'Why not.', resolve: (entry) => (entry.outcome === 'RELEASED' ? null : entry.outcome) }),
    requestId: t.exposeString('requestId', { description: 'Ties the entry to the partner’s request.' }),
  }),
})
