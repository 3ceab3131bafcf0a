/**
 * Starting a request for consent on the back channel, where a browser is returned to afterwards, and 同意しない.
 *
 * @rfc 9126 · 9700 4.1.3
 */
import { declineConsent, mostAddresses, readStart, registerReturnAddresses, startConsent, type ConsentStart } from '../../core/law/consent/start.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { nullIfRefused } from '../node.ts'
import { act } from '../record/act.ts'
import { ConsentRequestRef } from './consent.ts'

builder.objectField(ConsentRequestRef, 'declinedAt', (t) => t.field({ type: 'DateTime', nullable: true, description: 'When a person answered it with 同意しない; nothing was given.', resolve: (r, _, { world }) => world.consentStarts.declinedAt(r.id) }))
builder.objectField(ConsentRequestRef, 'returnAddresses', (t) => t.stringList({ description: 'Where the partner registered that a browser may be sent back to: exactly these.', resolve: async (r, _, { world }) => [...(await world.consentStarts.addressesOf(r.partner))] }))

const StartRef = builder.objectRef<ConsentStart>('ConsentStart').implement({
  description: 'A request for consent that was started: send a browser to `/pages/consent?request_uri=…`.',
  fields: (t) => ({
    requestUri: t.exposeString('reference', { description: 'For the browser, in place of everything else. Good as long as the request.' }),
    request: t.field({ type: ConsentRequestRef, nullable: true, description: 'The request.', resolve: (start, _, { world }) => world.consents.loadRequest(start.request) }),
    returnTo: t.exposeString('returnTo', { description: 'Where the browser is sent back to.' }),
    state: t.exposeString('state', { description: 'Handed back as it is.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When.' }),
  }),
})

builder.queryField('consentStart', (t) => t.field({
  type: StartRef, nullable: true, description: 'A started request by its reference. Null where there is none, or none that the actor may see.', extensions: audience({ citizen: ['me'], partner: ['consent'] }),
  args: { requestUri: t.arg({ type: 'Text', description: 'The reference.' }) }, resolve: (_, { requestUri }, { world, actor }) => nullIfRefused(readStart(world, actor, requestUri)),
}))

interface Addresses { readonly addresses: readonly string[] }
const AddressesRef = builder.objectRef<Addresses>('ReturnAddresses').implement({
  description: 'Where a partner’s browsers may be sent back to.',
  fields: (t) => ({ addresses: t.stringList({ description: 'Compared octet by octet.', resolve: ({ addresses }) => [...addresses] }) }),
})

act('registerReturnAddresses', {
  description: `A partner registers where browsers may be sent back to after a consent, at most ${mostAddresses}: https without fragment, compared octet by octet; loopback where no real persons are. Addresses registered before and not named count no more.`,
  who: { partner: ['consent'] }, success: AddressesRef,
  fields: (t) => ({ addresses: t.field({ type: ['LongText'], description: 'All of them.' }) }),
  run: async ({ world, actor, stage }, input) => {
    const registered = await registerReturnAddresses(world, actor, { ...input, loopback: stage !== 'production' })
    return 'refused' in registered ? registered : { addresses: registered }
  },
})
act('startConsent', {
  description: 'Starts a request for consent on the back channel: the browser brings only the `requestUri`. It comes back to `returnTo` with `state`, `iss` and either `grant_id`, the consent, or `error=access_denied`.', who: { partner: ['consent'] }, success: StartRef,
  ids: { request: ['consentRequest', 'The request, open and not started before.'] },
  fields: (t) => ({
    returnTo: t.field({ type: 'LongText', description: 'One of the registered return addresses.' }),
    state: t.field({ type: 'LongText', description: 'Unpredictable, 1–512 visible ASCII characters.' }),
  }),
  run: ({ world, actor }, input) => startConsent(world, actor, input),
})
act('declineConsent', {
  description: 'The person does not consent (同意しない). Nothing is given, the request cannot be answered again, and the partner learns that it was refused.', who: { citizen: ['me'] }, success: ConsentRequestRef,
  ids: { request: ['consentRequest', 'The request.'] }, run: ({ world, actor }, input) => declineConsent(world, actor, input),
})
