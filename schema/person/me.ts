/**
 * What a person sees of itself: cards, certificates, consents, logins, and who was given what (開示).
 */
import type { Card, CardApplication } from '../../core/law/card/card.ts'
import type { Citizen } from '../../core/law/actor.ts'
import { ownAccessLog, ownCardApplications, ownCards, ownCertificates, ownConsents, ownExtensions, ownLogins, ownNotices, type Notice } from '../../core/law/person/own.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { ownLinks } from '../../core/law/partner/account.ts'
import { ownPasskeys } from '../../core/law/partner/passkey.ts'
import { ownReading } from '../assurance.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { CardApplicationRef, CardRef } from '../card/card.ts'
import { CertificateRef, RevocationRef } from '../certificate/certificate.ts'
import { connectionOf, pageArgs, pageOf } from '../connection.ts'
import { ConsentRef, ConsentRequestRef } from '../consent/consent.ts'
import { AccessLogRef } from '../consent/disclosure.ts'
import { AccountLinkRef } from '../partner/account.ts'
import { LoginRef } from '../partner/login.ts'
import { OwnPasskeyRef } from '../partner/passkey.ts'
import { globalId, nullIfRefused } from '../node.ts'
import { ResidentRef, residentOf } from './resident.ts'

const CardConnection = connectionOf<Card>('Card', 'cards', CardRef)
const CardApplicationConnection = connectionOf<CardApplication>('CardApplication', 'applications for a card', CardApplicationRef)
const CertificateConnection = connectionOf('Certificate', 'certificates', CertificateRef)
const ConsentConnection = connectionOf('Consent', 'consents', ConsentRef)
const AccessLogConnection = connectionOf('AccessLog', 'entries of the access log', AccessLogRef)
const LoginConnection = connectionOf('Login', 'logins', LoginRef)

const idOf = (thing: { readonly id: string }): string => thing.id
/** The guard let only citizens with the scope in: a refusal here has nothing to show. */
const orNone = <T>(found: Result<T[]>): T[] => (isRefusal(found) ? [] : found)

const NoticeRef = builder.objectRef<Notice>('HolderNotice').implement({
  description: 'That a certificate lapsed without a doing of the holder (記録誤り・発行者署名符号の漏えい等). 公的個人認証法 第13条・第14条・第32条・第33条.',
  fields: (t) => ({
    certificate: t.expose('certificate', { type: CertificateRef, description: 'The certificate.' }),
    revocation: t.expose('revocation', { type: RevocationRef, description: 'Its lapse.' }),
    messageJa: t.string({ description: 'For the holder, Japanese.', resolve: ({ revocation }) => noticeTexts[revocation.ground].ja }),
    messageEn: t.string({ description: 'For the holder, English.', resolve: ({ revocation }) => noticeTexts[revocation.ground].en }),
  }),
})
const noticeTexts = {
  'record-error': { ja: '記録に誤り又は漏れがあったため、電子証明書が失効しました。市区町村の窓口で新しい電子証明書の発行を受けられます。', en: 'Your certificate lapsed because of an error in the record. Your municipality issues a new one.' },
  'ca-incident': { ja: '認証局の署名符号に事故があったため、電子証明書が失効しました。市区町村の窓口で新しい電子証明書の発行を受けられます。', en: 'Your certificate lapsed because of an incident with the authority’s key. Your municipality issues a new one.' },
} as const

const Me = builder.objectRef<Citizen>('Me').implement({
  description: 'The person who asks (本人).',
  fields: (t) => ({
    id: t.id({ description: 'The person.', resolve: (me) => globalId(me.person) }),
    resident: t.field({ type: ResidentRef, nullable: true, description: 'The own resident record.', resolve: (me, _, context) => nullIfRefused(residentOf(context, me.person)) }),
    cards: t.field({ type: CardConnection, args: pageArgs, description: 'The own cards, ended ones too.', resolve: (_, args, c) => pageOf(args, c, idOf, async () => orNone(await ownCards(c.world, c.actor))) }),
    cardApplications: t.field({ type: CardApplicationConnection, args: pageArgs, description: 'The own applications.', resolve: (_, args, c) => pageOf(args, c, idOf, async () => orNone(await ownCardApplications(c.world, c.actor))) }),
    certificates: t.field({ type: CertificateConnection, args: pageArgs, description: 'The own certificates, of all cards.', resolve: (_, args, c) => pageOf(args, c, idOf, async () => orNone(await ownCertificates(c.world, c.actor))) }),
    consents: t.field({ type: ConsentConnection, args: pageArgs, description: 'The own consents, withdrawn and expired ones too.', resolve: (_, args, c) => pageOf(args, c, idOf, async () => orNone(await ownConsents(c.world, c.actor))) }),
    extensions: t.field({ type: [ConsentRequestRef], description: 'Open requests that would extend or replace an own consent; `consentDelta` shows what would change. Newest first.', resolve: async (_, _args, c) => orNone(await ownExtensions(c.world, c.actor)) }),
    accessLog: t.field({ type: AccessLogConnection, args: pageArgs, description: 'Who asked for what, released or refused; newest first.', resolve: (_, args, c) => pageOf(args, c, idOf, async (n) => orNone(await ownAccessLog(c.world, c.actor, n))) }),
    notices: t.field({ type: [NoticeRef], description: 'What the agency has to tell: certificates that lapsed by an error in the record or an incident of the authority. Newest first.', resolve: async (_, _args, c) => orNone(await ownNotices(c.world, c.actor)) }),
    links: t.field({ type: [AccountLinkRef], description: 'Accounts at partners that are or were linked to the person; newest first.', extensions: ownReading, resolve: async (_, _args, c) => orNone(await ownLinks(c.world, c.actor)) }),
    passkeys: t.field({ type: [OwnPasskeyRef], description: 'The own passkeys at partners, ended and removed ones too; newest first.', extensions: ownReading, resolve: async (_, _args, c) => orNone(await ownPasskeys(c.world, c.actor)) }),
    logins: t.field({ type: LoginConnection, args: pageArgs, description: 'Where the person logged in; newest first.', resolve: (_, args, c) => pageOf(args, c, idOf, async (n) => orNone(await ownLogins(c.world, c.actor, n))) }),
  }),
})

builder.queryField('me', (t) => t.field({
  type: Me, nullable: true, description: 'The person who asks.', extensions: audience({ citizen: ['me'] }), resolve: (_, _args, { actor }) => (actor.kind === 'citizen' ? actor : null),
}))
