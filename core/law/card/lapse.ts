/**
 * Which ground ends a card or a certificate by a given day, from what the register holds. Nothing is remembered between
 * two looks: looking every day and looking once after years find the same ground and the same day.
 *
 * A period of n days after a day D runs through D + n; the lapse comes with the first moment of the day after.
 *
 * @law 番号法 第17条第10項 · 公的個人認証法 第12条・第15条・第31条・第34条・第16条の13・第35条の13 · 民法 第140条・第141条
 */
import type { CardEnd } from './card.ts'
import type { CardCertificateKind, CertificateKind } from '../certificate/certificate.ts'
import type { ResidentEvent } from '../person/resident.ts'
import { grounds, type Ground, type GroundRule } from '../certificate/revocation.ts'
import { addDays, dayOf, legalDate, startOf, type Instant, type LegalDate } from '../time.ts'

/** 軽微な修正: these leave every certificate alive. @law 公的個人認証法施行規則 第20条 */
export const minorCorrections = ['common-kanji', 'character-identification', 'administrative-area', 'lot-number', 'residence-indication', 'building', 'accepted-by-minister'] as const
export type MinorCorrection = (typeof minorCorrections)[number]

/**
 * 転出 · 転入 · 転居 · 国外転出 · 転出取消 · 死亡 · 氏名等の変更 · 軽微な修正, and what a register may tell more finely; a `correction` that
 * names no minor kind is a change of the item. `card-presented`: the card was shown where its holder moved to (継続利用).
 */
export type RegisterEventKind = ResidentEvent['kind']

export interface RegisterEvent extends Pick<ResidentEvent, 'occurredOn' | 'recordedAt'> {
  readonly kind: RegisterEventKind
  /** 転出予定年月日, for moves out and overseas; the day of the event where absent. */
  readonly plannedOn?: LegalDate | null
  /** With a move-in: the card was shown together with the notice. */
  readonly cardPresented?: boolean
  /** With a move overseas: the procedure for continued use (国外継続利用) was done. */
  readonly continuedUse?: boolean
  readonly correction?: MinorCorrection | null
}

export interface CardFacts {
  /** When what is written on the card was fixed (its application); what was recorded before does not touch it. */
  readonly since: Instant
  readonly deliveredAt: Instant | null
  readonly expiresOn: LegalDate
  /** 返納 */
  readonly returnedAt?: Instant | null
  /** 紛失等による廃止 */
  readonly abolishedAt?: Instant | null
}

interface CauseRule {
  readonly card: CardEnd | null
  readonly signature: Ground | null
  readonly authentication: Ground | null
}
const byCard = (card: CardEnd): CauseRule => ({ card, signature: 'card-lapsed', authentication: 'card-lapsed' })
const signingOnly: CauseRule = { card: null, signature: 'record-changed', authentication: null }

/** What each cause ends. A record deleted by a move-out notice alone leaves the authentication certificate alive. */
export const causes = {
  'items-changed': signingOnly,
  'moved-out': signingOnly,
  'moved-in': signingOnly,
  'overseas-continued': signingOnly,
  // 附票の消除, of who is overseas. @law 公的個人認証法 第12条第3号・第31条第3号
  'annex-deleted': { card: null, signature: 'record-changed', authentication: 'record-changed' },
  death: { card: 'death', signature: 'record-changed', authentication: 'record-changed' },
  'status-lost': { card: 'status-lost', signature: 'record-changed', authentication: 'record-changed' },
  overseas: { card: 'overseas', signature: 'record-changed', authentication: 'card-lapsed' },
  'move-30': { card: 'move-30', signature: 'record-changed', authentication: 'record-changed' },
  'move-14': byCard('move-14'),
  'present-90': byCard('present-90'),
  'moved-on': byCard('moved-on'),
  'number-changed': byCard('number-changed'),
  returned: byCard('returned'),
  lost: byCard('lost'),
  expired: byCard('expired'),
} as const satisfies Record<string, CauseRule>
export type Cause = keyof typeof causes

/** Days of the periods. @law 番号法 第17条第10項 · 住民基本台帳法 第22条 · 公的個人認証法 第31条 */
export const periods = { moveInAfterPlannedMoveOut: 30, noticeAfterMoveIn: 14, presentAfterNotice: 90 } as const
/** From this day on a Japanese national may keep the card when moving overseas. */
export const continuedUseFrom = legalDate('2024-05-27')

/** A cause, seen in the register. */
interface Trigger {
  readonly cause: Cause
  /** The day on which it came about. */
  readonly on: LegalDate
  /** The earliest instant at which the register shows it: a lapse counts from when it is recorded. */
  readonly at: Instant
  readonly event: RegisterEvent | null
}

