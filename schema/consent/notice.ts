/**
 * What a person is told before consenting (重要事項), as part of a purpose: which of the fifteen, from whom, in both languages.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import type { Notice, NoticeKind, NoticeSource, SuppliedNotice } from '../../core/law/consent/notice.ts'
import type { PurposeId } from '../../core/law/ids.ts'
import type { Uses } from '../../core/law/world.ts'
import { builder, enumOf } from '../builder.ts'

const KindEnum = enumOf<NoticeKind>('NoticeKind', 'What a person is told before consenting (重要事項).', {
  supply: '機構からの提供: what the agency supplies, through whom.', 'onward-supply': 'プラットフォーム事業者からの提供.', purpose: '利用目的.', 'disclosure-request': '開示の求め: how to ask what is held.', keeping: '同意の記録の保存と削除.',
  'how-taken': '同意の取得方法.', 'several-services': '複数のサービスへの同意.', validity: '有効期間.', free: '同意は任意であること.', 'stop-on-withdrawal': '撤回による停止.', 'stop-on-end': 'サービスの終了による停止.',
  desk: '照会と撤回の窓口、その本人確認.', 'client-software': '利用者クライアントソフトによる照会と撤回.', 'consenting-again': 'その後の再同意.', contact: '問い合わせ先.',
})
const SourceEnum = enumOf<NoticeSource>('NoticeSource', 'Whose words a notice is in.', { LAW: 'Set by the law and its practice, the same for everybody.', PARTNER: 'The partner’s own.', REGISTER: 'Made of what is registered of the partner.' })

export const NoticeRef = builder.objectRef<Notice>('Notice').implement({
  description: 'Something a person is told before consenting.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Its place, 1 to 15.' }),
    kind: t.expose('kind', { type: KindEnum, description: 'What it is about.' }),
    required: t.exposeBoolean('required', { description: 'Whether it must be told.' }),
    source: t.expose('source', { type: SourceEnum, description: 'Whose words.' }),
    textJa: t.exposeString('textJa', { description: 'Japanese.' }),
    textEn: t.exposeString('textEn', { description: 'English.' }),
  }),
})

export const NoticeInput = builder.inputRef<SuppliedNotice>('NoticeInput').implement({
  description: 'A notice in the partner’s own words.',
  fields: (t) => ({
    kind: t.field({ type: KindEnum, description: 'What it is about.' }), textJa: t.field({ type: 'LongText', description: 'Japanese.' }), textEn: t.field({ type: 'LongText', description: 'English.' }),
  }),
})

export const noticesUnder = async (world: Uses<'consents'>, purpose: PurposeId): Promise<readonly Notice[]> => (await world.consents.loadPurpose(purpose))?.notices ?? []
