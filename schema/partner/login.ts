/**
 * Login with the card: a challenge, its answer by the card, and the assertion that comes of it. What the partner gets is
 * a name of its own for the person.
 *
 * @law 公的個人認証法 第38条 · 施行規則 第64条の4
 */
import { linksOfLogin } from '../../core/law/partner/account.ts'
import type { Assurance, Levels } from '../../core/law/partner/assurance.ts'
import { answerChallenge, createChallenge, loginMessage, readLogin, type Challenge, type Login } from '../../core/law/partner/login.ts'
import { act } from '../record/act.ts'
import { AuthenticationLevelEnum, IdentityLevelEnum, ownReading } from '../assurance.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId, Node, reachable } from '../node.ts'
import { AccountLinkRef } from './account.ts'
import { PartnerRef, partnerOf } from './partner.ts'

const ChallengeState = enumOf<Challenge['state']>('LoginChallengeState', 'Whether the challenge can still be answered.', { OPEN: 'Not answered yet; see `expiresAt`.', SPENT: 'Answered, rightly or wrongly.' })
const Method = enumOf<Assurance['method']>('LoginMethod', 'By what means.', { CARD_AND_PIN: 'The card and its PIN (利用者証明用).', SMARTPHONE_AND_PIN: 'A phone that holds a certificate, and its PIN (移動端末設備用利用者証明用).', PASSKEY: 'A passkey that was enrolled in a login with card or phone.' })

const LevelsRef = builder.objectRef<Levels>('AssuranceLevels').implement({
  description: 'Levels that a login was asked to reach.',
  fields: (t) => ({
    identity: t.expose('identity', { type: IdentityLevelEnum, description: 'Of who the person is.' }),
    authentication: t.expose('authentication', { type: AuthenticationLevelEnum, description: 'That it is this person now.' }),
  }),
})

const ChallengeRef = builder.objectRef<Challenge>('LoginChallenge').implement({
  description: 'A challenge: good for one answer and 60 seconds, for the client that asked.',
  fields: (t) => ({
    id: t.id({ description: 'The challenge.', resolve: (c) => globalId(c.id) }),
    message: t.string({ description: 'What the card signs, as UTF-8: its SHA-256 goes into the signature, made as the key of the certificate is: RSASSA-PKCS1-v1_5 for RSA, ECDSA in DER for P-384. It names partner, client and attempt, and the hash of an account that is to be linked.', resolve: loginMessage }),
    digest: t.field({ type: 'Bytes', description: 'SHA-256 of `message`.', resolve: (c, _, { sha256 }) => sha256(loginMessage(c)) }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Last instant of an answer.' }),
    state: t.expose('state', { type: ChallengeState, description: 'Whether it can still be answered.' }),
    requested: t.expose('requested', { type: LevelsRef, description: 'What an answer must reach.' }),
    links: t.boolean({ description: 'Whether an account is linked by it.', resolve: (c) => c.account !== null }),
  }),
})

const AssuranceRef = builder.objectRef<Assurance>('Assurance').implement({
  description: 'How sure the gateway is.',
  fields: (t) => ({
    identity: t.expose('identity', { type: IdentityLevelEnum, description: 'Of who the person is.' }),
    authentication: t.expose('authentication', { type: AuthenticationLevelEnum, description: 'That it was this person now.' }),
    method: t.expose('method', { type: Method, description: 'By what means.' }),
  }),
})

export const LoginRef = builder.objectRef<Login>('Login').implement({
  description: 'A login. The partner and the person may read it.', interfaces: [Node],
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'The partner’s own name for the person: the same at every login, another at every other partner.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    requested: t.expose('requested', { type: LevelsRef, description: 'What the partner asked for.' }),
    assurance: t.expose('assurance', { type: AssuranceRef, description: 'What was reached: how sure the gateway is.' }),
    links: t.field({ type: [AccountLinkRef], description: 'Accounts of the person at this partner that are linked now.', extensions: ownReading, resolve: (login, _, { world }) => linksOfLogin(world, login) }),
    partner: t.field({ type: PartnerRef, nullable: true, description: 'At whom.', resolve: (login, _, context) => partnerOf(context, login.partner) }),
  }),
})
reachable('login', 'Login', { citizen: ['me'], partner: ['login'] }, ({ world, actor }, id) => readLogin(world, actor, id))

const partner: Audience = { partner: ['login'] }

act('createLoginChallenge', {
  description: 'A partner in standing (利用者証明検証者) asks for a challenge. 公的個人認証法 第38条.', who: partner, success: ChallengeRef,
  fields: (t) => ({
    identity: t.field({ type: IdentityLevelEnum, required: false, description: 'The level of identity that the login must reach; IAL3 where absent.' }),
    authentication: t.field({ type: AuthenticationLevelEnum, required: false, description: 'The level of authentication; AAL3 where absent, which only a card or a phone reaches. AAL2 lets a passkey answer.' }),
    linkAccount: t.field({ type: 'Text', required: false, description: 'The partner’s own name for the account to be linked: visible ASCII, 200 characters at most, best a random one. Kept as a hash. Asks for AAL3.' }),
  }),
  run: ({ world, actor, sha256 }, { identity, authentication, linkAccount, idempotencyKey }) =>
    createChallenge(world, actor, { requested: { identity: identity ?? 'IAL3', authentication: authentication ?? 'AAL3' }, linkAccount: linkAccount ?? null, idempotencyKey }, sha256),
})
act('answerLoginChallenge', {
  description: 'Hands in the card’s answer. Any answer spends the challenge, a wrong one too.', who: partner, success: LoginRef, ids: { challenge: ['challenge', 'The challenge.'] },
  fields: (t) => ({
    certificate: t.field({ type: 'Bytes', description: '利用者証明用電子証明書, DER.' }),
    signature: t.field({ type: 'Bytes', description: 'The signature over `message`.' }),
  }),
  run: ({ world, actor, sha256, requestId }, input) => answerChallenge(world, actor, input, sha256, requestId),
})
