/**
 * The ministry accredits partners, suspends them and ends their standing; what would end is shown before.
 *
 * @law 公的個人認証法 第17条・第18条第6項・第36条 · 施行規則 第29条
 */
import { accreditPartner, endPartner, readEnding, resumePartner, suspendPartner, type Ending } from '../../core/law/partner/standing.ts'
import { act, orRefused } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { localId } from '../node.ts'
import { concludeAgreement, reportDelegation } from '../../core/law/partner/agreement.ts'
import { agreementInput, PartnerRef, RoleEnum } from './partner.ts'
import { refuse } from '../../core/law/refusal.ts'

const ministry: Audience = { ministry: ['partner'] }

const EndingRef = builder.objectRef<Ending>('PartnerEnding').implement({
  description: 'What would end with a partner: its own, and that of services with nothing else to stand on (事業者がプラットフォーム事業者の場合).',
  fields: (t) => ({
    delegations: t.exposeInt('delegations', { description: 'Services that act through it (SP); their standing rests on it and ends too.' }),
    consents: t.exposeInt('consents', { description: 'Consents in force.' }),
    webhooks: t.exposeInt('webhooks', { description: 'Addresses that are told of events.' }),
    openRequests: t.exposeInt('openRequests', { description: 'Requests for consent that nobody answered yet.' }),
    links: t.exposeInt('links', { description: 'Links between persons and accounts; what they held is forgotten.' }),
    passkeys: t.exposeInt('passkeys', { description: 'Passkeys; their keys are forgotten.' }),
  }),
})

builder.queryField('partnerEnding', (t) => t.field({
  type: orRefused('PartnerEndingPayload', EndingRef), description: 'What would end with a partner: to be looked at before `endPartner`.', extensions: audience(ministry), args: { partner: t.arg.id({ description: 'The partner.' }) },
  resolve: (_, args, { world, actor }) => {
    const id = localId('partner', args.partner)
    return id === null ? refuse('NOT_FOUND') : readEnding(world, actor, id)
  },
}))

const ids = { partner: ['partner', 'The partner.'] } as const

act('accreditPartner', {
  description: 'Accredits a partner for one year from a day on (施行令 第10条), or records that a service delegates all confirmation work to a platform operator (規則 第29条). The same again from the day after renews it.', who: ministry, success: PartnerRef, ids,
  fields: (t) => ({
    role: t.field({ type: RoleEnum, description: 'As what.' }),
    from: t.field({ type: 'Date', description: 'First day, today at the earliest.' }),
    through: t.id({ required: false, description: 'The platform operator, for a delegation. It ends with the platform’s accreditation at the latest.' }),
  }),
  run: ({ world, actor }, { through, ...input }) => {
    const platform = through === undefined || through === null ? null : localId('partner', through)
    return platform === null && through !== undefined && through !== null ? Promise.resolve(refuse('NOT_FOUND', { field: 'through' })) : accreditPartner(world, actor, { ...input, through: platform })
  },
})
act('suspendPartner', { description: 'Stops supply to a partner at once. It spreads to all its grounds and to every service that acts through it (法 第18条第6項第6号・第37条第4項第6号).', who: ministry, success: PartnerRef, ids, run: ({ world, actor }, input) => suspendPartner(world, actor, input) })
act('resumePartner', { description: 'Ends a suspension.', who: ministry, success: PartnerRef, ids, run: ({ world, actor }, input) => resumePartner(world, actor, input) })
act('endPartner', {
  description: 'Ends a partner’s standing for good: consents end; open requests, challenges, webhooks, links of accounts and passkeys go, those of services that rest on it alone too; the log of acts counts what was erased and binds the ids. Ask `partnerEnding` first and hand the number in.', who: ministry, success: PartnerRef, ids,
  fields: (t) => ({ consents: t.int({ description: 'The number of consents that was shown; where another one would end, nothing does.' }) }),
  run: ({ world, actor }, input) => endPartner(world, actor, input),
})
act('concludeAgreement', {
  description: 'The agency records what was agreed with a partner accredited in its own right (規則 第30条・第31条); it covers the services that act through it. A later version takes the place of the one before. From then on only what it allows, as long as it lasts.', who: { agency: ['partner'] }, success: PartnerRef, ids,
  fields: (t) => ({ role: t.field({ type: RoleEnum, description: 'As what.' }), from: t.field({ type: 'Date', description: 'First day of the accreditation that it belongs to.' }), ...agreementInput(t) }),
  run: ({ world, actor }, input) => concludeAgreement(world, actor, input),
})
act('reportDelegation', {
  description: 'A platform operator reports that a service delegates all confirmation work to it (規則 第29条). Once for each delegation.', who: { partner: ['partner'] }, success: PartnerRef, ids: { service: ['partner', 'The service.'] },
  run: ({ world, actor }, input) => reportDelegation(world, actor, input),
})
