/**
 * What a person takes along: the receipt of a consent, and everything these pages show, signed by the own card or not.
 *
 * @law 個人情報保護法 第33条 (開示) · 公的個人認証法 第3条
 */
import { createHash, verify, X509Certificate } from 'node:crypto'
import { cardMessages, form, page, problem } from '../frame.ts'
import { html } from '../html.ts'
import { readEverything } from './own.ts'
import type { Page, Reply, Session, Visit } from '../visit.ts'
import { forCitizen } from '../login/who.ts'

export const receipt: Page = forCitizen(async (visit, session) => {
  const { data } = await session.gateway.query<{ consent: { receipt: string | null } | null }>('query ($id: ID!) { consent(id: $id) { receipt } }', { id: visit.query.get('consent') ?? '' })
  const text = data.consent?.receipt ?? null
  return text === null ? problem(visit, 'link-broken') : { status: 200, type: 'application/json', body: text, download: 'consent-receipt.json' }
})

/** Lists to their end, not as a page shows them. The same text for the same instant, unless something happened. */
const everything = async (session: Session, asOf: string): Promise<string> => JSON.stringify({ type: 'Mynagate export v2', asOf, ...(await readEverything(session)) }, null, 2)
const instant = (text: string | null): string | null => (text !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? text : null)

export const exportPage: Page = forCitizen(async (visit, session) => exportForm(visit, session, false))

function exportForm(visit: Visit, session: Session, changed: boolean): Reply {
  const { words: w, parts: { sessions, now } } = visit
  return page(visit, w.me.export, html`<p class="lead">${w.me.exportText}</p>${changed && html`<p class="notice" role="alert">${w.me.exportChanged}</p>`}
${form(visit, '/pages/me/export', html`<input type="hidden" name="asOf" value="${new Date(now()).toISOString()}"><input type="hidden" name="certificate"><input type="hidden" name="signature">
<p><label for="pin">${visit.say(w.consent.pin)}</label><br><input id="pin" type="password" autocomplete="off" autocapitalize="characters" maxlength="16" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${w.me.exportPin}</small></p>
<noscript><p class="notice">${w.me.exportNoScript}</p></noscript>
${cardMessages(visit)}
<p><button class="button">${w.me.exportSigned}</button> <a class="button secondary" href="/pages/me/export.json">${w.me.exportPlain}</a></p>
`, html` data-card="sign" data-draft="/pages/me/export/document"${session.card !== null && html` data-reader="${session.card}"`}${sessions.cards !== null && html` data-door="${sessions.cards.door}"`}`)}
<p><small>${w.me.exportHint}</small></p>`, { script: true, ...(changed ? { status: 409 } : {}) })
}

/** For the script: what the card signs, which is what is saved. */
export const exportDocument: Page = forCitizen(async (visit, session) => {
  const asOf = instant(visit.form.get('asOf'))
  return { status: asOf === null ? 409 : 200, type: 'application/json', body: JSON.stringify({ text: asOf === null ? null : await everything(session, asOf) }) }
})

export const takeAlong: Page = forCitizen(async (visit, session) => ({ status: 200, type: 'application/json', body: await everything(session, new Date(visit.parts.now()).toISOString()), download: 'mynagate.json' }))

/** With the card's signature over the whole text; whoever has the authorities' certificates can check it. */
export const takeAlongSigned: Page = forCitizen(async (visit, session) => {
  const field = (name: string): string => visit.form.get(name) ?? ''
  const asOf = instant(field('asOf'))
  if (asOf === null || field('signature') === '' || field('certificate') === '') return problem(visit, 'no-signature', { onward: html`<a class="button" href="/pages/me/export">${visit.words.back}</a>` })
  const text = await everything(session, asOf)
  const { data } = await session.gateway.query<{ me: { certificates: { nodes: readonly { kind: string; state: string; der: string | null }[] } } }>('{ me { certificates(first: 100) { nodes { kind state der } } } }')
  const own = data.me.certificates.nodes.some(({ kind, state, der }) => kind === 'SIGNATURE' && state === 'VALID' && der === field('certificate'))
  const algorithm = own ? signedBy(field('certificate'), field('signature'), text) : null
  if (algorithm === null) return exportForm(visit, session, true)
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex')
  return { status: 200, type: 'application/json', body: JSON.stringify({ text, sha256, signature: { algorithm, certificate: field('certificate'), value: field('signature') } }, null, 2), download: 'mynagate-signed.json' }
})

/** By which algorithm the card signed this very text; null where it did not, because something happened since. @rfc 8017 8.2 · 5758 3.2 */
export function signedBy(certificate: string, signature: string, text: string): 'sha256WithRSAEncryption' | 'ecdsa-with-SHA256' | null {
  try {
    const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'))
    const algorithm = publicKey.asymmetricKeyType === 'rsa' ? 'sha256WithRSAEncryption' : ['prime256v1', 'secp384r1'].includes(publicKey.asymmetricKeyDetails?.namedCurve ?? '') ? 'ecdsa-with-SHA256' : null
    return algorithm !== null && verify('sha256', Buffer.from(text, 'utf8'), publicKey, Buffer.from(signature, 'base64')) ? algorithm : null
  } catch {
    return null
  }
}
