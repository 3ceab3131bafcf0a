/**
 * Passkeys: offered and enrolled inside a login with card or phone, used for logins of a lower level at that partner, listed and
 * removed by the person. They sign nothing.
 *
 * @law 公的個人認証法 第38条
 */
import { answerWithPasskey, enrolPasskey, offerPasskey, removePasskey, rpIdOf, withState, type Enrolment, type OwnPasskey, type Passkey, type PasskeyState } from '../../core/law/partner/passkey.ts'
import { accountAct } from '../assurance.ts'
import { act } from '../record/act.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId } from '../node.ts'
import { LoginRef } from './login.ts'
import { PartnerRef, partnerOf } from './partner.ts'

const partner: Audience = { partner: ['login'] }

const OfferRef = builder.objectRef<Enrolment>('PasskeyOffer').implement({
  description: 'What `navigator.credentials.create` needs (client/passkey.ts makes the options of it). Good for one response.',
  fields: (t) => ({
    id: t.id({ description: 'The offer.', resolve: (offer) => globalId(offer.id) }),
    challenge: t.expose('challenge', { type: 'Bytes', description: '`challenge`.' }),
    rpId: t.string({ description: '`rp.id`: the host of the origin.', resolve: (offer) => rpIdOf(offer.origin) }),
    userHandle: t.field({ type: 'Bytes', description: '`user.id`: says nothing of the person, and is another one for each passkey.', resolve: (offer, _, { sha256 }) => sha256(`Mynagate user handle v1\n${offer.id}`) }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Last instant of a response: five minutes after the login.' }),
  }),
})

const State = enumOf<PasskeyState>('PasskeyState', 'Whether a passkey opens anything.', {
  ACTIVE: 'It does.', SUSPENDED: 'Not while the certificate it was enrolled under is suspended.', ENDED: 'The certificate it was enrolled under has lapsed.', REMOVED: 'The person removed it, or the partner’s standing ended.',
})

const PasskeyRef = builder.objectRef<Passkey>('Passkey').implement({
  description: 'A passkey of a person at one partner.',
  fields: (t) => ({
    id: t.id({ description: 'The passkey.', resolve: (p) => globalId(p.id) }),
    partner: t.field({ type: PartnerRef, nullable: true, description: 'At whom.', resolve: (p, _, context) => partnerOf(context, p.partner) }),
    origin: t.exposeString('origin', { description: 'The page it works on.' }),
    enrolledAt: t.expose('enrolledAt', { type: 'DateTime', description: 'Since when.' }),
    usedAt: t.expose('usedAt', { type: 'DateTime', nullable: true, description: 'When it was used last.' }),
    backedUp: t.exposeBoolean('backedUp', { description: 'Whether copies of it may lie on other devices.' }),
    state: t.field({ type: State, description: 'Whether it opens anything now.', resolve: async (p, _, { world }) => (await withState(world, p)).state }),
  }),
})

export const OwnPasskeyRef = builder.objectRef<OwnPasskey>('OwnPasskey').implement({
  description: 'A passkey, as its person sees it.',
  fields: (t) => ({
    passkey: t.expose('passkey', { type: PasskeyRef, description: 'The passkey.' }),
    until: t.field({ type: 'Date', nullable: true, description: 'Last day of the certificate that it ends with.', resolve: ({ certificate }) => certificate?.expiresOn ?? null }),
  }),
})

act('offerPasskey', {
  description: 'Within five minutes of a login with card or phone: offers to enrol a passkey for that person at this partner.', who: partner, success: OfferRef, ids: { login: ['login', 'The login.'] },
  fields: (t) => ({ origin: t.field({ type: 'Text', description: 'The page that asks the authenticator: https and a host, or http://localhost.' }) }),
  run: ({ world, actor }, input) => offerPasskey(world, actor, input),
})
act('enrolPasskey', {
  description: 'Hands in what the authenticator answered. Any response spends the offer, a wrong one too.', who: partner, success: PasskeyRef, ids: { offer: ['enrolment', 'The offer.'] },
  fields: (t) => ({
    credential: t.field({ type: 'Bytes', description: '`rawId`.' }), clientData: t.field({ type: 'Bytes', description: '`response.clientDataJSON`.' }), attestation: t.field({ type: 'Bytes', description: '`response.attestationObject`.' }),
  }),
  run: ({ world, actor }, { offer, ...input }) => enrolPasskey(world, actor, { ...input, enrolment: offer }),
})
act('answerLoginWithPasskey', {
  description: 'Answers a login challenge that asked for AAL2 or less with a passkey; the authenticator’s challenge is the `digest`. Any answer spends the challenge.', who: partner, success: LoginRef, ids: { challenge: ['challenge', 'The challenge.'] },
  fields: (t) => ({
    credential: t.field({ type: 'Bytes', description: '`rawId`.' }), clientData: t.field({ type: 'Bytes', description: '`response.clientDataJSON`.' }), authenticatorData: t.field({ type: 'Bytes', description: '`response.authenticatorData`.' }),
    signature: t.field({ type: 'Bytes', description: '`response.signature`.' }),
  }),
  run: ({ world, actor, sha256, requestId }, input) => answerWithPasskey(world, actor, input, sha256, requestId),
})
act('removePasskey', { description: 'Removes a passkey; its key is forgotten.', who: { citizen: ['me'] }, extensions: accountAct, success: PasskeyRef, ids: { passkey: ['passkey', 'The passkey.'] }, run: ({ world, actor }, input) => removePasskey(world, actor, input) })
