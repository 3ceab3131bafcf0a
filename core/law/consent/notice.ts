/**
 * What a person is told before consenting (重要事項): fifteen items, each required or not, and each from somebody: the law
 * sets it, the partner supplies it, or it comes from the register of partners where the partner supplied nothing. They are
 * part of a purpose and never change after; their hash stands in what the person signs, so that what was shown is what
 * was signed, and their text in the receipt.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2 (利用者への明示)
 */
import { sha256Hex } from '../../pki/signer.ts'
import { canonicalJson } from '../act.ts'
import { refuse, type Refusal } from '../refusal.ts'

export const noticeKinds = [
  'supply', 'onward-supply', 'purpose', 'disclosure-request', 'keeping', 'how-taken', 'several-services', 'validity', 'free', 'stop-on-withdrawal', 'stop-on-end', 'desk', 'client-software', 'consenting-again', 'contact',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

/** LAW: the same for everybody. PARTNER: in the partner's words. REGISTER: made of what is registered of the partner. */
export type NoticeSource = 'LAW' | 'PARTNER' | 'REGISTER'

export interface Notice {
  /** 1–15, the order in which they are shown. */
  readonly number: number
  readonly kind: NoticeKind
  /** Whether consent may be taken without it. */
  readonly required: boolean
  readonly source: NoticeSource
  readonly textJa: string
  readonly textEn: string
}

/** What a partner says in its own words. */
export type SuppliedNotice = Pick<Notice, 'kind' | 'textJa' | 'textEn'>

/** Those that a partner may supply; the purpose itself is its text. */
export const suppliable: readonly NoticeKind[] = ['disclosure-request', 'keeping', 'several-services', 'stop-on-end', 'desk', 'contact']

const optional: readonly NoticeKind[] = ['onward-supply', 'several-services', 'stop-on-end', 'consenting-again']

export interface NoticeFacts {
  readonly partner: { readonly name: string; readonly nameEn: string; readonly contact: string } | null
  readonly textJa: string
  readonly textEn: string
  readonly supplied: readonly SuppliedNotice[]
}

/** All fifteen, in order. */
export function noticesOf({ partner, textJa, textEn, supplied }: NoticeFacts): readonly Notice[] {
  return noticeKinds.map((kind, i) => {
    const own = kind === 'purpose' ? { textJa, textEn } : supplied.find((notice) => notice.kind === kind)
    const from: Pick<Notice, 'source' | 'textJa' | 'textEn'> = own !== undefined ? { source: 'PARTNER', textJa: own.textJa, textEn: own.textEn } : partner !== null && isRegistered(kind) ? { source: 'REGISTER', ...registered[kind](partner) } : { source: 'LAW', ...byLaw[kind as Exclude<NoticeKind, 'purpose'>] }
    return { number: i + 1, kind, required: !optional.includes(kind), ...from }
  })
}

/** Each once, and none that is not the partner's to word. */
export function unfitNotices(supplied: readonly SuppliedNotice[]): Refusal | null {
  const kinds = supplied.map((notice) => notice.kind)
  return new Set(kinds).size === kinds.length && kinds.every((kind) => suppliable.includes(kind)) ? null : refuse('MALFORMED_INPUT', { field: 'notices' })
}

/** What is signed of them: SHA-256 over the canonical JSON of the list, hex. */
export const noticeHash = (notices: readonly Notice[]): string => sha256Hex(new TextEncoder().encode(canonicalJson(notices)))

/** Of purposes that were registered before notices were part of them. */
export const unstatedNotices = (textJa: string, textEn: string): readonly Notice[] => noticesOf({ partner: null, textJa, textEn, supplied: [] })

// ---------------------------------------------------------------- texts

type Text = Pick<Notice, 'textJa' | 'textEn'>
type Registered = 'disclosure-request' | 'desk' | 'contact'

const isRegistered = (kind: NoticeKind): kind is Registered => kind === 'disclosure-request' || kind === 'desk' || kind === 'contact'

const registered: Readonly<Record<Registered, (partner: NonNullable<NoticeFacts['partner']>) => Text>> = {
  'disclosure-request': ({ name, nameEn, contact }) => ({ textJa: `開示の求めは、${name}（${contact}）が受け付けます。`, textEn: `Requests for disclosure are taken by ${nameEn} (${contact}).` }),
  desk: ({ name, nameEn, contact }) => ({ textJa: `照会と撤回の窓口は${name}（${contact}）です。そのつど本人確認をします。`, textEn: `The desk for inquiry and withdrawal is ${nameEn} (${contact}). It checks your identity each time.` }),
  contact: ({ name, nameEn, contact }) => ({ textJa: `問い合わせ先は${name}（${contact}）です。`, textEn: `For questions, turn to ${nameEn} (${contact}).` }),
}

const byLaw: Readonly<Record<Exclude<NoticeKind, 'purpose'>, Text>> = {
  supply: { textJa: '機構は、同意された項目だけを、プラットフォーム事業者を経て提供します。新しい証明書がない間は提供しません。', textEn: 'The agency supplies only the items consented to, through the platform operator, and none while there is no new certificate.' },
  'onward-supply': { textJa: 'プラットフォーム事業者は、受け取った情報を提供先に渡します。', textEn: 'The platform operator hands what it receives to the recipient.' },
  'disclosure-request': { textJa: '開示の求めは、提供先の連絡先で受け付けます。', textEn: 'Requests for disclosure go to the contact of the recipient.' },
  keeping: { textJa: '同意の記録は、期間が終わった後、法令の定める期間保存され、その後削除されます。', textEn: 'The record of the consent is kept for the period the law sets after it ends, and then deleted.' },
  'how-taken': { textJa: '同意は電子的にのみ、署名用電子証明書により、サービスごとに行います。送られた証明書はこのためには保存しません。', textEn: 'Consent is electronic only, with the signing certificate, for each service. The certificate sent is not kept for this.' },
  'several-services': { textJa: '一度の操作で複数のサービスに同意する場合は、それぞれを明示します（この画面は一つのサービスです）。', textEn: 'Where one act covers several services, each is named (this page is about one).' },
  validity: { textJa: '有効期間は、この画面に示したとおりで、最長10年です。', textEn: 'The period is the one shown on this page, ten years at most.' },
  free: { textJa: '同意は任意であり、拒んでも不利益はありません。', textEn: 'Consent is free, and refusing has no disadvantage.' },
  'stop-on-withdrawal': { textJa: '撤回すると、次の提供から止まります。', textEn: 'After a withdrawal nothing more is given.' },
  'stop-on-end': { textJa: 'サービスや契約が終わると、提供も止まります。', textEn: 'When the service or the contract ends, giving ends too.' },
  desk: { textJa: '照会と撤回の窓口では、そのつど本人確認をします。', textEn: 'The desks for inquiry and withdrawal check your identity each time.' },
  'client-software': { textJa: '照会と撤回は、利用者クライアントソフトとこのサイトでもできます。', textEn: 'You can also inquire and withdraw with the client software and on this site.' },
  'consenting-again': { textJa: '撤回の後、もう一度同意するには、提供先から新しい求めが必要です。', textEn: 'To consent again after a withdrawal, the recipient has to ask anew.' },
  contact: { textJa: '問い合わせは、提供先の連絡先へ。', textEn: 'For questions, turn to the contact of the recipient.' },
}
