/** Officers: an inbox to its end, counts for a span, and decisions that want other eyes and the officer's own card. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Gateway } from '../../client/gateway.ts'
import { must } from '../../local/story/scene.ts'
import { pieces } from '../../web/desk/counts.ts'
import { axeFaults } from './look.ts'
import { askForArea, enter, pins, startRig, visitor, type Rig } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig(['hanako'])
})
afterAll(() => rig.close())
const at = (path: string): string => `${rig.gateway.url}/pages${path}`
const said = (page: Page) => page.locator('h1').innerText()
const as = (name: string): Gateway => connect({ url: rig.gateway.url, ...rig.gateway.credentials[name]!, bound: false })
const open = async (page: Page, officer: string, label: string, act: string): Promise<void> => {
  await enter(page, rig.gateway.url, officer)
  await page.getByRole('link', { name: label }).first().click()
  await page.locator(`a[href*="act=${act}"]`).click()
}

test('a grant needs other eyes: who asked sees it, the agency approves it, two end it', async () => {
  const { page, context } = await visitor(rig)
  await askForArea(rig, '体育館カード')
  await open(page, 'officer-132217', '体育館カード', 'approve')
  expect(await said(page)).toBe('受け付けられませんでした')
  await enter(page, rig.gateway.url, 'officer-132217')
  expect(await page.locator('section[aria-labelledby=areas]').innerText()).toContain('体育館カード')
  await page.getByRole('link', { name: '体育館カード' }).first().click()
  expect(await page.getByRole('link', { name: 'https://city.example/reiki' }).getAttribute('href')).toBe('https://city.example/reiki')
  // As `sha256sum` writes it.
  expect(await page.locator('main').innerText()).toContain('01'.repeat(32))
  await open(page, 'agency', '体育館カード', 'approve')
  // What it would touch, whose eyes it wants and what is signed stand before the buttons.
  expect(await page.locator('main').innerText()).toMatch(/影響の範囲[^]*承認すると、保有されているカード \d+ 枚[^]*決裁に要る人[^]*二人[^]*署名は任意です[^]*署名して承認する/)
  await page.locator('button[name=unsigned]').click()
  expect(await said(page)).toBe('承認しました')
  await open(page, 'agency', '体育館カード', 'end')
  expect(await page.locator('main').innerText()).toContain('いま搭載済みのカード：0枚（領域 0）')
  await page.locator('button[name=unsigned]').click()
  expect(await said(page)).toBe('終了の決裁待ち（二人目）')
  await open(page, 'ministry', '体育館カード', 'end')
  await page.locator('button[name=unsigned]').click()
  expect(await said(page)).toBe('終了しました')
  await context.close()
}, 120_000)

test('a request is turned down on its page, by two: the second finds it in the inbox', async () => {
  const { page, context } = await visitor(rig)
  await askForArea(rig, '水泳場カード')
  await open(page, 'agency', '水泳場カード', 'end')
  expect(await page.locator('main').innerText()).toMatch(/^(?![^]*承認すると)[^]*二人。一人目の決裁から72時間以内に/)
  await page.locator('button[name=unsigned]').click()
  expect(await said(page)).toBe('終了の決裁待ち（二人目）')
  await enter(page, rig.gateway.url, 'ministry')
  await page.locator('section[aria-labelledby=inbox] tr', { hasText: '二人目の決裁' }).getByRole('link', { name: '水泳場カード' }).click()
  await page.locator('a[href*="act=end"]').click()
  await page.locator('button[name=unsigned]').click()
  expect([await said(page), await page.locator('main').innerText()]).toEqual(['終了しました', expect.stringContaining('終了')])
  await context.close()
}, 120_000)

test('an officer whose card is enrolled signs the text that was shown; nothing less is taken', async () => {
  const [agency, agency2] = [as('agency'), as('agency-2')]
  const { data: { office } } = await agency.query<{ office: { officer: string } }>('{ office { officer } }')
  const { data: { me } } = await as('hanako').query<{ me: { id: string } }>('{ me { id } }')
  const proposed = await must<{ id: string }>(agency2, 'proposeOfficerCard', { officer: office.officer, person: me.id }, 'OfficerCard', 'id')
  const { page, seen, context } = await visitor(rig)
  // From the inbox of whoever has to confirm it; who said so is not the second.
  const colleague = at(`/office/colleague?card=${proposed.id}`)
  await enter(page, rig.gateway.url, 'agency-2')
  expect(await page.locator('section[aria-labelledby=inbox] a', { hasText: '同僚のカード' }).count()).toBe(0)
  await page.goto(colleague)
  await page.locator('button[value=confirm]').click()
  expect(await said(page)).toBe('受け付けられませんでした')
  await enter(page, rig.gateway.url, 'agency-3')
  await page.locator('section[aria-labelledby=inbox] a', { hasText: '同僚のカード' }).click()
  expect([page.url(), await page.locator('main').innerText()]).toEqual([colleague, expect.stringMatching(new RegExp(`確認待ち[^]*${office.officer}[^]*${me.id}[^]*影響の範囲[^]*カードの署名が要る`))])
  await page.locator('button[value=confirm]').click()
  expect(await said(page)).toBe('登録しました')
  expect(await agency.query('{ office { card { state } } }')).toMatchObject({ data: { office: { card: { state: 'ENROLLED' } } } })
  await askForArea(rig, '水族館カード')

  await open(page, 'agency', '水族館カード', 'approve')
  expect([await page.locator('main').innerText(), await page.locator('button[name=unsigned]').count()]).toEqual([expect.stringContaining('あなたのカードでの署名が必要です'), 0])
  const document = await page.locator('input[name=document]').inputValue()
  // Sent without a signature, as a browser without the script would.
  const fields = await page.locator('main form').evaluate((form) => Object.fromEntries(new FormData(form as never) as unknown as Iterable<[string, string]>))
  const bare = await context.request.post(at('/office/act'), { form: fields })
  expect([bare.status(), (await bare.text()).includes('受け付けられませんでした')]).toEqual([409, true])
  await page.locator('#card').selectOption('hanako')
  await page.locator('#pin').fill(pins.authentication)
  await page.locator('main form button').first().click()
  await page.locator('h1', { hasText: '承認しました' }).waitFor()
  expect(await page.locator('main').innerText()).toContain('カードの署名とともに保存しました')
  const sent = seen.sent.filter((one) => one.startsWith('POST') && one.includes('/pages/office/act'))
  expect(sent.every((one) => !one.includes(`=${pins.authentication}`))).toBe(true)
  await page.locator('main a.button').click()
  await page.getByRole('link', { name: '水族館カード' }).first().click()
  expect(await page.locator('main').innerText()).toContain('署名された決裁')
  const { data: { grant } } = await agency.query<{ grant: { signedDecisions: { document: string }[] } }>('query ($id: ID!) { grant(id: $id) { signedDecisions { document } } }', { id: new URL(page.url()).searchParams.get('grant') })
  expect(grant.signedDecisions.map((one) => one.document)).toEqual([document])
  await context.close()
}, 120_000)

test('an ordinance is repealed by two of its own body: the first names the day, the second finds it in the inbox and decides on that day', async () => {
  await askForArea(rig, '植物園カード')
  const { page, context } = await visitor(rig)
  const toRepeal = async (officer: string): Promise<void> => {
    await enter(page, rig.gateway.url, officer)
    await page.getByRole('link', { name: '植物園カード' }).first().click()
  }
  const repeal = page.locator('a[href*="/office/repeal"]')
  await toRepeal('agency')
  expect(await repeal.count()).toBe(0)
  await toRepeal('officer-132217')
  await repeal.click()
  expect([await said(page), await page.locator('main').innerText(), await axeFaults(page)]).toEqual(['「清瀬市個人番号カードの利用に関する条例」の廃止を記録しますか', expect.stringMatching(/影響の範囲[^]*植物園カード[^]*いま搭載済みのカード：0枚/), []])
  await page.locator('#on').fill('2026-03-31')
  await page.locator('main form button').click()
  expect([await page.locator('main').innerText(), await axeFaults(page)]).toEqual([expect.stringMatching(/植物園カード[^]*2026年3月31日[^]*二人[^]*署名して/), []])
  await page.locator('button[name=unsigned]').click()
  expect(await said(page)).toBe('条例の廃止に伴う終了の決裁待ち（二人目）')
  // The first is not the second.
  await toRepeal('officer-132217')
  await repeal.click()
  await page.locator('button[name=unsigned]').click()
  expect(await said(page)).toBe('受け付けられませんでした')
  await enter(page, rig.gateway.url, 'officer-132217-2')
  await page.locator('section[aria-labelledby=inbox] tr', { hasText: '二人目の決裁' }).getByRole('link', { name: '植物園カード' }).click()
  await repeal.click()
  expect([await page.locator('#on').count(), await page.locator('input[name=on]').inputValue()]).toEqual([0, '2026-03-31'])
  await page.locator('button[name=unsigned]').click()
  expect([await said(page), await page.locator('main').innerText()]).toEqual(['条例の廃止を記録しました', expect.stringMatching(/[1-9]\d*件の利用が終わりました/)])
  await context.close()
}, 120_000)

test('the inbox is read to its end, areas page by page', async () => {
  const first = `はじめの申請 ${randomUUID().slice(0, 4)}`
  await askForArea(rig, first)
  for (let i = 0; i < 52; i++) await askForArea(rig, `申請 ${i}`)
  const { page, context } = await visitor(rig)
  await enter(page, rig.gateway.url, 'agency')
  const rows = (id: string) => page.locator(`section[aria-labelledby=${id}] table`).first().locator('tbody tr').count()
  expect([await rows('inbox'), await page.locator('section[aria-labelledby=inbox]').innerText(), await rows('areas')]).toEqual([53, expect.stringContaining(first), 50])
  await page.locator('section[aria-labelledby=areas]').getByRole('link', { name: '次へ' }).click()
  expect([await rows('areas') < 50, await rows('inbox')]).toEqual([true, 53])
  await context.close()
}, 240_000)

test('counts for a span of choice: the plot, the table and the file say the same', async () => {
  const { page, context } = await visitor(rig)
  await enter(page, rig.gateway.url, 'agency')
  for (const [span, unit, rows] of [['30d', 'day', 30], ['12m', 'month', 12], ['all', 'month', null]] as const) {
    await page.goto(at(`/office?span=${span}`))
    expect(await page.locator(`#counts ~ nav a[aria-current], section[aria-labelledby=counts] nav a[aria-current]`).getAttribute('href')).toContain(span)
    const file = await (await context.request.get(at(`/office/counts.csv?span=${span}`))).text()
    const lines = file.trim().split('\r\n')
    expect([lines[0], rows === null || lines.length - 1 === rows], span).toEqual([`${unit},applications_received,cards_delivered`, true])
    const table = await page.locator('section[aria-labelledby=counts] table').first().locator('tbody tr').allInnerTexts()
    expect(table.map((row) => row.split('\t').slice(1).map((cell) => cell.trim()).join(',')).toReversed(), span).toEqual(lines.slice(1).map((line) => line.split(',').slice(1).join(',')))
    const drawn = await context.request.get(at(`/office/counts.svg?span=${span}`))
    expect([drawn.headers()['content-type'], (await drawn.text()).includes('<svg')]).toEqual(['image/svg+xml', true])
  }
  await context.close()
}, 120_000)

test('a span in pieces of a year at most, none of them twice', () => {
  const now = Date.parse('2026-11-25T12:00:00+09:00')
  expect(pieces('30d', now)).toEqual([{ from: '2026-10-27', to: '2026-11-25' }])
  expect(pieces('12m', now)).toEqual([{ from: '2025-12-01', to: '2026-11-25' }])
  expect(pieces('12m', Date.parse('2026-12-01T00:00:00+09:00'))).toEqual([{ from: '2026-01-01', to: '2026-12-01' }])
  const all = pieces('all', now)
  expect([all[0], all.at(-1), all.length]).toEqual([{ from: '2015-10-05', to: '2015-12-31' }, { from: '2026-01-01', to: '2026-11-25' }, 12])
})
