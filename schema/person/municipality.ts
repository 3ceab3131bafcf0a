/**
 * Municipalities (市区町村) as reference data, with the romanised names that certificates carry.
 *
 * @law 電子署名等に係る地方公共団体情報システム機構の認証業務に関する法律 第3条 (住所地市町村)
 */
import { bodiesWhere, type BodyKind, type PublicBody } from '../../core/law/person/bodies.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { connectionOf, pageArgs, pageOf } from '../connection.ts'
import type { Municipality } from '../../core/law/world.ts'

export const MunicipalityRef = builder.objectRef<Municipality>('Municipality').implement({
  description: 'A municipality (市区町村).',
  fields: (t) => ({
    code: t.expose('code', { type: 'MunicipalityCode', description: '全国地方公共団体コード.' }),
    name: t.exposeString('name', { description: 'Its name (市区町村名).' }),
    prefecture: t.exposeString('prefecture', { description: 'Its prefecture (都道府県名).' }),
    nameRoman: t.exposeString('municipalityRoman', { description: 'Its name as certificates write it.' }),
    prefectureRoman: t.exposeString('prefectureRoman', { description: 'Its prefecture as certificates write it.' }),
  }),
})

const MunicipalityConnection = connectionOf('Municipality', 'municipalities', MunicipalityRef)

builder.queryField('municipalities', (t) => t.field({
  type: MunicipalityConnection, description: 'All municipalities this gateway knows, by code.', extensions: audience('everyone'), args: pageArgs,
  resolve: (_, args, context) => pageOf(args, context, (m) => m.code, () => context.world.municipalities.list()),
}))

const BodyKindEnum = enumOf<BodyKind>('PublicBodyKind', 'Kinds of local government.', { prefecture: '都道府県.', municipality: '市町村・特別区.', ward: 'A ward of a designated city (指定都市の区): no body of its own.' })
export const PublicBodyRef = builder.objectRef<PublicBody>('PublicBody').implement({
  description: 'A local government (地方公共団体) of the register of codes, or a ward of a designated city.',
  fields: (t) => ({
    code: t.expose('code', { type: 'MunicipalityCode', description: '全国地方公共団体コード.' }),
    kind: t.expose('kind', { type: BodyKindEnum, description: 'Its kind.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    reading: t.exposeString('reading', { description: 'Its name in hiragana.' }),
    within: t.expose('within', { type: 'MunicipalityCode', nullable: true, description: 'The prefecture of a municipality, the city of a ward.' }),
  }),
})
const PublicBodyConnection = connectionOf('PublicBody', 'public bodies', PublicBodyRef)

builder.queryField('publicBodies', (t) => t.field({
  type: PublicBodyConnection, description: 'The register of local governments, by code, whether this gateway serves them or not.', extensions: audience('everyone'),
  args: {
    ...pageArgs, kind: t.arg({ type: BodyKindEnum, required: false, description: 'Of this kind only.' }),
    prefecture: t.arg({ type: 'MunicipalityCode', required: false, description: 'Within this prefecture only.' }),
  },
  resolve: (_, { kind, prefecture, ...args }, context) => pageOf(args, context, (body) => body.code, async () => bodiesWhere(kind ?? null, prefecture ?? null)),
}))