/** All causes in the order in which they show, those ahead included as if nothing more were recorded. */
function triggersOf(card: CardFacts, history: readonly RegisterEvent[]): Trigger[] {
  const found: Trigger[] = []
  let pending: Trigger[] = []
  const cancel = (...gone: Cause[]): void => { pending = pending.filter((p) => !gone.includes(p.cause)) }
  const waits = (cause: Cause): boolean => pending.some((p) => p.cause === cause)

  for (const event of history.toSorted((a, b) => a.recordedAt - b.recordedAt)) {
    const recordedOn = dayOf(event.recordedAt)
    found.push(...pending.filter((p) => p.at <= event.recordedAt))
    pending = pending.filter((p) => p.at > event.recordedAt)
    const now = (cause: Cause, on = event.occurredOn): void => { found.push({ cause, on, at: event.recordedAt, event }) }
    const later = (cause: Cause, on: LegalDate): void => { pending.push({ cause, on, at: max(startOf(on), event.recordedAt), event }) }
    const leaves = event.plannedOn ?? event.occurredOn

    switch (event.kind) {
      case 'move-out':
        cancel('moved-out', 'move-30', 'moved-on')
        later('moved-out', leaves)
        later('move-30', addDays(leaves, periods.moveInAfterPlannedMoveOut + 1))
        if (waits('present-90')) later('moved-on', leaves)
        break
      case 'move-overseas':
        cancel('moved-out', 'move-30', 'moved-on', 'overseas', 'overseas-continued')
        later(continues(event, leaves) ? 'overseas-continued' : 'overseas', leaves)
        if (waits('present-90')) later('moved-on', leaves)
        break
      case 'move-in': {
        now('moved-in')
        const late = addDays(event.occurredOn, periods.noticeAfterMoveIn + 1)
        if (waits('move-30') && recordedOn >= late) now('move-14', late)
        if (waits('present-90')) now('moved-on')
        cancel('moved-out', 'move-30', 'moved-on', 'present-90', 'overseas', 'overseas-continued')
        const holds = card.deliveredAt !== null && card.deliveredAt <= event.recordedAt
        if (holds && event.cardPresented !== true) later('present-90', addDays(recordedOn, periods.presentAfterNotice + 1))
        break
      }
      case 'move-cancelled':
        // What came about on the announced day stays; what was still to come of the move does not.
        cancel('moved-out', 'move-30', 'moved-on', 'overseas', 'overseas-continued')
        break
      case 'annex-deleted':
        now('annex-deleted')
        break
      case 'card-presented':
        cancel('present-90', 'moved-on')
        break
      case 'death':
      case 'status-lost':
        now(event.kind)
        pending = []
        break
      case 'my-number-change':
      case 'resident-code-change':
        now('number-changed')
        break
      case 'correction':
        if (event.correction == null) now('items-changed')
        break
      case 'minor-correction':
      case 'stay-change':
      case 'birth':
      case 'first-entry':
        break
      case 'move-within':
      case 'items-change':
      case 'name-change':
      case 'sex-change':
      case 'birth-date-correction':
        now('items-changed')
        break
    }
  }
  const own = (cause: Cause, at: Instant | null | undefined): Trigger[] => (at === null || at === undefined ? [] : [{ cause, on: dayOf(at), at, event: null }])
  const all = [...found, ...pending, ...own('returned', card.returnedAt), ...own('lost', card.abolishedAt), ...own('expired', startOf(addDays(card.expiresOn, 1)))]
  return all.toSorted((a, b) => a.at - b.at)
}

/** The procedure has to be done by the day before the departure. */
const continues = (event: RegisterEvent, leaves: LegalDate): boolean => event.continuedUse === true && leaves >= continuedUseFrom && dayOf(event.recordedAt) < leaves

const max = (a: Instant, b: Instant): Instant => (a > b ? a : b)

/** The next instant after `after` at which something ends or may end, if nothing more is recorded. */
export const nextTrigger = (card: CardFacts, history: readonly RegisterEvent[], after: Instant): Instant =>
  triggersOf(card, history).find(({ at }) => at > after)?.at ?? startOf(addDays(card.expiresOn, 1))

// ---------------------------------------------------------------- cards

export interface Outlook<L> {
  /** The first ground that had shown by the end of the day. */
  readonly lapsed: L | null
  /** Where it lives: the first ahead, as if nothing more were recorded. */
  readonly next: L | null
}

export interface CardLapse { readonly end: CardEnd; readonly article: string; readonly on: LegalDate; readonly at: Instant }

/** Whether the card had lapsed by the end of `day`, and by what. */
export function cardLapse(card: CardFacts, history: readonly RegisterEvent[], day: LegalDate): Outlook<CardLapse> {
  return outlook(cardTriggers(card, history).map(({ cause, on, at }) => ({ end: causes[cause].card as CardEnd, article: '番号法 第17条第10項', on, at })), day)
}

const cardTriggers = (card: CardFacts, history: readonly RegisterEvent[]): Trigger[] => triggersOf(card, history).filter((t) => causes[t.cause].card !== null && t.at > card.since)

