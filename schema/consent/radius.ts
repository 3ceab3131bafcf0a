/**
 * How much would end with a purpose, a partner or an authority.
 *
 * @law 公的個人認証法 第17条第3項・第18条第6項
 */
import { readRadius, type Radius } from '../../core/law/consent/radius.ts'
import type { VerifierRole } from '../../core/law/partner/partner.ts'
import type { Refusal, Result } from '../../core/law/refusal.ts'
import { refuse } from '../../core/law/refusal.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { localId } from '../node.ts'
import { RoleEnum } from '../partner/partner.ts'
import { orRefused } from '../record/act.ts'

const RadiusRef = builder.objectRef<Radius>('ConsentRadius').implement({
  description: 'What ends with a thing in the chain authority → partner → purpose → consent. Numbers only.',
  fields: (t) => ({
    partners: t.exposeInt('partners', { description: 'Partners whose standing ends, services that act through one of them alone included.' }),
    purposes: t.exposeInt('purposes', { description: 'Purposes that nothing can be given or released under any more.' }),
    openRequests: t.exposeInt('openRequests', { description: 'Requests that nobody answered yet.' }),
    consents: t.exposeInt('consents', { description: 'Consents in force. The acts that end take this number and do nothing where it is another by then.' }),
    persons: t.exposeInt('persons', { description: 'Of how many persons.' }),
    webhooks: t.exposeInt('webhooks', { description: 'Addresses that are told of events, of partners that have no ground left. A purpose ends none.' }),
    links: t.exposeInt('links', { description: 'Links between persons and accounts. A purpose ends none.' }),
    passkeys: t.exposeInt('passkeys', { description: 'Passkeys. A purpose ends none.' }),
  }),
})

builder.queryField('consentRadius', (t) => t.field({
  type: orRefused('ConsentRadiusPayload', RadiusRef), extensions: audience({ partner: ['consent'], ministry: ['partner'] }),
  description: 'How much would end with a purpose (its partner asks, or the ministry), a partner (the ministry, or the partner about itself), or the accreditation for a role (the ministry). Exactly one is named. Nothing ends by asking.',
  args: {
    purpose: t.arg.id({ required: false, description: 'A purpose.' }), partner: t.arg.id({ required: false, description: 'A partner.' }), authority: t.arg({ type: RoleEnum, required: false, description: 'The ministers’ accreditation for this role.' }),
  },
  resolve: (_, { purpose, partner, authority }, context) => under(context, purpose ?? null, partner ?? null, authority ?? null),
}))

function under({ world, actor }: Context, purpose: string | null, partner: string | null, authority: VerifierRole | null): Promise<Result<Radius>> | Refusal {
  if ([purpose, partner, authority].filter((named) => named !== null).length !== 1) return refuse('MALFORMED_INPUT', { field: 'purpose' })
  if (authority !== null) return readRadius(world, actor, { authority })
  const [a, b] = [purpose === null ? null : localId('purpose', purpose), partner === null ? null : localId('partner', partner)]
  return a !== null ? readRadius(world, actor, { purpose: a }) : b !== null ? readRadius(world, actor, { partner: b }) : refuse('NOT_FOUND')
}
