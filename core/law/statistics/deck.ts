/**
 * Figures that the ministry published for 1 November 2020, as reference data, and what follows from them. The derived
 * values are computed, never written down.
 *
 * Source: 総務省「マイナンバーカード及び公的個人認証サービスの概要」(令和2年11月10日)
 */
import { month, type Month } from './month.ts'
import { percent, type DayCount } from './statistics.ts'
import { legalDate } from '../time.ts'

export const published = {
  asOf: legalDate('2020-11-01'),
  /** 申請受付の総累計数 */
  received: 33_177_351,
  /** 有効申請受付数: 申請受付 less those known to have been dropped */
  valid: 31_555_229,
  /** 交付実施済数 */
  delivered: 27_773_689,
} as const

/** 土日祝日を除く */
export const convention: DayCount = 'weekdays without holidays'

/** 1日当たり平均 (土日祝日を除く): valid applications and hand-overs. */
export const publishedAverages: readonly { readonly month: Month; readonly validPerDay: number; readonly deliveredPerDay: number }[] = [
  { month: month('2020-08'), validPerDay: 58_881, deliveredPerDay: 64_748 },
  { month: month('2020-09'), validPerDay: 64_224, deliveredPerDay: 63_186 },
  { month: month('2020-10'), validPerDay: 43_867, deliveredPerDay: 70_949 },
]

export const derived = {
  /** all − valid: known to have been dropped by the counting instant */
  dropped: published.received - published.valid,
  droppedPercent: percent(published.received - published.valid, published.received),
  deliveredPercentOfValid: percent(published.delivered, published.valid),
  /** valid, not yet handed over */
  waiting: published.valid - published.delivered,
} as const
