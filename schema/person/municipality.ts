/**
 * Municipalities (市区町村) as reference data, with the romanised names that certificates carry.
 *
 * @law 電子署名等に係る地方公共団体情報システム機構の認証業務に関する法律 第3条 (住所地市町村)
 */
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
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
