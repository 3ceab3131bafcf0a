/**
 * The link that brings a browser to the consent page and back: `request_uri` of a request that the partner started on the
 * back channel, or `request`, `return` and `state`. It goes back only to an address that the partner registered, compared
 * octet by octet: with `grant_id`, the consent, or with `error=access_denied`, and always with `state` and `iss`.
 *
 * @rfc 6749 4.1.2 · 9126 4 · 9207 2 · 9700 4.1.3
 */
import qrcode from 'qrcode-generator'
import { isoDay } from '../dates.ts'
import { page, problem } from '../frame.ts'
import { html, plain, type Html } from '../html.ts'
import type { Item, Page, Reply, Session, Visit } from '../visit.ts'

interface Standing { readonly role: string; readonly basis: string; readonly from: string; readonly until: string; readonly suspended: boolean }
export interface Partner { readonly id: string; readonly name: string; readonly nameEn: string; readonly tradeName: string | null; readonly privacyPolicy: string | null; readonly contact: string; readonly standings: readonly Standing[] }
export interface Asked {
  readonly id: string
  readonly partner: Partner
  readonly purpose: { readonly name: string; readonly version: number; readonly textJa: string; readonly textEn: string; readonly notices: readonly { readonly textJa: string; readonly textEn: string }[] }
  readonly required: readonly Item[]
  readonly optional: readonly Item[]
  readonly expiresAt: string
  readonly state: 'OPEN' | 'ANSWERED'
  readonly declinedAt: string | null
  readonly returnAddresses: readonly string[]
  readonly action: 'CREATE' | 'MERGE' | 'REPLACE'
  readonly municipality: string | null
  readonly frequency: keyof Visit['words']['consent']['oftenIs']
}
/** What lets a partner be given the four items at that instant: standings have days of Japan. */
export const standingAt = (standings: readonly Standing[], now: number): readonly Standing[] => standings.filter((s) => s.role === 'SIGNATURE_VERIFIER' && !s.suspended && s.from <= isoDay(now) && isoDay(now) <= s.until)

/** Where to go back to; null where a person answers from its own page. */
export interface Link { readonly returnTo: string | null; readonly state: string; readonly fields: Readonly<Record<string, string>> }
export interface Opened { readonly link: Link; readonly asked: Asked; readonly session: Session }

const requestFields = 'id partner { id name nameEn tradeName privacyPolicy contact standings { role basis from until suspended } } purpose { name version textJa textEn notices { textJa textEn } } required optional expiresAt state declinedAt returnAddresses action municipality frequency'
const requestDocument = `query ($id: ID!) { consentRequest(id: $id) { ${requestFields} } }`
const startDocument = `query ($requestUri: Text!) { consentStart(requestUri: $requestUri) { returnTo state request { ${requestFields} } } }`

/** What the link says; null where it is none. */
function fieldsOf(given: URLSearchParams): Readonly<Record<string, string>> | null {
  const uri = given.get('request_uri')
  if (uri !== null) return /^urn:ietf:params:oauth:request_uri:[0-9a-f]{64}$/.test(uri) ? { request_uri: uri } : null
  const [request, back, state] = [given.get('request') ?? '', given.get('return') ?? '', given.get('state') ?? '']
  if (!given.has('return') && !given.has('state')) return isId(request) ? { request } : null
  return isId(request) && back.length <= 500 && URL.canParse(back) && /^[\x21-\x7e]{1,512}$/.test(state) ? { request, return: back, state } : null
}

const isId = (text: string): boolean => /^[\w.~:=-]{8,200}$/.test(text)

/** The request behind the link of this visit, or the page that says why there is none to answer. */
export async function open(visit: Visit, given: URLSearchParams): Promise<Opened | Reply> {
  const { session, parts } = visit
  const fields = fieldsOf(given)
  if (fields === null) return problem(visit, 'link-broken')
  if (session?.kind !== 'citizen') return entrance(visit, fields)
  const found = await foundBy(session, fields)
  if (found === null) return problem(visit, 'link-broken')
  const { asked, link } = found
  // Without an address to return to only what extends a consent of this very person is answered: nobody else can read it.
  if (link.returnTo === null && asked.action === 'CREATE') return problem(visit, 'link-broken')
  if (link.returnTo !== null && !asked.returnAddresses.includes(link.returnTo)) return problem(visit, 'return-unknown')
  if (asked.state === 'OPEN' && parts.now() > Date.parse(asked.expiresAt)) return problem(visit, 'link-expired', { onward: returning(visit, link, { error: 'invalid_request' }) })
  return { link, asked, session }
}
export const stopped = (opened: Opened | Reply): opened is Reply => 'status' in opened

