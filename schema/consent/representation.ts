/**
 * Who represents a minor or an adult under guardianship (法定代理人), as its municipality recorded it, and whom the person who asks represents.
 *
 * @law 民法 第818条・第824条・第859条
 */
import { endRepresentation, ownRepresentations, recordRepresentation, type Representation, type RepresentationKind } from '../../core/law/consent/guardian.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId } from '../node.ts'

const KindEnum = enumOf<RepresentationKind>('RepresentationKind', 'By what right.', { 'parental-authority': '親権者', 'guardian-of-minor': '未成年後見人', 'guardian-of-adult': '成年後見人' })

const RepresentationRef = builder.objectRef<Representation>('Representation').implement({
  description: 'That a person represents a minor, or an adult under guardianship (成年被後見人). Of a minor it ends by itself on the day the age is completed from which a person consents alone.',
  fields: (t) => ({
    person: t.id({ description: 'Who is represented.', resolve: (r) => globalId(r.person) }),
    representative: t.id({ description: 'Who represents it.', resolve: (r) => globalId(r.representative) }),
    kind: t.expose('kind', { type: KindEnum, description: 'By what right.' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When it was recorded.' }),
    evidenceOn: t.expose('evidenceOn', { type: 'Date', nullable: true, description: 'Of a guardian of an adult: day of issue of the 登記事項証明書 that was seen.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it was ended.' }),
  }),
})

const municipality: Audience = { municipal: ['register'] }
const ids = { person: ['person', 'The person who is represented, a resident of the municipality.'], representative: ['person', 'Who represents it.'] } as const

act('recordRepresentation', {
  description: 'The municipality records who represents a minor, having seen the family register, or an adult under guardianship, having seen the certificate of registered matters.', who: municipality, success: RepresentationRef, ids, fields: (t) => ({ kind: t.field({ type: KindEnum, description: 'By what right.' }), evidenceOn: t.field({ type: 'Date', required: false, description: '登記事項証明書: its day of issue, three months ago at most. For GUARDIAN_OF_ADULT, and only there.' }) }),
  run: ({ world, actor }, input) => recordRepresentation(world, actor, { ...input, evidenceOn: input.evidenceOn ?? null }),
})
act('endRepresentation', { description: 'Ends it: by decision of the court, by adoption, by death.', who: municipality, success: RepresentationRef, ids, run: ({ world, actor }, input) => endRepresentation(world, actor, input) })

builder.queryField('representations', (t) => t.field({
  type: [RepresentationRef], description: 'Whom the person who asks may consent for today.', extensions: audience({ citizen: ['me'] }),
  resolve: async (_, _args, { world, actor }) => {
    const found = await ownRepresentations(world, actor)
    return isRefusal(found) ? [] : found
  },
}))
