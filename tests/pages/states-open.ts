/** States that nobody in particular meets: the top, logins and what can go wrong with them, links before a login, developers' pages. */
import type { Page } from 'playwright-core'
import type { Parts } from '../../web/visit.ts'
import type { Scene } from './scene.ts'
import { press, send, type State } from './state.ts'

const go = (path: string) => (page: Page, { at }: Scene): Promise<unknown> => page.goto(at(path))
const broken = { query: () => Promise.reject(new Error('the gateway is away')) } as unknown as Parts['open']
const stale = { name: 'dev-loopback-mynagate-session', value: 'A'.repeat(43), sameSite: 'Strict' as const, httpOnly: true }

/** What the provider answered, before a browser hands it in. */
async function answered(page: Page, { at, rig }: Scene): Promise<URL> {
  const { request } = page.context()
  const next = async (to: string, form?: Record<string, string>): Promise<string> => {
    const answer = await (form === undefined ? request.get(to, { maxRedirects: 0 }) : request.post(to, { form, maxRedirects: 0 }))
    return new URL(answer.headers()['location']!, rig.gateway.url).href
  }
  await page.goto(await next(await next(at('/office/login'))))
  const [uid, csrf] = [new URL(page.url()).searchParams.get('uid')!, await page.locator('main input[name=csrf]').inputValue()]
  return new URL(await next(await next(at('/signin'), { uid, csrf, officer: 'agency' })))
}

export const openStates: readonly State[] = [
  { name: 'top', route: 'GET /pages/', open: go('/') },
  { name: 'not-found', route: null, open: go('/nowhere') },
  { name: 'login', route: 'GET /pages/login', open: go('/login'), texts: true },
  { name: 'login-form', route: 'GET /pages/signin', open: go('/login') },
  { name: 'login-closed', route: 'GET /pages/login', open: (page, { still }) => still(page, '/pages/login') },
  { name: 'login-denied', route: 'POST /pages/signin', open: async (page, { at }) => { await page.goto(at('/login')); await send(page, { challenge: 'x', certificate: 'AAAA', signature: 'AAAA' }) } },
  { name: 'login-no-signature', route: 'POST /pages/signin', open: async (page, { at }) => { await page.goto(at('/login')); await send(page) } },
  { name: 'login-no-pin', route: 'GET /pages/signin', scripted: 'the script says it', open: async (page, { at }) => { await page.goto(at('/login')); await page.locator('#card').selectOption('hanako'); await page.locator('main form button').click(); await page.locator('[data-state][data-name=pin]').waitFor() } },
  { name: 'login-over', route: 'GET /pages/signin', open: go('/signin?uid=over') },
  { name: 'login-unsure', route: 'GET /pages/login/back', open: go('/login/back?state=x&code=y') },
  {
    name: 'login-refused', route: 'GET /pages/login/back', open: async (page, scene) => {
      const back = await answered(page, scene)
      back.searchParams.delete('code')
      back.searchParams.set('error', 'access_denied')
      await page.goto(back.href)
    },
  },
  { name: 'login-done', route: 'GET /pages/login/back', open: async (page, { still, rig }) => still(page, '/pages/login/back?code=x', { sessions: { open: true, cards: null, begin: () => Promise.reject(new Error()), find: async () => null, end: async () => undefined, finish: async () => ({ session: 'x', next: `${rig.gateway.url}/pages/me` }) } }) },
  { name: 'office-login', route: 'GET /pages/office/login', open: go('/office/login') },
  { name: 'office-closed', route: 'GET /pages/office/login', open: (page, { still }) => still(page, '/pages/office/login') },
  {
    name: 'session-over', route: 'POST /pages/developer/debug', open: async (page, { at, rig }) => {
      await page.goto(at('/developer'))
      await page.context().addCookies([{ ...stale, url: rig.gateway.url }])
      await send(page, { csrf: 'x' }, 'form[action$=debug]')
      await page.context().clearCookies({ name: stale.name })
    },
  },
  { name: 'form-stale', route: 'POST /pages/developer/debug', open: async (page, { at }) => { await page.goto(at('/developer')); await send(page, { csrf: 'x' }, 'form[action$=debug]') } },
  { name: 'fault', route: 'GET /pages/errors', open: (page, { still }) => still(page, '/pages/errors', { open: broken }) },
  { name: 'consent-entrance', route: 'GET /pages/consent', open: async (page, scene) => page.goto(await scene.ask()), texts: true },
  { name: 'consent-elsewhere', route: 'GET /pages/consent/elsewhere', open: async (page, scene) => { await page.goto(await scene.ask()); await press(page, 'main a[href*="/consent/elsewhere"]') }, texts: true },
  { name: 'consent-elsewhere-broken', route: 'GET /pages/consent/elsewhere', open: go('/consent/elsewhere?request_uri=x') },
  { name: 'link-broken', route: 'GET /pages/consent', open: go('/consent?request=x') },
  { name: 'errors', route: 'GET /pages/errors', open: go('/errors') },
  { name: 'developer', route: 'GET /pages/developer', open: go('/developer') },
  { name: 'developer-without-persons', route: 'GET /pages/developer', open: (page, { still }) => still(page, '/pages/developer') },
  { name: 'developer-in-production', route: 'GET /pages/developer', open: (page, { still }) => still(page, '/pages/developer', { stage: 'production' }) },
  { name: 'debug', route: 'POST /pages/developer/debug', open: async (page, { at }) => { await page.goto(at('/developer')); await page.locator('#text').fill('x.y.z'); await press(page, 'form[action$=debug] button') } },
  { name: 'developer-partner', route: 'GET /pages/developer/partner', open: go('/developer/partner?partner=bank') },
  { name: 'explain-unknown', route: 'POST /pages/developer/explain', open: async (page, { at }) => { await page.goto(at('/developer/partner?partner=bank')); await send(page, { requestId: 'none' }) } },
  {
    name: 'explain', route: 'POST /pages/developer/explain', open: async (page, { at, rig }) => {
      const { requestId } = await rig.partner.bank.query('query { fourInformation(consent: "bm9uZQ") { __typename } }')
      await page.goto(at('/developer/partner?partner=bank'))
      await send(page, { requestId })
    },
  },
  { name: 'resend-refused', route: 'POST /pages/developer/resend', open: async (page, { at }) => { await page.goto(at('/developer/partner?partner=bank')); await send(page, { delivery: 'x', key: 'resend-of-nothing' }, 'main form', '/pages/developer/resend') } },
]
