/** States that a person meets who is logged in: answering a request, the own page, and its acts. kenta's card is ended on the way. */
import type { Page } from 'playwright-core'
import { agree } from './rig.ts'
import type { Scene } from './scene.ts'
import { press, send, type State } from './state.ts'

const go = (path: string) => (page: Page, { at }: Scene): Promise<unknown> => page.goto(at(path))
/** From the own page, by a link in it. */
const from = (link: string) => async (page: Page, { at }: Scene): Promise<void> => { await page.goto(at('/me')); await press(page, `main a[href*="${link}"]`) }
/** By such a link, and then the button of the question. */
const done = (link: string, act?: string) => async (page: Page, { at }: Scene): Promise<void> => {
  await page.goto(at('/me'))
  await press(page, `main a[href*="${link}"]`)
  if (act !== undefined) await press(page, `main a[href*="act=${act}"]`)
  await press(page)
}
const asked = async (page: Page, scene: Scene): Promise<unknown> => page.goto(await scene.ask())
const inPast = (data: Record<string, unknown>): unknown => JSON.parse(JSON.stringify(data).replace(/"expiresAt":"[^"]*"/, '"expiresAt":"2020-01-01T00:00:00Z"'))
const withoutStanding = (data: Record<string, unknown>): unknown => JSON.parse(JSON.stringify(data).replace(/"standings":\[[^\]]*\]/, '"standings":[]'))

const consenting: readonly State[] = [
  { name: 'consent', route: 'GET /pages/consent', open: asked, texts: true },
  { name: 'consent-shown', route: 'POST /pages/consent/values', open: async (page, scene) => { await asked(page, scene); await press(page, 'button[value=show]') }, texts: true },
  { name: 'consent-expired', route: 'GET /pages/consent', open: async (page, scene) => scene.still(page, new URL(await scene.ask()).pathname + new URL(await scene.ask()).search, {}, scene.citizen(inPast)) },
  { name: 'consent-unverified', route: 'GET /pages/consent', open: async (page, scene) => { const { pathname, search } = new URL(await scene.ask()); await scene.still(page, pathname + search, {}, scene.citizen(withoutStanding)) }, texts: true },
  { name: 'consent-return-unknown', route: 'GET /pages/consent', open: async (page, { at, rig }) => { const { request, state } = await rig.partner.ask(['NAME'], [], 'plain'); await page.goto(at(`/consent?${new URLSearchParams({ request, state, return: 'https://elsewhere.example/' }).toString()}`)) } },
  { name: 'consent-broken', route: 'GET /pages/consent', open: go('/consent?request=bm9uZQ00') },
  { name: 'consent-wrong-pin', route: 'GET /pages/consent', scripted: 'the card says it to the script', open: async (page, scene) => { await asked(page, scene); await agree(page, 'WRONG1'); await page.locator('[data-state][data-name=wrong]').waitFor(); await agree(page); await page.waitForURL('**/done*') ; await asked(page, scene); await page.locator('.answers button').first().click(); await page.locator('[data-state][data-name=pin]').waitFor() } },
  { name: 'consent-no-signature', route: 'POST /pages/consent', open: async (page, scene) => { await asked(page, scene); await send(page, { answer: 'yes' }) } },
  { name: 'consent-date-wrong', route: 'POST /pages/consent', open: async (page, scene) => { await asked(page, scene); await send(page, { answer: 'yes', until: '2020-01-01', certificate: 'AAAA', signature: 'AAAA' }) }, texts: true },
  { name: 'consent-not-accepted', route: 'POST /pages/consent', open: async (page, scene) => { await asked(page, scene); await send(page, { answer: 'yes', certificate: 'AAAA', signature: 'AAAA' }) } },
  { name: 'consent-given', route: 'GET /pages/consent/done', open: async (page, scene) => { const { link, consent } = await scene.given(); await page.goto(`${link.replace('/pages/consent?', '/pages/consent/done?')}&${new URLSearchParams({ consent }).toString()}`) }, texts: true },
  { name: 'consent-answered', route: 'GET /pages/consent', open: async (page, scene) => page.goto((await scene.given()).link) },
  { name: 'consent-refused', route: 'GET /pages/consent/done', open: async (page, scene) => { await asked(page, scene); await press(page, '.answers button[value=no]') }, texts: true },
  { name: 'consent-extended', route: 'GET /pages/consent', open: async (page, scene) => page.goto((await scene.extension()).link), texts: true },
  { name: 'consent-extended-from-own-page', route: 'GET /pages/consent', open: async (page, scene) => { await scene.extension(); await page.goto(scene.at('/me')); await press(page, 'main a[href^="/pages/consent?request="]') } },
]

