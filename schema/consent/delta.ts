/**
 * What an answer would change, shown before it is given.
 *
 * @law 公的個人認証法施行規則 第35条の2
 */
import { readDelta, type ConsentDelta } from '../../core/law/consent/delta.ts'
import { refuse } from '../../core/law/refusal.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { globalId, localId } from '../node.ts'
import { AttributeNameEnum } from '../person/person.ts'
import { orRefused } from '../record/act.ts'
import { ActionEnum, LimitEnum, personOf } from './consent.ts'

const DeltaRef = builder.objectRef<ConsentDelta>('ConsentDelta').implement({
  description: 'What a yes to a request would change. A page that asks for an extension shows this and no more.',
  fields: (t) => ({
    action: t.expose('action', { type: ActionEnum, description: 'What the request does.' }),
    replaces: t.id({ nullable: true, description: 'The consent that would end; null for a new one.', resolve: (d) => (d.replaces === null ? null : globalId(d.replaces)) }),
    added: t.expose('added', { type: [AttributeNameEnum], description: 'What would be given from now on.' }),
    kept: t.expose('kept', { type: [AttributeNameEnum], description: 'What is given already.' }),
    dropped: t.expose('dropped', { type: [AttributeNameEnum], description: 'What would be given no more.' }),
    untilBefore: t.expose('untilBefore', { type: 'DateTime', nullable: true, description: 'When the present consent ends.' }),
    untilAfter: t.expose('untilAfter', { type: 'DateTime', description: 'When the new one would.' }),
    limitedBy: t.expose('limitedBy', { type: LimitEnum, description: 'Which limit decides that end: of all, the earliest.' }),
  }),
})

builder.queryField('consentDelta', (t) => t.field({
  type: orRefused('ConsentDeltaPayload', DeltaRef), extensions: audience({ citizen: ['me'] }), description: 'What consenting to a request would change, for these items and this last day. Refused where `giveConsent` would be.',
  args: {
    request: t.arg.id({ description: 'The request.' }), items: t.arg({ type: [AttributeNameEnum], description: 'The chosen items, of those that are asked for.' }),
    chosenUntil: t.arg({ type: 'Date', required: false, description: 'The last day, where the person chose one.' }), person: t.arg.id({ required: false, description: 'Whom the person who asks represents.' }),
  },
  resolve: (_, args, { world, actor }) => {
    const [request, person] = [localId('consentRequest', args.request), personOf(args.person)]
    return request === null || person === 'unknown' ? refuse('NOT_FOUND') : readDelta(world, actor, { request, items: args.items, chosenUntil: args.chosenUntil ?? null, person })
  },
}))
