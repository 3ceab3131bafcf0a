/**
 * The outlines of the test persons. All are invented; no address is anybody's. The order fixes their ids: new ones go last.
 */
import { municipalityCode, type MunicipalityCode } from '../core/law/ids.ts'
import type { Sex } from '../core/law/person/person.ts'
import type { Resident } from '../core/law/person/resident.ts'

/** What is to be true of a person once the acts that lead there have been done. Rows of the seed are the register only. */
export interface Situation {
  /** 未申請 · 作成中 · 交付通知書送付済み · 交付済み · 一時停止 */
  readonly card: 'none' | 'in-production' | 'noticed' | 'in-use' | 'suspended'
  readonly certificates: 'none' | 'both' | 'authentication-only' | 'signature-revoked' | 'both-revoked'
  /** PINs that wrong values have blocked on the chip. */
  readonly blocked?: readonly ('authentication' | 'signature' | 'text')[]
  /** How many months ago card and certificates were made; today where absent. */
  readonly monthsAgo?: number
  /** Whether a phone holds certificates that hang on those of the card (移動端末設備用). */
  readonly phone?: boolean
  /** What the register records afterwards. 転出と転入 · 氏名の変更 · 死亡 · 国外転出 */
  readonly later?: 'moved' | 'renamed' | 'died' | 'left'
}

export interface Outline {
  readonly name: string
  readonly about: string
  readonly at: MunicipalityCode
  readonly state?: Exclude<Resident['state'], 'RESIDENT'>
  readonly text: string
  readonly kana: string | null
  /** Characters that stand for others (代替文字), by index. */
  readonly substituted?: readonly number[]
  readonly address: string
  readonly born: string | { readonly monthsAgo: number }
  readonly sex: Sex
  readonly stayDays?: number
  readonly situation: Situation
}

const kiyose = municipalityCode('132217')
const chiyoda = municipalityCode('131016')
const sapporo = municipalityCode('011002')
const yokohama = municipalityCode('141003')
const yonaguni = municipalityCode('473821')
const kyoto = municipalityCode('261009')

const withCard: Situation = { card: 'in-use', certificates: 'both' }
const nothingYet: Situation = { card: 'none', certificates: 'none' }

