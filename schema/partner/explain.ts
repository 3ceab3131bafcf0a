/**
 * Why a request was decided as it was, for the partner that made it and the person concerned. What may not be told apart in an
 * answer is not told apart here.
 *
 * @law 公的個人認証法 第18条第3項
 */
import { asks, explain, hiddenReasons, type Asked, type Explanation, type Ground, type HiddenReason } from '../../core/law/partner/explain.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { ErrorCodes } from '../errors.ts'
import { globalId } from '../node.ts'
import { PartnerRef, partnerOf } from './partner.ts'

const AskedEnum = enumOf<Asked>('ExplainedRequest', 'What was asked.', {
  'four-information': 'Items of a person.', 'encrypted-four-information': 'Items of a person, encrypted.', predicate: 'A question about a person, answered with yes or no.', login: 'An answer to a login challenge, with the account to be linked where there is one.',
  verification: 'A verdict on a signature.', 'account-link': 'The end of a link to an account.', request: 'Anything else, and what was turned away before it ran: by its document, its cost or the budget.',
} satisfies Record<(typeof asks)[number], string>)
const GroundKind = enumOf<Ground['what']>('GroundKind', 'What was looked at.', {
  standing: 'The partner’s ground to act: accreditation or delegation.', consent: 'The person’s consent.', frequency: 'How often the consent allows it.', scope: 'Scopes of the token.', certificate: 'A certificate of the person.', challenge: 'The login challenge.',
  answer: 'The answer to the challenge.', assurance: 'The level of the login.', account: 'The account to be linked.', request: 'The request itself: the field or the state at fault.', budget: 'The budget of the partner.',
})
const Reason = enumOf<HiddenReason>('HiddenReason', 'What a refusal may mean that does not say which. All of them are always named.', {
  NOT_ALLOWED: 'This partner may not.', NO_CONSENT: 'No consent is in force.', UNKNOWN_PERSON: 'There is no such person, or no such consent.',
} satisfies Record<(typeof hiddenReasons)[number], string>)

const GroundRef = builder.objectRef<Ground>('Ground').implement({
  description: 'Something that was looked at for a decision, and how it was found.',
  fields: (t) => ({
    what: t.expose('what', { type: GroundKind, description: 'What was looked at.' }),
    found: t.exposeString('found', { description: 'How it was found: a state, or the name of the check that failed. `HOLDS`, `HELD`, `IN_FORCE`, `OPEN`, `REACHED`, `VALID`: as it must be.' }),
    thing: t.id({ nullable: true, description: 'The consent, certificate or passkey.', resolve: ({ ref }) => (ref === null ? null : globalId(ref)) }),
    limit: t.exposeString('limit', { nullable: true, description: 'What sets the clock or the bound: the limit of a consent, the article of a standing, the scope or level that was needed.' }),
    at: t.expose('at', { type: 'DateTime', nullable: true, description: 'The instant at which that clock stands: when it ends, ended or begins.' }),
  }),
})

const ExplanationRef = builder.objectRef<Explanation>('Explanation').implement({
  description: 'Why one thing that a request asked was decided as it was.',
  fields: (t) => ({
    requestId: t.exposeString('requestId', { description: 'The request.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When, by the clock that rights begin and end by.' }),
    asked: t.expose('asked', { type: AskedEnum, description: 'What was asked.' }),
    partner: t.field({ type: PartnerRef, nullable: true, description: 'By whom.', resolve: (e, _, context) => partnerOf(context, e.partner) }),
    granted: t.boolean({ description: 'Whether it was done.', resolve: (e) => e.outcome === 'DONE' }),
    code: t.field({ type: ErrorCodes, nullable: true, description: 'Why not.', resolve: (e) => (e.outcome === 'DONE' ? null : e.outcome) }),
    rule: t.exposeString('rule', { description: 'The article or section that decided.' }),
    grounds: t.expose('grounds', { type: [GroundRef], description: 'In the order they were looked at; the last one decided. Empty where saying more would say too much to this actor.' }),
    reasons: t.expose('reasons', { type: [Reason], description: 'What it may mean, where the grounds are not told.' }),
  }),
})

builder.queryField('explain', (t) => t.field({
  type: [ExplanationRef], extensions: audience({ partner: [], citizen: ['me'] }), args: { requestId: t.arg({ type: 'Text', description: 'From the header `x-request-id`, a refusal, or the access log.' }) },
  description: 'Why what a request asked was decided as it was: for the partner that made it, and for the person concerned. Empty where there is no such request, or it is not theirs.',
  resolve: (_, { requestId }, { world, actor }) => explain(world, actor, requestId),
}))
