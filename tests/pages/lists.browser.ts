/** What does not fit on one page: lists beyond their first page, exports to their end, one certificate apart from its card, a consent extended from the own page. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agree, logIn, startRig, takeAlong, visitor, type Rig } from './rig.ts'
import { startScene, type Scene } from './scene.ts'

let rig: Rig
let scene: Scene
beforeAll(async () => {
  rig = await startRig(['hanako'])
  scene = await startScene(rig)
})
afterAll(() => rig.close())
const section = (page: Page, id: string) => page.locator(`section[aria-labelledby=${id}]`)

test('next and previous, without a script; other lists stay where they are; the signed export holds every entry', async () => {
  for (let i = 0; i < 51; i++) await scene.given()
  const { page, context } = await visitor(rig)
  await page.goto(scene.at('/me'))
  await logIn(page)
  const still = await visitor(rig, { javaScriptEnabled: false })
  await still.context.addCookies(await context.cookies())
  await still.page.goto(scene.at('/me'))
  const rows = (id: string) => section(still.page, id).locator('tbody tr').count()
  const follow = (id: string, name: string) => section(still.page, id).getByRole('link', { name }).click()
  expect([await rows('log'), await rows('consents')]).toEqual([50, 50])
  await follow('log', '次へ')
  expect([await rows('log'), new URL(still.page.url()).hash]).toEqual([1, '#log'])
  await follow('consents', '次へ')
  // 51 consents and the first, withdrawn one; the log is where it was.
  expect([await rows('consents'), await rows('log'), await section(still.page, 'consents').locator('tbody tr').last().innerText()]).toEqual([2, 1, expect.stringContaining('撤回済み')])
  await follow('log', '前へ')
  expect([await rows('log'), await rows('consents')]).toEqual([50, 2])
  await still.page.goto(scene.at('/me?log=after.bm9uZQ'))
  expect(await still.page.locator('h1').innerText()).toBe('ページがありません')
  await still.context.close()

  const { text } = await takeAlong(page)
  const all = JSON.parse(text) as Readonly<Record<'consents' | 'accessLog' | 'receipts' | 'logins', readonly unknown[]>>
  expect([all.consents.length, all.receipts.length, all.accessLog.length]).toEqual([52, 52, 51])
  await context.close()
}, 240_000)

test('a consent is extended from the own page: what changes is shown apart from what goes on, it is signed, and the way leads back', async () => {
  const { page, seen, context } = await visitor(rig)
  await page.goto(scene.at('/me'))
  await logIn(page)
  const { request } = await scene.extension()
  // Of a request that extends nothing the link alone is none.
  const fresh = await rig.partner.ask(['NAME'], [])
  await page.goto(scene.at(`/consent?${new URLSearchParams({ request: fresh.request }).toString()}`))
  expect(await page.locator('h1').innerText()).toBe('リンクが正しくありません')
  await page.goto(scene.at('/me'))
  const saved = (await (await context.request.get(scene.at('/me/export.json'))).json()) as { readonly extensions: readonly { readonly id: string }[] }
  expect(saved.extensions.map(({ id }) => id)).toContain(request)
  await page.locator(`main a[href="/pages/consent?${new URLSearchParams({ request }).toString()}"]`).click()
  expect(await page.locator('#delta + dl dd').first().innerText()).toBe('住所')
  // What goes on is given from the same text, and stands under a heading of its own.
  expect(await page.locator('.items .name').allInnerTexts()).toEqual([expect.stringContaining('住所'), '氏名'])
  expect(await page.locator('.law').innerText()).toContain('いまの同意は、終わりの日まで、そのまま続きます')
  await agree(page)
  await page.waitForURL('**/done*')
  const consent = new URL(page.url()).searchParams.get('consent')
  const { data } = await rig.partner.bank.query<{ fourInformation: { items: string[] } }>('query ($id: ID!) { fourInformation(consent: $id) { ... on FourInformationRelease { items } } }', { id: consent })
  expect(data.fourInformation.items).toEqual(['NAME', 'ADDRESS'])
  await page.locator('main a.button').click()
  expect(new URL(page.url()).pathname).toBe('/pages/me')
  expect([...seen.hosts]).toEqual(['127.0.0.1'])
  await context.close()
}, 120_000)

test('a withdrawal says before what stops; a certificate is stopped and revoked apart from its card', async () => {
  const { page, context } = await visitor(rig)
  await page.goto(scene.at('/me'))
  await logIn(page)
  await page.locator('main a[href*="/me/withdraw"]').first().click()
  expect(await page.locator('main').innerText()).toMatch(/顧客情報の更新[^]*撤回すると止まるもの[^]*次から行われません[^]*撤回する/)
  const certificate = async () => (await section(page, 'certificates').locator('tbody tr', { hasText: '利用者証明用' }).first().innerText()).replaceAll('\n', ' ')
  const act = async (name: string): Promise<void> => {
    await page.goto(scene.at('/me'))
    await section(page, 'certificates').locator('tbody tr', { hasText: '利用者証明用' }).first().getByRole('link').click()
    await page.locator(`main a[href*="act=${name}"]`).click()
    await page.locator('main form button').click()
    await page.locator('main a.button').click()
  }
  await act('stop')
  expect(await certificate()).toContain('一時停止')
  await act('leak')
  expect(await certificate()).toContain('失効')
  // The card itself is in use as before.
  expect(await section(page, 'cards').locator('tbody tr').first().innerText()).toContain('使えます')
  await context.close()
}, 120_000)
