/**
 * Login with the card: a challenge, its answer by the card, and the assertion that comes of it. What the partner gets is
 * a name of its own for the person.
 *
 * @law 公的個人認証法 第38条 · 施行規則 第64条の4
 */
import { answerChallenge, createChallenge, loginMessage, readLogin, type Assurance, type Challenge, type Login } from '../../core/law/partner/login.ts'
import { act } from '../record/act.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId, Node, reachable } from '../node.ts'
import { PartnerRef, partnerOf } from './partner.ts'

const ChallengeState = enumOf<Challenge['state']>('LoginChallengeState', 'Whether the challenge can still be answered.', { OPEN: 'Not answered yet; see `expiresAt`.', SPENT: 'Answered, rightly or wrongly.' })
const IdentityLevel = enumOf<Assurance['identity']>('IdentityAssurance', 'How the identity was proven.', { IAL3: 'Face to face, at the hand-over of the card.' })
const AuthenticationLevel = enumOf<Assurance['authentication']>('AuthenticationAssurance', 'How the person showed to be present.', { AAL3: 'Two factors, one of them a hardware key.' })
const Method = enumOf<Assurance['method']>('LoginMethod', 'By what means.', { CARD_AND_PIN: 'The card and its PIN (利用者証明用).', SMARTPHONE_AND_PIN: 'A phone that holds a certificate, and its PIN (移動端末設備用利用者証明用).' })

const ChallengeRef = builder.objectRef<Challenge>('LoginChallenge').implement({
  description: 'A challenge: good for one answer and 60 seconds, for the client that asked.',
  fields: (t) => ({
    id: t.id({ description: 'The challenge.', resolve: (c) => globalId(c.id) }),
    message: t.string({ description: 'What the card signs, as UTF-8: its SHA-256 goes into the signature (RSASSA-PKCS1-v1_5).', resolve: loginMessage }),
    digest: t.field({ type: 'Bytes', description: 'SHA-256 of `message`.', resolve: (c, _, { sha256 }) => sha256(loginMessage(c)) }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Last instant of an answer.' }),
    state: t.expose('state', { type: ChallengeState, description: 'Whether it can still be answered.' }),
  }),
})

const AssuranceRef = builder.objectRef<Assurance>('Assurance').implement({
  description: 'How sure the gateway is.',
  fields: (t) => ({
    identity: t.expose('identity', { type: IdentityLevel, description: 'Of who the person is.' }),
    authentication: t.expose('authentication', { type: AuthenticationLevel, description: 'That it was this person now.' }),
    method: t.expose('method', { type: Method, description: 'By what means.' }),
  }),
})

export const LoginRef = builder.objectRef<Login>('Login').implement({
  description: 'A login. The partner and the person may read it.', interfaces: [Node],
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'The partner’s own name for the person: the same at every login, another at every other partner.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    assurance: t.expose('assurance', { type: AssuranceRef, description: 'How sure the gateway is.' }),
    partner: t.field({ type: PartnerRef, nullable: true, description: 'At whom.', resolve: (login, _, context) => partnerOf(context, login.partner) }),
  }),
})
reachable('login', 'Login', { citizen: ['me'], partner: ['login'] }, ({ world, actor }, id) => readLogin(world, actor, id))

const partner: Audience = { partner: ['login'] }

act('createLoginChallenge', {
  description: 'A partner in standing (利用者証明検証者) asks for a challenge. 公的個人認証法 第38条.', who: partner, success: ChallengeRef, run: ({ world, actor }, input) => createChallenge(world, actor, input),
})
act('answerLoginChallenge', {
  description: 'Hands in the card’s answer. Any answer spends the challenge, a wrong one too.', who: partner, success: LoginRef, ids: { challenge: ['challenge', 'The challenge.'] },
  fields: (t) => ({
    certificate: t.field({ type: 'Bytes', description: '利用者証明用電子証明書, DER.' }),
    signature: t.field({ type: 'Bytes', description: 'The signature over `message`.' }),
  }),
  run: ({ world, actor, sha256 }, input) => answerChallenge(world, actor, input, sha256),
})
