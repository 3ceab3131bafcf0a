/**
 * How long the law wants records kept, and when they must go. One row per kind of record; the last day of keeping is
 * computed from the day that the row names. Where the law is silent the row says so and a setting decides.
 *
 * @law 公的個人認証法施行令 第2条–第7条の8・第15条の3・第18条–第25条の4 · 施行規則 第72条・第82条 · 民法 第140条・第143条
 */
import { addDays, addMonths, partsOf, type LegalDate } from '../time.ts'

/** Which day starts the period. */
export type Start = 'expiry' | 'made' | 'received' | 'end-of-service' | 'transaction-end' | 'end-of-consent'

export type Period =
  /** Counted from the day after `start`, so many years. */
  | { readonly kind: 'years'; readonly years: number; readonly start: Start }
  /** Through that day. */
  | { readonly kind: 'until'; readonly start: Start }
  /** Erased at once when it comes. */
  | { readonly kind: 'erase-at-once'; readonly start: Start }

export interface RetentionRule { readonly record: string; readonly basis: string; readonly period: Period }

export const retention = {
  /** 発行記録 */
  'issuance-record': { record: '発行記録', basis: '公的個人認証法施行令 第2条・第7条の3・第18条', period: { kind: 'years', years: 10, start: 'expiry' } },
  /** 失効申請等情報・異動等失効情報・記録誤り等に係る情報・発行者署名符号の漏えい等に係る情報 */
  'revocation-entry': { record: '失効情報', basis: '公的個人認証法施行令 第3条–第6条・第7条の4–第7条の7・第19条–第22条', period: { kind: 'until', start: 'expiry' } },
  /** 失効情報ファイル */
  'revocation-file': { record: '失効情報ファイル', basis: '公的個人認証法施行令 第7条・第7条の8・第23条・第23条の8', period: { kind: 'years', years: 10, start: 'made' } },
  application: { record: '申請書・届出書', basis: '公的個人認証法施行規則 第82条', period: { kind: 'years', years: 15, start: 'received' } },
  /** Of an accredited certification business, with who decided and why it refused. */
  'accredited-papers': { record: '認定認証事業者の失効に係る書類', basis: '公的個人認証法施行規則 第82条', period: { kind: 'years', years: 10, start: 'expiry' } },
  /** Revocation data and 4情報 that a verifier received. The four items may stay longer only with the holder's consent. */
  'received-by-verifier': { record: '署名検証者等が受領した情報', basis: '公的個人認証法施行令 第15条の3・第25条の4', period: { kind: 'erase-at-once', start: 'end-of-service' } },
  /** The office copy of the yearly report. */
  'yearly-report': { record: '情報提供状況の報告書', basis: '公的個人認証法施行規則 第72条', period: { kind: 'years', years: 5, start: 'made' } },
  /** A document and its certificate, kept by the business that has to know its customer. */
  'customer-identification': { record: '確認記録 (特定事業者)', basis: '犯罪による収益の移転防止に関する法律 第6条第2項', period: { kind: 'years', years: 7, start: 'transaction-end' } },
  /** Counted from its withdrawal or its last day, with the log of what was given under it: as long as the consent itself may last. */
  consent: { record: '同意に係る情報', basis: '定めなし (not fixed; setting: ten years)', period: { kind: 'years', years: 10, start: 'end-of-consent' } },
  /** Why a partner's request was answered or refused. The law wants reasons kept of an accredited business; of the gateway it is silent. */
  'decision-record': { record: '提供等の可否の判断の記録', basis: '定めなし (not fixed; setting: one year)', period: { kind: 'years', years: 1, start: 'made' } },
  /** 特定個人情報の利用・出力等の記録 */
  'my-number-log': { record: '特定個人情報ファイルの取扱いの記録', basis: '個人情報保護委員会ガイドライン (period not fixed; setting: seven years)', period: { kind: 'years', years: 7, start: 'made' } },
} as const satisfies Record<string, RetentionRule>
export type RecordKind = keyof typeof retention

/** The last day on which the law demands the record; null where it demands none. */
export function keepThrough(kind: RecordKind, start: LegalDate): LegalDate | null {
  const { period }: RetentionRule = retention[kind]
  switch (period.kind) {
    case 'years': return lastDayOfYears(addDays(start, 1), period.years)
    case 'until': return start
    case 'erase-at-once': return null
  }
}

/**
 * What the law says of the record on a day: it must be there (`keep`), it must be gone (`erase`), or neither (`free`).
 * What is free and holds anything of a person is deleted, unless a setting of the operator gives a reason.
 */
export function dutyOn(kind: RecordKind, start: LegalDate, day: LegalDate): 'keep' | 'free' | 'erase' {
  const { period }: RetentionRule = retention[kind]
  if (period.kind === 'erase-at-once') return day >= start ? 'erase' : 'free'
  const last = keepThrough(kind, start)
  return last !== null && day <= last ? 'keep' : 'free'
}

/** The latest first day of a period that is over on `day`; null where none is fixed from which one could count. */
export function erasableThrough(kind: RecordKind, day: LegalDate): LegalDate | null {
  const { period }: RetentionRule = retention[kind]
  if (period.kind === 'until') return addDays(day, -1)
  if (period.kind === 'erase-at-once') return day
  // Months of different lengths move the corresponding day by a few days at most.
  let start = addDays(addMonths(day, -12 * period.years), 3)
  while (dutyOn(kind, start, day) === 'keep') start = addDays(start, -1)
  return start
}

/**
 * A period of years whose first day counts ends with the day before the corresponding one; where there is none, with the
 * last day of the month. @law 民法 第143条第2項
 */
function lastDayOfYears(first: LegalDate, years: number): LegalDate {
  const corresponding = addMonths(first, years * 12)
  return partsOf(corresponding).day === partsOf(first).day ? addDays(corresponding, -1) : corresponding
}
