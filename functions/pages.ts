/**
 * The door for people: pages with a session of their own. It turns an event into a visit, keeps cookies and headers, and
 * lets nothing change without the token of the session; what a page shows it asks the gateway for, as any client does.
 *
 * @rfc 6265 (cookies) · W3C CSP 3 · Fetch Metadata
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context as LambdaContext } from 'aws-lambda'
import { anybodyAt, issuerAt } from '../web/anybody.ts'
import { annotated, html } from '../web/html.ts'
import { page, problem } from '../web/frame.ts'
import { routes, withoutToken } from '../web/routes.ts'
import { callback, isOver, sessionsBy } from '../web/login/sessions.ts'
import type { Parts, Preferences, Reply, Sessions, Visit } from '../web/visit.ts'
import { wordsOf } from '../web/words.ts'
import { assetFolder, lazily, pagesEnvironment, type Log } from './environment.ts'
import { itemsIn } from './environment/pages.ts'

export interface PagesEnvironment { readonly parts: Parts; readonly log: Log }
export type PagesDoor = (event: APIGatewayProxyEventV2, context: LambdaContext) => Promise<APIGatewayProxyStructuredResultV2>

/** Octets of a form: a certificate and a signature in base64 are some 5,000. */
const largestForm = 32_768
/** Seconds. What is sealed in the cookies ends with them. */
const longestSession = 900
const longestLogin = 600

const assets: Readonly<Record<string, { readonly type: string; readonly files: readonly string[] }>> = {
  '/pages/style.css': { type: 'text/css; charset=utf-8', files: ['tokens.css', 'pages.css'] },
  '/pages/card.js': { type: 'text/javascript; charset=utf-8', files: ['card.js'] },
  '/pages/icon.svg': { type: 'image/svg+xml', files: ['icon.svg'] },
}

const headers = {
  'content-security-policy': "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()', 'cache-control': 'no-store',
} as const

export function pagesDoor({ parts, log }: PagesEnvironment): PagesDoor {
  const secure = parts.origin.startsWith('https:')
  // A `__Host-` cookie needs https; on loopback a name that says so.
  const named = (name: string): string => (secure ? `__Host-mynagate-${name}` : `dev-loopback-mynagate-${name}`)
  const cookie = (name: string, value: string, more: string): string => `${named(name)}=${value}; Path=/; HttpOnly; ${secure ? 'Secure; ' : ''}${more}`

  return async (event, context) => {
    const { method } = event.requestContext.http
    const path = event.rawPath === '/pages' ? '/pages/' : event.rawPath
    const asset = assets[path]
    if (asset !== undefined && method === 'GET') return served(asset)
    if (path === '/') return { statusCode: 303, headers: { ...headers, location: '/pages/' } }

    const cookies = cookiesOf(event)
    const fresh = randomBytes(32).toString('base64url')
    const visitor = token(cookies.get(named('visit'))) ?? fresh
    const held = sealed(cookies.get(named('session')))
    const found = held === null ? null : await parts.sessions.find(held)
    const session = found?.session ?? null
    const chosen = preferencesOf(cookies.get(named('display')))
    const words = wordsOf(chosen.lang, chosen.easy)
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
    const visit: Visit = {
      ...chosen, path, here: event.rawQueryString === '' || method !== 'GET' ? path : `${path}?${event.rawQueryString}`, query: new URLSearchParams(event.rawQueryString),
      form: new URLSearchParams(body.length > largestForm ? '' : body.toString('utf8')), session, pending: sealed(cookies.get(named('login'))), csrf: session?.csrf ?? visitor, words, say: (text) => annotated(text, chosen.furigana && chosen.lang === 'ja'), parts,
    }
    const reply = await answer(visit, method, event).catch((fault: unknown): Reply => {
      // The provider does not renew the tokens, or the gateway does not take them: nobody is logged in any more.
      if (session !== null && isOver(fault)) return problem({ ...visit, session: null }, 'session-over', { leave: true, onward: html`<a class="button" href="/pages/login?${new URLSearchParams({ next: method === 'GET' ? visit.here : '/pages/me' }).toString()}">${words.login.go}</a>` })
      log('error', 'pages.fault', { requestId: context.awsRequestId, path, fault: fault instanceof Error ? fault.name : typeof fault, frames: fault instanceof Error ? (fault.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 6) : [] })
      return problem(visit, 'fault')
    })
    if (reply.note !== undefined) log('info', reply.note.event, { requestId: context.awsRequestId, ...reply.note.facts })
    const renewed = reply.session ?? (found === null || reply.leave === true ? null : await found.renewed())
    const set = [
      ...(cookies.has(named('visit')) ? [] : [cookie('visit', visitor, 'SameSite=Strict')]),
      ...(renewed === null ? [] : [cookie('session', renewed, `SameSite=Strict; Max-Age=${longestSession}`)]),
      // Lax: the provider that sends the browser back is another site.
      ...(reply.pending === undefined ? [] : [cookie('login', reply.pending ?? '', `SameSite=Lax; Max-Age=${reply.pending === null ? 0 : longestLogin}`)]),
      ...(reply.preferences === undefined ? [] : [cookie('display', written(reply.preferences), 'SameSite=Lax; Max-Age=31536000')]),
    ]
    if (reply.leave === true) {
      if (held !== null) await parts.sessions.end(held).catch((fault: unknown) => log('warn', 'pages.not-revoked', { requestId: context.awsRequestId, fault: fault instanceof Error ? fault.name : typeof fault }))
      set.push(cookie('session', '', 'SameSite=Strict; Max-Age=0'))
    }
    return {
      statusCode: reply.status, body: reply.body, cookies: set,
      headers: {
        ...headers, 'content-type': reply.type ?? 'text/html; charset=utf-8', 'content-language': chosen.lang, ...(reply.location === undefined ? {} : { location: reply.location }),
        ...(reply.download === undefined ? {} : { 'content-disposition': `attachment; filename="${reply.download}"` }),
      },
    }
  }

  async function answer(visit: Visit, method: string, event: APIGatewayProxyEventV2): Promise<Reply> {
    const route = Object.hasOwn(routes, visit.path) ? routes[visit.path]! : null
    const run = method === 'HEAD' ? route?.GET : method === 'GET' || method === 'POST' ? route?.[method] : undefined
    if (run === undefined) return problem(visit, 'not-found')
    if (method === 'POST') {
      if (foreign(event, parts.origin)) return problem(visit, 'form-stale')
      if (!withoutToken.has(visit.path) && !same(visit.form.get('csrf') ?? '', visit.csrf)) return problem(visit, visit.session === null && cookiesOf(event).has(named('session')) ? 'session-over' : 'form-stale')
    }
    return method === 'GET' && fromElsewhere(event) && !cookiesOf(event).has(named('session')) && visit.path !== callback ? onward(visit) : run(visit)
  }
}

