/**
 * The four information items (基本4情報) as they go in and out, and the names of the items. Names are taken and given
 * character by character; substitute characters are told by flags.
 *
 * @law 公的個人認証法 第7条第1項第2号 · 住民基本台帳法 第7条
 */
import { wareki } from '../../core/law/person/era.ts'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import { parseFourInformation, type FourInformation, type Sex } from '../../core/law/person/person.ts'
import type { Result } from '../../core/law/refusal.ts'
import { builder, enumOf } from '../builder.ts'

export const SexEnum = enumOf<Sex>('Sex', 'Sex as the resident record has it (性別).', { male: '男', female: '女', unknown: '不明' })

export const AttributeNameEnum = enumOf<ConsentItem>('AttributeName', 'What can be consented to: one of the four information items (基本4情報), or the answer to a question about them, which leaves the items at home.', {
  name: '氏名', address: '住所', birthDate: '生年月日', sex: '性別', isAdult: '成年か否か: only yes or no (`isAdult`).', livesInMunicipality: '特定の市区町村に住んでいるか否か: only yes or no (`livesInMunicipality`).',
})

export const FourInformationRef = builder.objectRef<FourInformation>('FourInformation').implement({
  description: 'The four information items (基本4情報: 氏名・生年月日・性別・住所).',
  fields: (t) => ({
    name: t.exposeString('name', { description: '氏名, never normalised.' }),
    nameSubstitutes: t.exposeString('nameSubstitutes', { description: 'Which characters of the name stand for others (代替文字): 0 or 1, one for each character.' }),
    birthDate: t.expose('birthDate', { type: 'Date', description: '生年月日.' }),
    birthDateWareki: t.string({ description: '生年月日 in 和暦.', resolve: (items) => wareki(items.birthDate) }),
    sex: t.expose('sex', { type: SexEnum, description: '性別.' }),
    address: t.exposeString('address', { description: '住所, never normalised.' }),
    addressSubstitutes: t.exposeString('addressSubstitutes', { description: 'Which characters of the address stand for others: 0 or 1, one for each character.' }),
  }),
})

export const FourInformationInput = builder.inputType('FourInformationInput', {
  description: 'The four information items as written on a form.',
  fields: (t) => ({
    name: t.field({ type: 'Text', description: '氏名.' }),
    nameSubstitutes: t.field({ type: 'Text', required: false, description: 'Flags of substitute characters; without them, none.' }),
    birthDate: t.field({ type: 'Date', description: '生年月日.' }),
    sex: t.field({ type: SexEnum, description: '性別.' }),
    address: t.field({ type: 'Text', description: '住所.' }),
    addressSubstitutes: t.field({ type: 'Text', required: false, description: 'Flags of substitute characters; without them, none.' }),
  }),
})

export const readItems = (input: typeof FourInformationInput.$inferInput): Result<FourInformation> => parseFourInformation(input)
