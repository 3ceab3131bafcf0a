/**
 * What the person does: withdrawing a consent, ending a link, reporting a loss, and taking everything along. Each act stands
 * on a page of its own first, with its consequences.
 */
import { createHash, createVerify, X509Certificate } from 'node:crypto'
import { called, consentFields, own, type Consent } from './citizen.ts'
import { cardMessages, form, isRefused, page, problem, reasonOf, refusedFields, type Answered } from './frame.ts'
import { html } from './html.ts'
import type { Page, Reply, Session, Visit } from './visit.ts'
import { forCitizen } from './who.ts'

/** A question with its consequences, one button to do it and one way back. */
const question = (visit: Visit, title: string, text: string, action: string, fields: Readonly<Record<string, string>>, yes: string): Reply => page(visit, title, html`<p class="lead">${text}</p>
${form(visit, action, html`${Object.entries({ ...fields, key: visit.parts.token() }).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<p><button class="button">${yes}</button> <a class="button secondary" href="/pages/me">${visit.words.cancel}</a></p>`)}`)

const told = (visit: Visit, title: string, text: string): Reply => page(visit, title, html`<p class="lead">${text}</p><p><a class="button" href="/pages/me">${visit.words.me.done}</a></p>`)

export const withdrawPage: Page = forCitizen(async (visit, session) => {
  const { data } = await session.gateway.query<{ consent: Consent | null }>(`query ($id: ID!) { consent(id: $id) { ${consentFields} } }`, { id: visit.query.get('consent') ?? '' })
  const { me: w } = visit.words
  return data.consent === null ? problem(visit, 'link-broken') : question(visit, w.withdrawTitle, w.withdrawText(called(visit, data.consent.partner)), '/pages/me/withdraw', { consent: data.consent.id }, w.withdrawYes)
})

export const withdraw: Page = forCitizen(async (visit, session) => {
  const input = { consent: visit.form.get('consent') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const { data } = await session.gateway.query<{ withdrawConsent: Answered<{ id: string }> }>(`mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { __typename ... on Consent { id } ${refusedFields} } }`, { input })
  const no = data.withdrawConsent
  // Withdrawn is what was wanted, whoever did it first.
  if (isRefused(no) && no.foundState !== 'WITHDRAWN') return problem(visit, 'refused', { reason: reasonOf(visit, no) })
  return told(visit, visit.words.me.withdrawDone, visit.words.me.withdrawDoneText)
})

export const unlinkPage: Page = forCitizen(async (visit) => {
  const { me: w } = visit.words
  return question(visit, w.unlinkTitle, w.unlinkText, '/pages/me/unlink', { link: visit.query.get('link') ?? '' }, w.unlink)
})

export const unlink: Page = forCitizen(async (visit, session) => {
  const input = { link: visit.form.get('link') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const { data } = await session.gateway.query<{ unlinkAccount: Answered<{ id: string }> }>(`mutation ($input: UnlinkAccountInput!) { unlinkAccount(input: $input) { __typename ... on AccountLink { id } ${refusedFields} } }`, { input })
  const no = data.unlinkAccount
  if (isRefused(no) && no.foundState !== 'ENDED') return problem(visit, 'refused', { reason: reasonOf(visit, no) })
  return told(visit, visit.words.me.unlinkDone, visit.words.me.unlinkDoneText)
})

export const lossPage: Page = forCitizen(async (visit) => {
  const { me: w } = visit.words
  return question(visit, w.lossTitle, w.lossText, '/pages/me/loss', { card: visit.query.get('card') ?? '' }, w.lossYes)
})

export const reportLoss: Page = forCitizen(async (visit, session) => {
  const input = { card: visit.form.get('card') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const { data } = await session.gateway.query<{ suspendCard: Answered<{ id: string }> }>(`mutation ($input: SuspendCardInput!) { suspendCard(input: $input) { __typename ... on Card { id } ${refusedFields} } }`, { input })
  const no = data.suspendCard
  if (isRefused(no) && no.foundState !== 'SUSPENDED') return problem(visit, 'refused', { reason: reasonOf(visit, no) })
  return told(visit, visit.words.me.lossDone, visit.words.me.lossDoneText)
})

// ---------------------------------------------------------------- to take along

const receiptOf = async (session: Session, id: string): Promise<string | null> =>
  (await session.gateway.query<{ consent: { receipt: string | null } | null }>('query ($id: ID!) { consent(id: $id) { receipt } }', { id })).data.consent?.receipt ?? null

export const receipt: Page = forCitizen(async (visit, session) => {
  const text = await receiptOf(session, visit.query.get('consent') ?? '')
  return text === null ? problem(visit, 'link-broken') : { status: 200, type: 'application/json', body: text, download: 'consent-receipt.json' }
})

/** Everything these pages show, and the receipt of each consent. The same text for the same instant, unless something happened. */
async function everything(session: Session, asOf: string): Promise<string> {
  const me = await own(session)
  const receipts = []
  for (const { id } of me.consents.nodes) receipts.push(await receiptOf(session, id))
  return JSON.stringify({ type: 'Mynagate export v1', asOf, ...me, receipts }, null, 2)
}
const instant = (text: string | null): string | null => (text !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? text : null)

export const exportPage: Page = forCitizen(async (visit, session) => exportForm(visit, session, false))

function exportForm(visit: Visit, session: Session, changed: boolean): Reply {
  const { words: w, parts: { sessions, now } } = visit
  return page(visit, w.me.export, html`<p class="lead">${w.me.exportText}</p>${changed && html`<p class="notice" role="alert">${w.me.exportChanged}</p>`}
${form(visit, '/pages/me/export', html`<input type="hidden" name="asOf" value="${new Date(now()).toISOString()}"><input type="hidden" name="certificate"><input type="hidden" name="signature">
<p><label for="pin">${visit.say(w.consent.pin)}</label><br><input id="pin" type="password" autocomplete="off" autocapitalize="characters" maxlength="16" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${w.me.exportPin}</small></p>
<noscript><p class="notice">${w.consent.noScript}</p></noscript>
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
  const { data } = await session.gateway.query<{ me: { certificates: { nodes: readonly { kind: string; state: string; der: string | null }[] } } }>('{ me { certificates(first: 50) { nodes { kind state der } } } }')
  const own = data.me.certificates.nodes.some(({ kind, state, der }) => kind === 'SIGNATURE' && state === 'VALID' && der === field('certificate'))
  if (!own || !signedBy(field('certificate'), field('signature'), text)) return exportForm(visit, session, true)
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex')
  return { status: 200, type: 'application/json', body: JSON.stringify({ text, sha256, signature: { algorithm: 'sha256WithRSAEncryption', certificate: field('certificate'), value: field('signature') } }, null, 2), download: 'mynagate-signed.json' }
})

/** Whether the card signed this very text: something may have happened since it did. RSA, as cards and the script sign today. */
export function signedBy(certificate: string, signature: string, text: string): boolean {
  try {
    const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'))
    return publicKey.asymmetricKeyType === 'rsa' && createVerify('sha256').update(text, 'utf8').verify(publicKey, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}
