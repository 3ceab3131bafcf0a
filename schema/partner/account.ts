/**
 * Links between a person and the accounts it has at partners: made in a login with the card, seen and ended by the person.
 *
 * @law 公的個人認証法 第38条
 */
import { isRefusal } from '../../core/law/refusal.ts'
import { noteDone } from '../../core/law/partner/explain.ts'
import { unlinkAccount, type AccountLink } from '../../core/law/partner/account.ts'
import { accountAct } from '../assurance.ts'
import { act } from '../record/act.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId } from '../node.ts'
import { PartnerRef, partnerOf } from './partner.ts'

const LinkState = enumOf<AccountLink['state']>('AccountLinkState', 'Whether the link stands.', {
  LINKED: 'It stands.', ENDED_BY_PERSON: 'The person ended it; the partner was told.', ENDED_BY_PARTNER: 'The partner ended it.', ENDED_WITH_PARTNER: 'It ended with the partner’s standing.',
})

export const AccountLinkRef = builder.objectRef<AccountLink>('AccountLink').implement({
  description: 'A link between a person and an account at a partner. The gateway keeps a hash of the account’s name, and forgets it with the end of the link.',
  fields: (t) => ({
    id: t.id({ description: 'The link.', resolve: (link) => globalId(link.id) }),
    partner: t.field({ type: PartnerRef, nullable: true, description: 'At whom.', resolve: (link, _, context) => partnerOf(context, link.partner) }),
    linkedAt: t.expose('linkedAt', { type: 'DateTime', description: 'Since when.' }),
    state: t.expose('state', { type: LinkState, description: 'Whether it stands.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
  }),
})

act('unlinkAccount', {
  description: 'Ends a link: by the person, whose partner is told (`ACCOUNT_UNLINKED`), or by the partner. Logins go on, under the same subject.', who: { citizen: ['me'], partner: ['login'] }, extensions: accountAct, success: AccountLinkRef,
  ids: { link: ['accountLink', 'The link.'] }, run: async ({ world, actor, requestId }, input) => {
    const link = await unlinkAccount(world, actor, input)
    if (!isRefusal(link)) await noteDone(world, actor, 'account-link', link.person, [], requestId)
    return link
  },
})