export const outlines: readonly Outline[] = [
  {
    name: 'hanako', about: 'An adult with a card in use and both certificates: everything succeeds.', at: kiyose, text: '青空　花子', kana: 'アオゾラ　ハナコ',
    address: '東京都清瀬市見本町一丁目2番地の3', born: '1990-04-15', sex: 'female', situation: withCard,
  },
  {
    name: 'taro', about: 'An adult who never had a card: the application begins here.', at: yokohama, text: '白波　太郎', kana: 'シラナミ　タロウ',
    address: '神奈川県横浜市中区見本町4番地', born: '1985-11-03', sex: 'male', situation: nothingYet,
  },
  {
    name: 'kenta', about: 'A child of ten: an authentication certificate, no signing certificate (UNDER_FIFTEEN); the card lives five years.', at: kiyose, text: '青空　健太', kana: 'アオゾラ　ケンタ',
    address: '東京都清瀬市見本町一丁目2番地の3', born: { monthsAgo: 125 }, sex: 'male', situation: { card: 'in-use', certificates: 'authentication-only' },
  },
  {
    name: 'yui', about: 'Fifteen next month: a signing certificate is refused today.', at: kyoto, text: '若葉　結衣', kana: 'ワカバ　ユイ',
    address: '京都府京都市左京区見本町56番地', born: { monthsAgo: 179 }, sex: 'female', situation: nothingYet,
  },
  {
    name: 'leap', about: 'Born on 29 February: birthdays of other years, and the ends that hang on them.', at: sapporo, text: '春野　潤', kana: 'ハルノ　ジュン',
    address: '北海道札幌市中央区見本一条一丁目1番地', born: '2000-02-29', sex: 'male', situation: withCard,
  },
  {
    name: 'gaiji', about: 'Characters outside the certificate’s set: two in the name and one in the address are substitutes, and flagged.', at: chiyoda, text: '渡辺　高子', kana: 'ワタナベ　タカコ',
    substituted: [1, 3], address: '東京都千代田区見本塚町7番地', born: '1957-01-20', sex: 'female', situation: withCard,
  },
  {
    name: 'ivs', about: 'A name with a variation selector and one beyond the basic plane: nothing may normalise or cut it.', at: chiyoda, text: '辻󠄀　𠮷乃', kana: 'ツジ　ヨシノ',
    address: '東京都千代田区見本町8番地𠮷田荘', born: '1972-08-08', sex: 'female', situation: withCard,
  },
  {
    name: 'maria', about: 'A foreign resident with a long name whose stay ends in thirty days, and the card with it.', at: yokohama,
    text: 'VILLANUEVA DE LA MONTAÑA Y FERNÁNDEZ-ECHEVERRÍA MARÍA DEL CARMEN GUADALUPE ISABELLA', kana: null,
    address: '神奈川県横浜市西区見本三丁目90番地見本ハイツ1201号室', born: '1994-12-24', sex: 'female', stayDays: 30, situation: withCard,
  },
  {
    name: 'misaki', about: 'A former family name stands beside the present one (旧氏).', at: kiyose, text: '佐倉（高梨）　美咲', kana: 'サクラ　ミサキ',
    address: '東京都清瀬市見本町二丁目10番地', born: '1991-06-30', sex: 'female', situation: withCard,
  },
  {
    name: 'lost', about: 'Reported the card lost: card suspended, certificates on hold.', at: kiyose, text: '風間　翔', kana: 'カザマ　ショウ',
    address: '東京都清瀬市見本町三丁目11番地', born: '1999-09-09', sex: 'male', situation: { card: 'suspended', certificates: 'both' },
  },
  {
    name: 'changed', about: 'The signing certificate lapsed and no new one exists: consents stand, nothing can be released (AWAITING_NEW_CERTIFICATE).', at: yokohama, text: '小川　蓮', kana: 'オガワ　レン',
    address: '神奈川県横浜市旭区見本町12番地', born: '1988-03-21', sex: 'male', situation: { card: 'in-use', certificates: 'signature-revoked' },
  },
  {
    name: 'island', about: 'Lives in the smallest municipality of the seed; sex unknown; no reading of the name.', at: yonaguni, text: '海原　凪', kana: null,
    address: '沖縄県八重山郡与那国町字見本13番地', born: '1980-07-07', sex: 'unknown', situation: withCard,
  },
  {
    name: 'moving', about: 'Moved out and not yet in anywhere: no municipality may act but the one of the move-in.', at: sapporo, state: 'MOVING', text: '旅野　歩', kana: 'タビノ　アユム',
    address: '北海道札幌市北区見本町14番地', born: '1996-05-05', sex: 'male', situation: nothingYet,
  },
  {
    name: 'overseas', about: 'Left the country: no card can be applied for (NOT_RESIDENT).', at: chiyoda, state: 'OVERSEAS', text: '遠山　空', kana: 'トオヤマ　ソラ',
    address: '東京都千代田区見本町15番地', born: '1983-10-10', sex: 'female', situation: nothingYet,
  },
  {
    name: 'deceased', about: 'Died: every act about this person is refused.', at: kyoto, state: 'DECEASED', text: '故里　松', kana: 'フルサト　マツ',
    address: '京都府京都市北区見本町16番地', born: '1931-01-01', sex: 'female', situation: nothingYet,
  },
  {
    name: 'locked-out', about: 'The four-digit PIN of the authentication key is blocked: no login until the municipality sets it anew.', at: kiyose, text: '錠前　進', kana: 'ジョウマエ　ススム',
    address: '東京都清瀬市見本町四丁目17番地', born: '1978-02-11', sex: 'male', situation: { ...withCard, blocked: ['authentication'] },
  },
  {
    name: 'no-signing', about: 'The signing password is blocked: login works, no consent can be signed.', at: chiyoda, text: '鍵谷　文', kana: 'カギタニ　アヤ',
    address: '東京都千代田区見本町18番地', born: '1986-06-06', sex: 'female', situation: { ...withCard, blocked: ['signature'] },
  },
  {
    name: 'no-reading', about: 'The PIN of the input support (券面事項入力補助) is blocked: what is on the card cannot be read by it, the keys still work.', at: yokohama, text: '門倉　開', kana: 'カドクラ　カイ',
    address: '神奈川県横浜市緑区見本町19番地', born: '1969-12-01', sex: 'male', situation: { ...withCard, blocked: ['text'] },
  },
  {
    name: 'expired', about: 'The card lives on, both certificates have run out (certificates live five birthdays).', at: sapporo, text: '冬木　実', kana: 'フユキ　ミノル',
    address: '北海道札幌市南区見本町20番地', born: '1975-04-30', sex: 'male', situation: { ...withCard, monthsAgo: 61 },
  },
  {
    name: 'expiring', about: 'Both certificates end with the birthday of next month: renewal is open now.', at: kyoto, text: '秋月　操', kana: 'アキヅキ　ミサオ',
    address: '京都府京都市北区見本町21番地', born: { monthsAgo: 40 * 12 - 1 }, sex: 'female', situation: { ...withCard, monthsAgo: 53 },
  },
  {
    name: 'card-expired', about: 'Got the card as a minor; its five years are over, and the certificates with it.', at: kiyose, text: '夏目　航', kana: 'ナツメ　ワタル',
    address: '東京都清瀬市見本町五丁目22番地', born: { monthsAgo: 21 * 12 + 3 }, sex: 'male', situation: { ...withCard, monthsAgo: 61 },
  },
  {
    name: 'moved', about: 'Moved to Yokohama and showed the card there: the signing certificate lapsed with the address, the authentication certificate lives.', at: kiyose, text: '越野　渉', kana: 'コシノ　ワタル',
    address: '東京都清瀬市見本町六丁目23番地', born: '1993-07-19', sex: 'male', situation: { ...withCard, later: 'moved' },
  },
  {
    name: 'renamed', about: 'Married, the family name changed: the signing certificate lapsed, its items are no longer true.', at: yokohama, text: '新田　結', kana: 'ニッタ　ユイ',
    address: '神奈川県横浜市南区見本町24番地', born: '1995-02-02', sex: 'female', situation: { ...withCard, later: 'renamed' },
  },
  {
    name: 'departed', about: 'Died with a card in use: card and certificates lapsed with the record of the death.', at: kyoto, text: '名残　雪', kana: 'ナゴリ　ユキ',
    address: '京都府京都市東山区見本町25番地', born: '1940-03-03', sex: 'female', situation: { ...withCard, later: 'died' },
  },
  {
    name: 'emigrated', about: 'Left the country without the procedure for continued use: the card lapsed on the day.', at: chiyoda, text: '渡海　遥', kana: 'トカイ　ハルカ',
    address: '東京都千代田区見本町26番地', born: '1989-09-29', sex: 'unknown', situation: { ...withCard, later: 'left' },
  },
  {
    name: 'in-production', about: 'Applied; the agency is making the card. There is no chip yet.', at: sapporo, text: '待田　望', kana: 'マチダ　ノゾミ',
    address: '北海道札幌市西区見本町27番地', born: '2001-01-31', sex: 'female', situation: { card: 'in-production', certificates: 'none' },
  },
  {
    name: 'uncollected', about: 'The notice was sent, the card waits at the counter: a chip without PINs and certificates.', at: yonaguni, text: '留守　守', kana: 'ルス　マモル',
    address: '沖縄県八重山郡与那国町字見本28番地', born: '1965-08-15', sex: 'male', situation: { card: 'noticed', certificates: 'none' },
  },
  {
    name: 'login-only', about: 'An adult who wanted no signing certificate: login works, nothing can be signed.', at: kiyose, text: '片桐　一葉', kana: 'カタギリ　カズハ',
    address: '東京都清瀬市見本町七丁目29番地', born: '1982-05-25', sex: 'female', situation: { card: 'in-use', certificates: 'authentication-only' },
  },
  {
    name: 'bare', about: 'A card in use without any certificate: only what is printed and stored on it.', at: chiyoda, text: '素木　直', kana: 'シラキ　ナオ',
    address: '東京都千代田区見本町30番地', born: '1959-10-20', sex: 'male', situation: { card: 'in-use', certificates: 'none' },
  },
  {
    name: 'revoked', about: 'Asked for both certificates to be revoked; the card itself is in use.', at: yokohama, text: '終田　了', kana: 'ツイダ　リョウ',
    address: '神奈川県横浜市金沢区見本町31番地', born: '1979-11-11', sex: 'male', situation: { card: 'in-use', certificates: 'both-revoked' },
  },
  {
    name: 'smartphone', about: 'Has certificates in a phone too; they end with those of the card. The keys in the phone are nobody’s to use.', at: kyoto, text: '電田　携', kana: 'デンダ　ケイ',
    address: '京都府京都市中京区見本町32番地', born: '1998-12-12', sex: 'male', situation: { ...withCard, phone: true },
  },
]