function outlook<L extends { readonly at: Instant }>(inOrder: readonly L[], day: LegalDate): Outlook<L> {
  const first = inOrder[0] ?? null
  return first === null ? { lapsed: null, next: null } : dayOf(first.at) <= day ? { lapsed: first, next: null } : { lapsed: null, next: first }
}

// ---------------------------------------------------------------- certificates

/** What ends one certificate and is not read from the register: 失効申請 · 漏えい等の届出 · 記録誤り · 発行者署名符号の漏えい等 */
export interface Notice { readonly ground: Exclude<Ground, 'record-changed' | 'card-lapsed' | 'temporary-stop'>; readonly recordedAt: Instant }

interface CertificateFactsOf<K> { readonly kind: K; readonly issuedAt: Instant; readonly expiresOn: LegalDate; readonly notices?: readonly Notice[] }
export type CardCertificateFacts = CertificateFactsOf<CardCertificateKind>
/** `parent`: the card certificate of the same use. */
export type SmartphoneCertificateFacts = CertificateFactsOf<Exclude<CertificateKind, CardCertificateKind>> & { readonly parent: CardCertificateFacts }
export type CertificateFacts = CardCertificateFacts | SmartphoneCertificateFacts

export interface CertificateLapse {
  readonly ground: Ground | 'expired'
  /** CRLReason; null where nothing is published. */
  readonly reason: GroundRule['reason'] | null
  readonly article: string
  /** What in the register brought it about, where something did. */
  readonly cause: Cause | null
  readonly on: LegalDate
  readonly at: Instant
}

/** Whether the certificate had lapsed by the end of `day`, and by what. */
export function certificateLapse(certificate: CertificateFacts, card: CardFacts, history: readonly RegisterEvent[], day: LegalDate): Outlook<CertificateLapse> {
  return outlook(lapsesOf(certificate, card, history), day)
}

function lapsesOf(certificate: CertificateFacts, card: CardFacts, history: readonly RegisterEvent[]): CertificateLapse[] {
  const { kind, issuedAt, expiresOn, notices = [] } = certificate
  const lapse = (ground: Ground | 'expired', cause: Cause | null, on: LegalDate, at: Instant): CertificateLapse => ({
    ground, reason: ground === 'expired' ? null : grounds[ground].reason, article: articleOf(kind, ground), cause, on, at,
  })
  const fromElsewhere = 'parent' in certificate
    ? lapsesOf(certificate.parent, card, history).filter((l) => l.ground !== 'expired').map((l) => ({ ...l, article: articleOf(kind, l.ground) }))
    : triggersOf(card, history).flatMap((t) => {
        const ground = causes[t.cause][certificate.kind]
        return ground === null || isSpared(t, certificate) ? [] : [lapse(ground, t.cause, t.on, t.at)]
      })
  return [
    ...fromElsewhere.filter(({ at }) => at > issuedAt),
    ...notices.map(({ ground, recordedAt }) => lapse(ground, null, dayOf(recordedAt), recordedAt)),
    lapse('expired', null, addDays(expiresOn, 1), startOf(addDays(expiresOn, 1))),
  ].toSorted((a, b) => a.at - b.at)
}

/** Issued between the notice of moving overseas and the departure: the same notice does not hit it. @law 公的個人認証法 第12条 */
const isSpared = ({ cause, event }: Trigger, certificate: CardCertificateFacts): boolean =>
  cause === 'overseas-continued' && event !== null && event.recordedAt < certificate.issuedAt

const act = (article: string): string => `公的個人認証法 ${article}`
const ordinance = (article: string): string => `公的個人認証法施行規則 ${article}`
/** For signing and for authentication certificates on a card. */
const articles: Readonly<Record<Ground | 'expired', readonly [signature: string, authentication: string]>> = {
  'holder-request': [act('第9条'), act('第28条')],
  'key-leak': [act('第10条'), act('第29条')],
  'temporary-stop': ['運用規程 (一時停止)', '運用規程 (一時停止)'],
  'record-changed': [act('第12条'), act('第31条')],
  'record-error': [act('第13条'), act('第32条')],
  'ca-incident': [act('第14条'), act('第33条')],
  'card-lapsed': [ordinance('第17条'), ordinance('第53条')],
  superseded: [ordinance('第13条'), ordinance('第49条')],
  'smartphone-replaced': [act('第16条の5'), act('第35条の5')],
  'parent-lapsed': [act('第16条の13'), act('第35条の13')],
  'discarded-before-delivery': ['運用規程 (交付前破棄)', '運用規程 (交付前破棄)'],
  expired: [act('第15条第1項第5号'), act('第34条第1項第5号')],
}

/** A phone certificate lapses by its own list of grounds. */
function articleOf(kind: CertificateKind, ground: Ground | 'expired'): string {
  if (kind === 'smartphone-signature') return act('第16条の13')
  if (kind === 'smartphone-authentication') return act('第35条の13')
  return articles[ground][kind === 'signature' ? 0 : 1]
}