const own: readonly State[] = [
  { name: 'citizen', route: 'GET /pages/me', open: async (page, scene) => { await scene.extension(); await scene.linked(); await page.goto(scene.at('/me')) } },
  { name: 'unlink', route: 'GET /pages/me/unlink', open: async (page, scene) => { await scene.linked(); await from('/me/unlink')(page, scene) } },
  { name: 'unlink-done', route: 'POST /pages/me/unlink', open: async (page, scene) => { await scene.linked(); await done('/me/unlink')(page, scene) } },
  { name: 'unlink-refused', route: 'POST /pages/me/unlink', open: async (page, { at }) => { await page.goto(at('/me/unlink?link=bm9uZQ')); await press(page) } },
  { name: 'citizen-further', route: 'GET /pages/me', open: async (page, { at }) => { await page.goto(at('/me')); await press(page, '#log ~ .pager a, [aria-labelledby=log] .pager a') } },
  { name: 'citizen-nowhere', route: 'GET /pages/me', open: go('/me?log=after.bm9uZQ') },
  { name: 'withdraw', route: 'GET /pages/me/withdraw', open: async (page, scene) => { await scene.given(); await from('/me/withdraw')(page, scene) } },
  { name: 'withdraw-unknown', route: 'GET /pages/me/withdraw', open: go('/me/withdraw?consent=bm9uZQ') },
  { name: 'withdraw-done', route: 'POST /pages/me/withdraw', open: async (page, scene) => { await scene.given(); await done('/me/withdraw')(page, scene) } },
  { name: 'receipt-unknown', route: 'GET /pages/me/receipt', open: go('/me/receipt?consent=bm9uZQ') },
  { name: 'loss', route: 'GET /pages/me/loss', open: from('/me/loss') },
  { name: 'loss-for-good', route: 'GET /pages/me/loss', open: async (page, scene) => { await from('/me/loss')(page, scene); await press(page, 'main a[href*="act=abolish"]') } },
  { name: 'certificate', route: 'GET /pages/me/certificate', open: from('/me/certificate') },
  { name: 'certificate-unknown', route: 'GET /pages/me/certificate', open: go('/me/certificate?certificate=bm9uZQ') },
  ...(['stop', 'leak', 'end'] as const).map((act): State => ({ name: `certificate-${act}`, route: 'GET /pages/me/certificate', open: async (page, scene) => { await from('/me/certificate')(page, scene); await press(page, `main a[href*="act=${act}"]`) } })),
  { name: 'export', route: 'GET /pages/me/export', open: go('/me/export') },
  { name: 'export-no-signature', route: 'POST /pages/me/export', open: async (page, { at }) => { await page.goto(at('/me/export')); await send(page) } },
  { name: 'export-changed', route: 'POST /pages/me/export', open: async (page, { at }) => { await page.goto(at('/me/export')); await send(page, { certificate: 'AAAA', signature: 'AAAA' }) } },
]

/** In this order what was done before leaves something to do. */
const ending: readonly State[] = [
  { name: 'consent-no-certificate', route: 'GET /pages/consent', open: asked, texts: true },
  { name: 'certificate-stopped', route: 'POST /pages/me/certificate', open: async (page, { at }) => { await page.goto(at('/me')); await repeat(page, 'certificate', 'stop') } },
  { name: 'certificate-leaked', route: 'POST /pages/me/certificate', open: async (page, { at }) => { await page.goto(at('/me')); await repeat(page, 'certificate', 'leak') } },
  { name: 'certificate-ended', route: 'POST /pages/me/certificate', open: async (page, { at }) => { await page.goto(at('/me')); await repeat(page, 'certificate', 'end') } },
  { name: 'loss-done', route: 'POST /pages/me/loss', open: async (page, { at }) => { await page.goto(at('/me')); await repeat(page, 'card', 'suspend') } },
  { name: 'citizen-suspended', route: 'GET /pages/me', open: go('/me') },
]

/** The act on kenta's card or certificate, whose id the page or, once it is over, an earlier page named. Said as done however often. */
const ids = new Map<string, string>()
async function repeat(page: Page, of: 'card' | 'certificate', act: string): Promise<void> {
  const path = of === 'card' ? '/pages/me/loss' : '/pages/me/certificate'
  const link = page.locator(`main a[href^="${path}?"]`).first()
  if ((await link.count()) > 0) ids.set(of, new URL((await link.getAttribute('href'))!, page.url()).searchParams.get(of)!)
  await send(page, { [of]: ids.get(of)!, act, key: crypto.randomUUID() }, 'header form', path)
}

export const citizenStates = { hanako: [...own.slice(0, 4), ...consenting, ...own.slice(4)], kenta: ending } as const
