/**
 * Who represents a minor (法定代理人), as its municipality recorded it, and whom the person who asks represents.
 *
 * @law 民法 第818条・第824条
 */
import { endRepresentation, ownRepresentations, recordRepresentation, type Representation, type RepresentationKind } from '../../core/law/consent/guardian.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId } from '../node.ts'

const KindEnum = enumOf<RepresentationKind>('RepresentationKind', 'By what right.', { 'parental-authority': '親権者', 'guardian-of-minor': '未成年後見人' })

const RepresentationRef = builder.objectRef<Representation>('Representation').implement({
  description: 'That a person represents a minor. It ends by itself on the day the age is completed from which a person consents alone.',
  fields: (t) => ({
    person: t.id({ description: 'The minor.', resolve: (r) => globalId(r.person) }),
    representative: t.id({ description: 'Who represents it.', resolve: (r) => globalId(r.representative) }),
    kind: t.expose('kind', { type: KindEnum, description: 'By what right.' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When it was recorded.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it was ended.' }),
  }),
})

const municipality: Audience = { municipal: ['register'] }
const ids = { person: ['person', 'The minor, a resident of the municipality.'], representative: ['person', 'Who represents it.'] } as const

act('recordRepresentation', {
  description: 'The municipality records, having seen the family register, who represents a minor.', who: municipality, success: RepresentationRef, ids, fields: (t) => ({ kind: t.field({ type: KindEnum, description: 'By what right.' }) }),
  run: ({ world, actor }, input) => recordRepresentation(world, actor, input),
})
act('endRepresentation', { description: 'Ends it: by decision of the court, by adoption, by death.', who: municipality, success: RepresentationRef, ids, run: ({ world, actor }, input) => endRepresentation(world, actor, input) })

builder.queryField('representations', (t) => t.field({
  type: [RepresentationRef], description: 'Whom the person who asks may consent for today.', extensions: audience({ citizen: ['me'] }),
  resolve: async (_, _args, { world, actor }) => {
    const found = await ownRepresentations(world, actor)
    return isRefusal(found) ? [] : found
  },
}))