/** A browser sent here by another site leaves its strict cookies behind until a page of ours sends it on. */
const fromElsewhere = (event: APIGatewayProxyEventV2): boolean => event.headers['sec-fetch-site'] === 'cross-site' && event.headers['sec-fetch-mode'] === 'navigate'
const onward = (visit: Visit): Reply => page(visit, visit.words.login.onward, html`<p><a class="button" href="${visit.here}">${visit.say(visit.words.login.onward)}</a></p>`, { refresh: visit.here })

/** Sent by a page of another origin. Browsers say so; a client that says nothing still needs the token. */
function foreign(event: APIGatewayProxyEventV2, origin: string): boolean {
  const [site, from] = [event.headers['sec-fetch-site'], event.headers['origin']]
  return (site !== undefined && site !== 'same-origin' && site !== 'none') || (from !== undefined && from !== origin)
}

const same = (a: string, b: string): boolean => a.length === b.length && a.length > 0 && timingSafeEqual(Buffer.from(a), Buffer.from(b))
const token = (text: string | undefined): string | null => (text !== undefined && /^[\w-]{43}$/.test(text) ? text : null)
const sealed = (text: string | undefined): string | null => (text !== undefined && /^[\w.-]{40,4000}$/.test(text) ? text : null)

function cookiesOf(event: APIGatewayProxyEventV2): ReadonlyMap<string, string> {
  return new Map((event.cookies ?? []).map((pair): [string, string] => {
    const at = pair.indexOf('=')
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
  }))
}

const written = ({ lang, furigana, easy }: Preferences): string => `${lang}${furigana ? '-furigana' : ''}${easy ? '-easy' : ''}`
function preferencesOf(text: string | undefined): Preferences {
  const [, lang, furigana, easy] = /^(ja|en)(-furigana)?(-easy)?$/.exec(text ?? '') ?? []
  return { lang: lang === 'en' ? 'en' : 'ja', furigana: furigana !== undefined, easy: easy !== undefined }
}

async function served({ type, files }: { readonly type: string; readonly files: readonly string[] }): Promise<APIGatewayProxyStructuredResultV2> {
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, assetFolder()), 'utf8')))
  return { statusCode: 200, headers: { ...headers, 'content-type': type, 'cache-control': 'public, max-age=300' }, body: texts.join('\n') }
}

// ---------------------------------------------------------------- in the cloud

/** No provider is connected: pages say where else to go, and nobody gets in. */
export const noLogin: Sessions = {
  open: false, cards: null,
  begin: () => Promise.reject(new Error('no login is connected')), finish: async () => ({ failed: 'state', next: '/pages/' }), find: async () => null, end: async () => undefined,
}

/** In a preview: the sandbox beside, whose persons log in under their names. */
const virtualCards = { door: '/sandbox/cards/', of: (subject: string): string | null => (/^[a-z][a-z-]*$/.test(subject) ? subject : null) }

const personasAt = (gateway: string): Parts['personas'] => async () => {
  const answer = await fetch(new URL('/sandbox/personas', gateway), { signal: AbortSignal.timeout(10_000) })
  return answer.ok ? (await answer.json() as { name: string; about: string }[]).map(({ name, about }) => ({ name, about })) : []
}

export const handler = lazily<[APIGatewayProxyEventV2, LambdaContext], APIGatewayProxyStructuredResultV2>(async () => {
  const { stage, audience, login, sandbox, log } = await pagesEnvironment()
  const { origin } = new URL(audience)
  const issuer = (): Promise<string> => issuerAt(audience)
  return pagesDoor({
    log,
    parts: {
      stage, origin, issuer, sessions: login === null ? noLogin : sessionsBy({ ...login, issuer, origin, cards: sandbox ? virtualCards : null, now: Date.now }), signIn: null, open: anybodyAt(audience), itemsOf: itemsIn, personas: sandbox ? personasAt(audience) : async () => [], partners: null,
      token: () => randomBytes(24).toString('base64url'), now: Date.now,
    },
  })
})