async function foundBy(session: Session, fields: Readonly<Record<string, string>>): Promise<{ readonly asked: Asked; readonly link: Link } | null> {
  if (fields['request_uri'] !== undefined) {
    const { data } = await session.gateway.query<{ consentStart: { returnTo: string; state: string; request: Asked | null } | null }>(startDocument, { requestUri: fields['request_uri'] })
    const start = data.consentStart
    return start === null || start.request === null ? null : { asked: start.request, link: { returnTo: start.returnTo, state: start.state, fields } }
  }
  const { data } = await session.gateway.query<{ consentRequest: Asked | null }>(requestDocument, { id: fields['request'] })
  return data.consentRequest === null ? null : { asked: data.consentRequest, link: { returnTo: fields['return'] ?? null, state: fields['state'] ?? '', fields } }
}

export const addressOf = (fields: Link['fields']): string => `/pages/consent?${new URLSearchParams(fields).toString()}`

/** Where a browser goes back to with what came of it. */
function backTo(visit: Visit, returnTo: string, link: Link, outcome: Readonly<Record<string, string>>): string {
  const to = new URL(returnTo)
  for (const [name, value] of Object.entries({ ...outcome, state: link.state, iss: visit.parts.origin })) to.searchParams.set(name, value)
  return to.href
}
export const returning = (visit: Visit, link: Link, outcome: Readonly<Record<string, string>>): Html =>
  link.returnTo === null ? html`<a class="button" href="/pages/me#consents">${visit.say(visit.words.consent.toMine)}</a>` : html`<a class="button" href="${backTo(visit, link.returnTo, link, outcome)}">${visit.say(visit.words.consent.goBack)}</a>`

/** Answered before: what came of it may be carried back again, nothing is done twice. */
export function answeredAlready(visit: Visit, { link, asked }: Opened): Reply {
  const onward = html`<a class="button secondary" href="/pages/me#consents">${visit.words.mine}</a> ${returning(visit, link, { error: asked.declinedAt === null ? 'invalid_request' : 'access_denied' })}`
  return problem(visit, 'link-answered', { onward })
}

// ---------------------------------------------------------------- before a login, and on another device

/** Nobody is logged in: whoever follows the link chooses here, or on a device that reads cards. */
function entrance(visit: Visit, fields: Link['fields']): Reply {
  const { words: w, say } = visit
  const query = new URLSearchParams(fields).toString()
  return page(visit, w.consent.entrance, html`<p class="lead">${say(w.consent.entranceText)}</p>
<p><a class="button" href="/pages/login?${new URLSearchParams({ next: addressOf(fields) }).toString()}">${say(w.login.go)}</a> <a class="button secondary" href="/pages/consent/elsewhere?${query}">${say(w.consent.elsewhere)}</a></p>
<section aria-labelledby="other"><h2 id="other">${say(w.consent.otherTitle)}</h2><p>${say(w.consent.other)}</p></section>`)
}

/** The same link for another device, as text and as a QR code; it says nothing about anybody. */
export const elsewhere: Page = (visit) => {
  const fields = fieldsOf(visit.query)
  if (fields === null) return problem(visit, 'link-broken')
  const { words: { consent: w, ...words }, say, parts } = visit
  const address = `${parts.origin}${addressOf(fields)}`
  return page(visit, w.elsewhere, html`<p class="lead">${say(w.elsewhereText)}</p>
<p>${qr(address, plain(w.elsewhere))}</p>
<p><a href="${address}">${address}</a></p>
<p class="notice">${say(w.elsewhereWarning)}</p>
<p><a class="button secondary" href="${addressOf(fields)}">${words.back}</a></p>`)
}

/** Drawn here, without a script: one path, four modules of quiet around it. */
export function qr(text: string, label: string): Html {
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  const size = code.getModuleCount()
  const all = Array.from({ length: size * size }, (_, i) => [Math.floor(i / size), i % size] as const)
  const path = all.filter(([row, column]) => code.isDark(row, column)).map(([row, column]) => `M${column + 4} ${row + 4}h1v1h-1z`).join('')
  return html`<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size + 8} ${size + 8}" role="img" aria-label="${label}" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#ffffff"/><path fill="#000000" d="${path}"/></svg>`
}
