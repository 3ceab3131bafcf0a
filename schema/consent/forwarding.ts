/**
 * Consent data sent on to the agency, and withdrawals that come from there.
 *
 * @law 公的個人認証法施行規則 第35条の2
 */
import type { Upstream, Withdrawer } from '../../core/law/consent/consent.ts'
import { readForwardings, receiveWithdrawal, type Forwarding } from '../../core/law/consent/forwarding.ts'
import type { SealedEvent } from '../../core/law/consent/seal.ts'
import { builder, enumOf } from '../builder.ts'
import { nullIfRefused } from '../node.ts'
import { act } from '../record/act.ts'
import { ConsentRef } from './consent.ts'

const EventEnum = enumOf<SealedEvent>('ForwardedEvent', 'What is sent on.', { given: 'The consent.', ended: 'Its withdrawal, or another end.' })
const StateEnum = enumOf<Forwarding['state']>('ForwardingState', 'How far it has come.', { PENDING: 'Waiting, for about a minute.', FORWARDED: 'In the register of the agency.' })
const WithdrawerEnum = enumOf<Withdrawer>('ConsentWithdrawer', 'From where a withdrawal came.', { PERSON: '本人.', REPRESENTATIVE: '法定代理人.', PARTNER: 'The partner.', CLIENT_SOFTWARE: '利用者クライアントソフト, by way of the agency.', NATIONAL_PORTAL: 'マイナポータル, by way of the agency.' })
const UpstreamEnum = enumOf<Upstream>('ConsentUpstream', 'Where a person withdrew by way of the agency.', { CLIENT_SOFTWARE: '利用者クライアントソフト.', NATIONAL_PORTAL: 'マイナポータル.' })

const ForwardingRef = builder.objectRef<Forwarding>('ConsentForwarding').implement({
  description: 'Something of a consent that is sent on to the agency (規則 第35条の2).',
  fields: (t) => ({
    event: t.expose('event', { type: EventEnum, description: 'What.' }), state: t.expose('state', { type: StateEnum, description: 'How far.' }), at: t.expose('at', { type: 'DateTime', nullable: true, description: 'When it came there.' }),
  }),
})
builder.objectFields(ConsentRef, (t) => ({
  forwardings: t.field({ type: [ForwardingRef], description: 'The consent, and its end where there is one, on the way to the agency.', resolve: async (c, _, { world, actor }) => (await nullIfRefused(readForwardings(world, actor, c.id))) ?? [] }),
  withdrawnBy: t.field({ type: WithdrawerEnum, nullable: true, description: 'From where the withdrawal came.', resolve: (c) => c.withdrawnBy ?? null }),
}))

act('receiveConsentWithdrawal', {
  description: 'The agency hands on a withdrawal that a person made by the client software or at the national portal. Effective for the next release; the partner is told as of any withdrawal.', who: { agency: ['certificate'] }, success: ConsentRef, ids: { consent: ['consent', 'The consent.'] },
  fields: (t) => ({ origin: t.field({ type: UpstreamEnum, description: 'Where it was made.' }) }), run: ({ world, actor }, input) => receiveWithdrawal(world, actor, input),
})
