/**
 * The name of a person as the register has it beside the four items: its reading with its source, roman letters, the former
 * surname (旧氏).
 *
 * @law 住民基本台帳法 第7条第1号の2
 */
import { readingSources, type FormerName, type PersonName, type ReadingSource } from '../../core/law/person/name.ts'
import type { InputFields } from '../record/act.ts'
import { builder, enumOf } from '../builder.ts'

const SourceEnum = enumOf<ReadingSource>('NameReadingSource', 'Whose word a reading is.', {
  notified: '本人の届出.', 'set-by-municipality': '市区町村長による記載 (職権).', 'before-2025': 'On the record from before 2025-05-26, when the law did not know of it.',
} satisfies Record<(typeof readingSources)[number], string>)

const ReadingRef = builder.objectRef<NonNullable<PersonName['reading']>>('NameReading').implement({
  description: 'The reading of a name (氏名の振り仮名).',
  fields: (t) => ({ kana: t.exposeString('kana', { description: 'As recorded.' }), source: t.expose('source', { type: SourceEnum, description: 'Whose word it is.' }) }),
})
const FormerNameRef = builder.objectRef<FormerName>('FormerName').implement({
  description: 'A former surname (旧氏).',
  fields: (t) => ({
    surname: t.exposeString('surname', { description: 'As recorded.' }), substitutes: t.exposeString('substitutes', { description: 'Its substitute characters: 0 or 1, one for each character.' }), kana: t.exposeString('kana', { nullable: true, description: 'Its reading.' }),
  }),
})
export const PersonNameRef = builder.objectRef<PersonName>('PersonName').implement({
  description: 'A name (氏名) with all that the register has of it; never normalised.',
  fields: (t) => ({
    kanji: t.exposeString('kanji', { description: 'As certified.' }), substitutes: t.exposeString('substitutes', { description: 'Its substitute characters: 0 or 1, one for each character.' }),
    reading: t.expose('reading', { type: ReadingRef, nullable: true, description: '振り仮名, where there is one.' }), roman: t.exposeString('roman', { nullable: true, description: 'In roman letters, where asked for.' }),
    former: t.expose('former', { type: FormerNameRef, nullable: true, description: '旧氏, where recorded.' }),
  }),
})

const ReadingInput = builder.inputType('NameReadingInput', {
  description: 'A reading of a name.', fields: (t) => ({ kana: t.field({ type: 'Text', description: 'As notified or set.' }), source: t.field({ type: SourceEnum, description: 'Whose word it is.' }) }),
})
const FormerNameInput = builder.inputType('FormerNameInput', {
  description: 'A former surname.',
  fields: (t) => ({ surname: t.field({ type: 'Text', description: 'As in the family register.' }), substitutes: t.field({ type: 'Text', required: false, description: 'Flags of substitute characters; without them, none.' }), kana: t.field({ type: 'Text', required: false, description: 'Its reading.' }) }),
})
export const nameFields = ((t: InputFields) => ({
  reading: t.field({ type: ReadingInput, required: false, description: 'The reading as it stands from now on; left out for none.' }),
  roman: t.field({ type: 'Text', required: false, description: 'Roman letters as it stands from now on; left out for none.' }),
  former: t.field({ type: FormerNameInput, required: false, description: 'The former surname as it stands from now on; left out for none.' }),
}))
