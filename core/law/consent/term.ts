/**
 * When a consent begins and ends, and the document that is signed. Of all limits the earliest counts, and it is named.
 * The end of the partner's accreditation is none of them, because it is renewed each year: it is looked at in each
 * release. Nor is that of the certificate: a consent outlives its renewal.
 *
 * @law 公的個人認証法施行規則 第35条の2第4項 (ten years)
 */
import { canonicalJson } from '../act.ts'
import { toHex, type ConsentId, type PartnerId } from '../ids.ts'
import { addDays, addMonths, dayOf, endOf, startOf, toRfc3339, type Instant, type LegalDate } from '../time.ts'
import type { ConsentRequest, Purpose } from './consent.ts'
import { inOrder, type ConsentItem } from './item.ts'
import { noticeHash } from './notice.ts'

/** Which limit decided the end. COMING_OF_AGE: the last day on which a legal representative consents for the person. */
export type Limit = 'TEN_YEARS' | 'PURPOSE' | 'CHOSEN' | 'COMING_OF_AGE'

export interface Choice {
  /** The last day, where the person chose one. */
  readonly chosenUntil: LegalDate | null
  /** Last day of representation, where a legal representative consents. */
  readonly representedUntil: LegalDate | null
}

/** When a consent to this request, given now, would begin and end, and which limit decides. */
export function term(request: ConsentRequest, purpose: Purpose, { chosenUntil, representedUntil }: Choice, start: 'at-once' | 'next-day'): { from: Instant; until: Instant; limitedBy: Limit } {
  const received = dayOf(request.requestedAt)
  const from = start === 'at-once' ? request.requestedAt : startOf(addDays(received, 1))
  const limits: [Limit, LegalDate][] = [['TEN_YEARS', addMonths(received, 120)]]
  if (purpose.until !== null) limits.push(['PURPOSE', purpose.until])
  if (chosenUntil !== null) limits.push(['CHOSEN', chosenUntil])
  if (representedUntil !== null) limits.push(['COMING_OF_AGE', representedUntil])
  const [limitedBy, day] = limits.reduce((a, b) => (b[1] < a[1] ? b : a))
  return { from, until: endOf(day), limitedBy }
}

export interface DocumentInput extends Choice {
  readonly request: ConsentRequest
  readonly purpose: Purpose
  readonly partner: { readonly id: PartnerId; readonly name: string }
  /** All items that the consent will cover. */
  readonly items: readonly ConsentItem[]
  readonly start: 'at-once' | 'next-day'
  /** The consent that ends with this one, and what it covered. */
  readonly previous?: { readonly id: ConsentId; readonly items: readonly ConsentItem[] } | null
  /** The recipient's own name for the person that somebody else consents for. */
  readonly subject?: string | null
}

/** What the person signs: canonical JSON, the same bytes on every side. */
export function consentDocument(input: DocumentInput): string {
  const { request, purpose, partner, previous = null, subject = null } = input
  const { from, until, limitedBy } = term(request, purpose, input, input.start)
  const items = inOrder(input.items)
  return canonicalJson({
    type: 'Mynagate consent v2', request: request.id, nonce: toHex(request.nonce), recipient: { id: partner.id, name: partner.name },
    purpose: { id: purpose.id, name: purpose.name, version: purpose.version, textJa: purpose.textJa, textEn: purpose.textEn },
    notices: noticeHash(purpose.notices), items, from: toRfc3339(from), until: toRfc3339(until), limitedBy, frequency: request.frequency, chosenUntil: input.chosenUntil, basis: '公的個人認証法施行規則 第35条の2',
    ...(request.municipality === null ? {} : { municipality: request.municipality }),
    ...(previous === null ? {} : { action: request.action, replaces: previous.id, added: items.filter((item) => !previous.items.includes(item)), dropped: previous.items.filter((item) => !items.includes(item)) }),
    ...(subject === null ? {} : { givenBy: 'legal representative (法定代理人)', subject }),
  })
}
