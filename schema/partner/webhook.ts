/**
 * Webhooks: where a partner is told that something happened under one of its consents, and the log of what it was told.
 * Messages name the consent and carry no value of a person.
 */
import { registerWebhook, removeWebhook, resendDelivery, rotateWebhookSecret, webhooksOf, type Delivery, type Told, type Webhook, type WebhookEvent } from '../../core/law/partner/webhook.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { connectionOf, pageArgs, pageOf } from '../connection.ts'
import { globalId } from '../node.ts'

const partner: Audience = { partner: ['consent', 'login'] }

const EventEnum = enumOf<WebhookEvent>('WebhookEvent', 'What a partner is told of.', {
  'consent-withdrawn': 'A consent was withdrawn, by either side.', 'consent-ended': 'A consent ended with its purpose or with the partner’s standing.',
  'certificate-revoked': 'The signing certificate of a person with a consent in force lapsed: nothing can be released until a new one is issued.',
  'attributes-changed': 'A consented item stands otherwise in the new signing certificate. Read it under the consent.',
  'account-unlinked': 'A person ended the link to its account.',
  'grant-expiring': 'A grant of free space that was given to the partner runs out: told 90, 30 and 7 days before.',
})
const WebhookState = enumOf<Webhook['state']>('WebhookState', 'Whether it is told.', { ACTIVE: 'Told.', REMOVED: 'Removed, its secret erased.' })
const DeliveryState = enumOf<Delivery['state']>('WebhookDeliveryState', 'Where a delivery stands.', { WAITING: 'Not taken yet; see `nextAt`.', DELIVERED: 'Taken with a status of 2xx.', DEAD: 'Given up after eight attempts; `resendWebhookDelivery` tries again.' })

const DeliveryRef = builder.objectRef<Delivery>('WebhookDelivery').implement({
  description: 'One message to one webhook. It may arrive twice, with the same id.',
  fields: (t) => ({
    id: t.id({ description: 'The delivery; to resend it.', resolve: (d) => globalId(d.id) }),
    messageId: t.string({ description: 'The id in the message and in the header `webhook-id`.', resolve: (d) => d.id }),
    event: t.expose('event', { type: EventEnum, description: 'What happened.' }),
    consent: t.id({ nullable: true, description: 'Under which consent; null where it is about something else.', resolve: (d) => (d.consent === null ? null : globalId(d.consent)) }),
    link: t.id({ nullable: true, description: 'Of which link to an account.', resolve: (d) => (d.link === null ? null : globalId(d.link)) }),
    grant: t.id({ nullable: true, description: 'Of which grant of free space.', resolve: (d) => (d.grant === null ? null : globalId(d.grant)) }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    state: t.expose('state', { type: DeliveryState, description: 'Where it stands.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    nextAt: t.field({ type: 'DateTime', nullable: true, description: 'When it is tried next.', resolve: (d) => (d.state === 'WAITING' ? d.nextAt : null) }),
    lastOutcome: t.exposeString('lastOutcome', { nullable: true, description: 'What came of the last attempt: the HTTP status, or why there was none.' }),
    lastAt: t.expose('lastAt', { type: 'DateTime', nullable: true, description: 'When that was.' }),
  }),
})
const DeliveryConnection = connectionOf<Delivery>('WebhookDelivery', 'deliveries', DeliveryRef)

const secretOf = ({ secret }: Told): string => `whsec_${Buffer.from(secret).toString('base64')}`

const WebhookRef = builder.objectRef<Webhook>('Webhook').implement({
  description: 'An address that is told of events.',
  fields: (t) => ({
    id: t.id({ description: 'The webhook.', resolve: (w) => globalId(w.id) }),
    url: t.exposeString('url', { description: 'Where messages go, by POST.' }),
    events: t.expose('events', { type: [EventEnum], description: 'What it is told of.' }),
    state: t.expose('state', { type: WebhookState, description: 'Whether it is told.' }),
    previousSecretUntil: t.field({ type: 'DateTime', nullable: true, description: 'Until when messages are signed with the secret of before as well.', resolve: (w) => w.previous?.until ?? null }),
    registeredAt: t.expose('registeredAt', { type: 'DateTime', description: 'Since when.' }),
    deliveries: t.field({ type: DeliveryConnection, args: pageArgs, description: 'What it was told, newest first.', resolve: (w, args, context) => pageOf<Delivery>(args, context, (d) => d.id, (n) => context.world.webhooks.deliveriesOf(w.id, n)) }),
  }),
})

const RegisteredRef = builder.objectRef<Told>('RegisteredWebhook').implement({
  description: 'A webhook, with its secret.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The webhook.', resolve: ({ webhook }) => webhook }),
    secret: t.string({ description: 'For verifying messages (`client/webhook.ts`). Told here and by a repeat of this act, and nowhere else.', resolve: secretOf }),
  }),
})

builder.queryField('webhooks', (t) => t.field({
  type: [WebhookRef], description: 'The partner’s webhooks, removed ones too.', extensions: audience(partner),
  resolve: async (_, _args, { world, actor }) => {
    const found = await webhooksOf(world, actor)
    return isRefusal(found) ? [] : found
  },
}))

act('registerWebhook', {
  description: 'Has an address told of events, five addresses at most. In production it must be https and lead to the open internet.', who: partner, success: RegisteredRef,
  fields: (t) => ({ url: t.field({ type: 'Text', description: 'Where messages go.' }), events: t.field({ type: [EventEnum], description: 'What to tell it.' }) }),
  run: ({ world, actor }, input) => registerWebhook(world, actor, input),
})
act('removeWebhook', { description: 'Tells the address nothing more and erases its secret.', who: partner, success: WebhookRef, ids: { webhook: ['webhook', 'The webhook.'] }, run: ({ world, actor }, input) => removeWebhook(world, actor, input) })
act('rotateWebhookSecret', { description: 'Makes a new secret. For a day messages carry two signatures, so that the change needs no moment of its own.', who: partner, success: RegisteredRef, ids: { webhook: ['webhook', 'The webhook.'] }, run: ({ world, actor }, input) => rotateWebhookSecret(world, actor, input) })
act('resendWebhookDelivery', { description: 'Sends a delivered or given-up message again, under its old id.', who: partner, success: DeliveryRef, ids: { delivery: ['delivery', 'The delivery.'] }, run: ({ world, actor }, input) => resendDelivery(world, actor, input) })
