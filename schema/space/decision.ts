/**
 * Decisions that officers sign with their own cards: what is to be signed, what is handed in, what is kept.
 */
import { delegableActs, type DelegableAct } from '../../core/law/space/office.ts'
import type { DecisionChallenge, DecisionEvidence, SignedAct } from '../../core/law/space/signed.ts'
import { challengeOnGrant, challengeOnRepeal, type DecisionWorld } from '../../core/law/space/decision.ts'
import type { Actor } from '../../core/law/actor.ts'
import type { GrantId } from '../../core/law/ids.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { orRefused } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { localId } from '../node.ts'

/** Also who holds it only by delegation; the law decides which. */
export const deciders: Audience = { municipal: ['area'], prefectural: ['area'], national: ['area'], agency: ['area:approve', 'area'], ministry: ['area:approve', 'area'] }

export const SignedDecisionInput = builder.inputType('SignedDecisionInput', {
  description: 'A decision signed with the officer’s own card, bound to what was shown.',
  fields: (t) => ({
    document: t.field({ type: 'LongText', description: 'The text that `decisionChallenge` gave, unchanged.' }),
    signature: t.field({ type: 'Bytes', description: 'By the card’s authentication key over the SHA-256 of its UTF-8 octets.' }),
    certificate: t.field({ type: 'Bytes', description: 'The card’s authentication certificate, DER.' }),
  }),
})

const SignedActEnum = enumOf<SignedAct>('SignedAct', 'Decisions that can be signed.', {
  'grant.approve': 'Approving a grant.', 'grant.suspend': 'Suspending it; never demanded.', 'grant.resume': 'Resuming it.', 'grant.end': 'Ending it.', 'grant.repeal': 'Repealing an ordinance.',
})
export const SignedDecisionRef = builder.objectRef<DecisionEvidence>('SignedDecision').implement({
  description: 'A decision as an officer’s card signed it. It can be checked without the gateway.',
  fields: (t) => ({
    act: t.expose('act', { type: SignedActEnum, description: 'What was decided.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was handed in.' }),
    digest: t.exposeString('digest', { description: 'SHA-256 over document, line feed and signature, hex: `signed` in the facts of its leaf in the log.' }),
    document: t.exposeString('document', { description: 'What was shown and signed, canonical JSON.' }),
    signature: t.expose('signature', { type: 'Bytes', description: 'The signature.' }),
    certificate: t.expose('certificate', { type: 'Bytes', description: 'The certificate of the key, DER. It carries none of the four items.' }),
  }),
})

const ChallengeRef = builder.objectRef<DecisionChallenge>('DecisionChallenge').implement({
  description: 'What is to be shown and signed for a decision.',
  fields: (t) => ({
    document: t.exposeString('document', { description: 'Canonical JSON of act, officer and every word of the thing as it stands now: show it, and hand it in unchanged.' }),
    digest: t.expose('digest', { type: 'Bytes', description: 'SHA-256 of its UTF-8 octets: what the card signs.' }),
    validUntil: t.expose('validUntil', { type: 'DateTime', description: 'Later it must be asked for again; and sooner, where what is shown changes.' }),
    demanded: t.exposeBoolean('demanded', { description: 'Whether this gateway takes the decision from this officer only when it is signed.' }),
  }),
})

const RepealTarget = builder.inputType('RepealTarget', {
  description: 'An ordinance to be repealed.',
  fields: (t) => ({
    municipality: t.field({ type: 'MunicipalityCode', description: 'Whose.' }), name: t.field({ type: 'Text', description: 'Its name.' }), repealedOn: t.field({ type: 'Date', description: 'The day of its repeal.' }),
  }),
})
const DecisionTarget = builder.inputType('DecisionTarget', {
  description: 'What is decided on: one of these.', isOneOf: true,
  fields: (t) => ({ grant: t.id({ required: false, description: 'A grant.' }), ordinance: t.field({ type: RepealTarget, required: false, description: 'An ordinance.' }) }),
})

const isOnGrant = (act: SignedAct): act is DelegableAct => (delegableActs as readonly SignedAct[]).includes(act)
type Target = typeof DecisionTarget.$inferInput
async function challenge(world: DecisionWorld, actor: Actor, act: SignedAct, target: Target): Promise<Result<DecisionChallenge>> {
  if (target.ordinance != null) return act === 'grant.repeal' ? challengeOnRepeal(world, actor, target.ordinance) : refuse('MALFORMED_INPUT', { field: 'target' })
  const grant: GrantId | null = target.grant == null ? null : localId('grant', target.grant)
  if (grant === null || !isOnGrant(act)) return refuse(grant === null ? 'NOT_FOUND' : 'MALFORMED_INPUT', { field: 'target' })
  return challengeOnGrant(world, actor, act, grant)
}

builder.queryField('decisionChallenge', (t) => t.field({
  type: orRefused('DecisionChallengePayload', ChallengeRef), description: 'What an officer’s card is to sign for a decision. Nothing is stored by asking.', extensions: audience(deciders),
  args: { act: t.arg({ type: SignedActEnum, description: 'The decision.' }), target: t.arg({ type: DecisionTarget, description: 'What it is about.' }) },
  resolve: (_, { act, target }, { world, actor }) => challenge(world, actor, act, target),
}))
