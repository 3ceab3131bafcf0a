/** The consent redirect, whole: from a sample partner through a real browser and a virtual card, and back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { agree, logIn, startRig, visitor, type Rig } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig.close())

const hanako = { name: '青空　花子', address: '東京都清瀬市見本町一丁目2番地の3', birthDate: '1990-04-15' }
/** What may stand in any answer though it is a value of a person, each where it may and why. */
const allowed: readonly { readonly where: RegExp; readonly why: string }[] = [
  { where: /<option value="hanako">hanako — 青空　花子<\/option>/g, why: 'the login of a test environment lets one choose among the cards of the test persons, by their names; it is not there where people log in' },
]
/** Which of the values stand in any answer elsewhere than they may: bodies that list the cards too. */
const leaks = (bodies: readonly string[], values: readonly string[]): string[] => {
  const rest = bodies.map((body) => allowed.reduce((text, { where }) => text.replace(where, ''), body)).join('\n')
  return values.filter((value) => rest.includes(value))
}
const fourInformation = async (consent: string) => (await rig.partner.bank.query<{ fourInformation: Record<string, unknown> }>(
  'query ($id: ID!) { fourInformation(consent: $id) { __typename ... on FourInformationRelease { items name address birthDate sex } ... on Refused { code } } }', { id: consent })).data.fourInformation

test('agreed: the partner gets exactly the chosen items, and nothing else is in any answer', async () => {
  const { page, seen, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], ['ADDRESS', 'BIRTH_DATE'])
  await page.goto(asked.link)
  await logIn(page)
  expect(await page.locator('h1').innerText()).toBe('情報の提供への同意')
  expect(await page.locator('main').innerText()).toContain('見本銀行')
  expect(await page.locator('main').innerText()).toContain('法令の上限（10年）')
  await page.locator('input[value=ADDRESS]').check()
  await agree(page)
  await page.waitForURL('**/pages/consent/done*')
  expect(await page.locator('h1').innerText()).toBe('同意しました')
  await page.locator('main a.button').click()
  await page.waitForURL(`${rig.partner.url}/back*`)
  const answer = rig.partner.back.at(-1)!
  expect([answer.get('state'), answer.get('error'), answer.get('iss'), answer.get('grant_id')]).toEqual([asked.state, null, rig.gateway.url, answer.get('consent')])
  expect(await fourInformation(answer.get('consent')!)).toEqual({ __typename: 'FourInformationRelease', items: ['NAME', 'ADDRESS'], name: hanako.name, address: hanako.address, birthDate: null, sex: null })

  // Nobody asked for the values to be shown, so no answer holds any.
  expect(leaks(seen.bodies, Object.values(hanako))).toEqual([])
  expect(leaks([`<main>${hanako.name}</main>`], Object.values(hanako))).toEqual([hanako.name])
  // The PINs went to the card alone.
  const elsewhere = seen.sent.filter((sent) => !sent.includes('/sandbox/cards/'))
  for (const pin of ['ABC123', 'pin=']) expect(elsewhere.filter((sent) => sent.includes(pin))).toEqual([])
  expect([...seen.hosts]).toEqual(['127.0.0.1'])
  await context.close()
})

test('values are shown when asked for, those that were asked for alone, and ticks stay', async () => {
  const { page, seen, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], ['ADDRESS'])
  await page.goto(asked.link)
  await logIn(page)
  await page.locator('input[value=ADDRESS]').check()
  await page.getByRole('button', { name: '値を表示する' }).click()
  expect(await page.locator('.value').allInnerTexts()).toEqual([hanako.name, hanako.address])
  expect(await page.locator('input[value=ADDRESS]').isChecked()).toBe(true)
  expect(leaks(seen.bodies, [hanako.birthDate, '女'])).toEqual([])
  await context.close()
})

test('refused: back with access_denied, nothing given, one click as for agreeing', async () => {
  const { page, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME', 'ADDRESS'], [])
  await page.goto(asked.link)
  await logIn(page)
  await page.locator('.answers button').nth(1).click()
  await page.waitForURL('**/pages/consent/done*')
  await page.locator('main a.button').click()
  await page.waitForURL(`${rig.partner.url}/back*`)
  expect(Object.fromEntries(rig.partner.back.at(-1)!)).toEqual({ error: 'access_denied', state: asked.state, iss: rig.gateway.url })
  await context.close()
})

test('the two answers are equal in size, look and clicks, and nothing is ticked', async () => {
  const { page, context } = await visitor(rig)
  for (const lang of ['ja', 'en'] as const) {
    await page.goto((await rig.partner.ask(['NAME'], ['ADDRESS', 'BIRTH_DATE'])).link)
    if (await page.locator('.answers').count() === 0) await logIn(page)
    if (lang === 'en') await page.locator('.settings button[value=en]').click()
    expect(await unequal(page)).toEqual([])
    expect(await page.locator('input:checked, [selected]').count()).toBe(0)
  }
  await context.close()
})

test('those checks fail where the page is unfair', async () => {
  const { page, context } = await visitor(rig)
  await page.goto((await rig.partner.ask(['NAME'], ['ADDRESS'])).link)
  await logIn(page)
  const no = page.locator('.answers button').nth(1)
  for (const [property, value] of [['width', '60%'], ['padding-left', '60px'], ['color', 'rgb(120, 120, 220)'], ['background-color', 'rgb(255, 255, 255)'], ['font-weight', '400'], ['font-size', '12px']] as const) {
    await no.evaluate((element, [name, to]) => (element as unknown as Styled).style.setProperty(name, to), [property, value] as const)
    expect(await unequal(page), property).not.toEqual([])
    await no.evaluate((element, name) => (element as unknown as Styled).style.removeProperty(name), property)
  }
  expect(await unequal(page)).toEqual([])
  await page.locator('input[value=ADDRESS]').check()
  expect(await page.locator('input:checked').count()).toBe(1)
  await context.close()
})

test('a wrong PIN, a card that is pulled, no PIN: said on the page, and nothing was sent', async () => {
  const { page, seen, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], [])
  await page.goto(asked.link)
  await logIn(page)
  const state = page.locator('[data-state]')
  await page.locator('.answers button').first().click()
  expect(await state.getAttribute('data-name')).toBe('pin')
  await agree(page, 'WRONG1')
  await page.locator('[data-state][data-name=wrong]').waitFor()
  expect(await state.innerText()).toContain('あと4回')
  await page.route('**/apdu', (route) => route.abort())
  await agree(page)
  await page.locator('[data-state][data-name=gone]').waitFor()
  expect(await state.innerText()).toContain('何も送られていません')
  expect(seen.sent.filter((sent) => sent.startsWith('POST') && sent.includes('/pages/consent\n'))).toEqual([])
  await page.unroute('**/apdu')
  await agree(page)
  await page.waitForURL('**/pages/consent/done*')
  await context.close()
})

test('a second submit does nothing twice; an answered link, a broken one and a strange return address say so', async () => {
  const { page, seen, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], [])
  await page.goto(asked.link)
  await logIn(page)
  await agree(page)
  await page.waitForURL('**/pages/consent/done*')
  const first = new URL(page.url()).searchParams.get('consent')
  const posted = seen.sent.find((sent) => sent.startsWith('POST') && sent.includes('/pages/consent\n') && sent.includes('answer=yes'))!.split('\n')[1]!
  const again = await context.request.post(`${rig.gateway.url}/pages/consent`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, data: posted, maxRedirects: 0 })
  expect([again.status(), new URL(again.headers()['location']!, rig.gateway.url).searchParams.get('consent')]).toEqual([303, first])
  await page.goto(asked.link)
  expect(await page.locator('h1').innerText()).toBe('この求めには回答済みです')
  await page.goto(`${rig.gateway.url}/pages/me`)
  expect(await page.locator(`a[href*="/pages/me/receipt?${new URLSearchParams({ consent: first! }).toString()}"]`).count()).toBe(1)
  await page.goto(`${rig.gateway.url}/pages/consent?request=x`)
  expect(await page.locator('h1').innerText()).toBe('リンクが正しくありません')
  // A link that names an earlier consent does not make this request look answered.
  const open = await rig.partner.ask(['NAME'], [])
  await page.goto(`${open.link.replace('/pages/consent?', '/pages/consent/done?')}&${new URLSearchParams({ consent: first! }).toString()}`)
  expect(await page.locator('h1').innerText()).toBe('リンクが正しくありません')
  await context.close()
})

test('only a registered address is returned to, and the page that refuses leads nowhere', async () => {
  const { page, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], [], 'plain')
  await page.goto(asked.link)
  await logIn(page)
  await page.locator('.answers').waitFor()
  const registered = encodeURIComponent(`${rig.partner.url}/back`)
  for (const other of [`${rig.partner.url}/back/`, `${rig.partner.url}/Back`, `${rig.partner.url}/back?x=1`, rig.partner.url.replace('127.0.0.1', 'localhost') + '/back', 'https://elsewhere.example/back', 'javascript:alert(1)//x']) {
    const answer = await page.goto(asked.link.replace(registered, encodeURIComponent(other)))
    expect([answer?.status(), page.url().startsWith(rig.gateway.url), await page.locator('h1').innerText()], other).toEqual([400, true, '戻り先が登録されていません'])
    expect(await page.locator('[href*="elsewhere"], [href*="localhost"], [href^="javascript"], [http-equiv=refresh], .answers').count(), other).toBe(0)
  }
  await page.goto(asked.link)
  await page.locator('.answers button').nth(1).click()
  expect(await page.locator('main a.button').getAttribute('href')).toContain(`${rig.partner.url}/back?error=access_denied`)
  await context.close()
})

test('a refusal is an act: final, seen by the partner, and the way back stays', async () => {
  const { page, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], [])
  const stand = async () => (await rig.partner.bank.query<{ consentRequest: { state: string; declinedAt: string | null } }>('query ($id: ID!) { consentRequest(id: $id) { state declinedAt } }', { id: asked.request })).data.consentRequest
  await page.goto(asked.link)
  await logIn(page)
  expect(await stand()).toEqual({ state: 'OPEN', declinedAt: null })
  await page.locator('.answers button').nth(1).click()
  await page.waitForURL('**/done*')
  expect(await stand()).toEqual({ state: 'ANSWERED', declinedAt: expect.stringMatching(/^20/) })
  await page.reload()
  expect(await page.locator('h1').innerText()).toBe('同意しませんでした')
  await page.goto(asked.link)
  expect([await page.locator('h1').innerText(), await page.locator('main a.button').last().getAttribute('href')]).toEqual(['この求めには回答済みです', expect.stringContaining('error=access_denied')])
  await context.close()
})

test('what extends a consent shows what would change, and the grant stays', async () => {
  const { page, seen, context } = await visitor(rig)
  const first = await rig.partner.ask(['NAME'], [])
  await page.goto(first.link)
  await logIn(page)
  await agree(page)
  await page.waitForURL('**/pages/consent/done*')
  const consent = new URL(page.url()).searchParams.get('consent')!
  const more = await rig.partner.ask(['ADDRESS'], [], 'pushed', { action: 'MERGE', grant: consent })
  await page.goto(more.link)
  const delta = page.locator('section', { has: page.locator('#delta') })
  expect((await delta.locator('dd').allInnerTexts()).slice(0, 2)).toEqual(['住所', '氏名'])
  // What is kept is signed again, so it is shown again, with its value where values are shown.
  const shownItems = async () => (await page.locator('ul.items li').allInnerTexts()).map((text) => text.trim().split(/\s/)[0])
  expect(await shownItems()).toEqual(['住所', '氏名'])
  await page.locator('button[value=show]').click()
  expect(await page.locator('ul.items .value').allInnerTexts()).toEqual([hanako.address, hanako.name])
  await page.locator('button[value=hide]').click()
  const signed = page.waitForResponse('**/pages/consent/document')
  await agree(page)
  const { items } = JSON.parse((JSON.parse(await (await signed).text()) as { text: string }).text) as { items: string[] }
  expect(items.toSorted()).toEqual(['address', 'name'])
  await page.waitForURL('**/pages/consent/done*')
  const after = new URL(page.url()).searchParams.get('consent')!
  expect(await fourInformation(after)).toMatchObject({ items: ['NAME', 'ADDRESS'], name: hanako.name, address: hanako.address, birthDate: null })
  expect(await fourInformation(consent)).toMatchObject({ __typename: 'Refused' })
  expect(leaks(seen.bodies, [hanako.birthDate])).toEqual([])
  // Optional items alone: nothing is added before one is ticked, and what is kept is said all the same.
  await page.goto((await rig.partner.ask([], ['BIRTH_DATE'], 'pushed', { action: 'MERGE', grant: after })).link)
  expect((await delta.locator('dd').allInnerTexts()).slice(0, 2)).toEqual(['ありません。', '氏名、住所'])
  expect(await shownItems()).toEqual(['氏名', '住所', '生年月日'])
  await page.locator('input[value=BIRTH_DATE]').check()
  await page.locator('button[value=show]').click()
  expect((await delta.locator('dd').allInnerTexts()).slice(0, 2)).toEqual(['生年月日', '氏名、住所'])
  await context.close()
})

test('for another device: the same link as a QR code, without a script and before any login', async () => {
  const { page, seen, context } = await visitor(rig, { javaScriptEnabled: false })
  const asked = await rig.partner.ask(['NAME'], [])
  await page.goto(asked.link)
  await page.getByRole('link', { name: '別の端末で続ける' }).click()
  expect(await page.locator('main a').first().getAttribute('href')).toBe(asked.link)
  const box = await page.locator('svg.qr').boundingBox()
  expect(Math.min(box!.width, box!.height)).toBeGreaterThan(150)
  expect(seen.sent.some((sent) => sent.includes('.js'))).toBe(false)
  await page.goto(`${rig.gateway.url}/pages/consent/elsewhere?request_uri=x`)
  expect(await page.locator('h1').innerText()).toBe('リンクが正しくありません')
  await context.close()
})

test('from a partner on another site: strict cookies are not lost on the way', async () => {
  const { page, context } = await visitor(rig)
  await page.goto(`${rig.gateway.url}/pages/me`)
  await logIn(page)
  const asked = await rig.partner.ask(['NAME'], [])
  // localhost and 127.0.0.1 are two sites to a browser.
  await page.goto(`${rig.partner.url.replace('127.0.0.1', 'localhost')}/start`)
  await page.evaluate(`location.assign(${JSON.stringify(asked.link)})`)
  await page.locator('.answers').waitFor()
  await context.close()
})

test('without JavaScript: agreeing says why not and names another way, refusing works', async () => {
  const { page, context } = await visitor(rig)
  const asked = await rig.partner.ask(['NAME'], [])
  await page.goto(asked.link)
  await logIn(page)
  const cookies = await context.cookies()
  const still = await visitor(rig, { javaScriptEnabled: false })
  await still.context.addCookies(cookies)
  await still.page.goto(asked.link)
  expect(await still.page.locator('main').innerText()).toContain('このブラウザではカードで署名できません')
  await still.page.locator('.answers button').first().click()
  expect(await still.page.locator('h1').innerText()).toBe('カードの署名がありません')
  await still.page.goto(asked.link)
  await still.page.locator('.answers button').nth(1).click()
  expect(await still.page.locator('h1').innerText()).toBe('同意しませんでした')
  await still.context.close()
  await context.close()
})

interface Styled { readonly style: { setProperty(name: string, value: string): void; removeProperty(name: string): void } }
const compared = ['color', 'background-color', 'border-top-color', 'border-top-width', 'font-size', 'font-weight', 'padding-left', 'opacity', 'text-decoration-line', 'visibility', 'display', 'cursor', 'box-shadow', 'outline-style'] as const

/** What differs between the two answers, as the browser drew them. */
async function unequal(page: Page): Promise<string[]> {
  const [yes, no, more] = await page.locator('.answers button').evaluateAll((buttons, names) => buttons.map((button) => {
    const view = globalThis as unknown as { getComputedStyle(of: unknown): { getPropertyValue(name: string): string } }
    const box = (button as unknown as { getBoundingClientRect(): { width: number; height: number } }).getBoundingClientRect()
    const style = view.getComputedStyle(button)
    return { width: String(box.width), height: String(box.height), ...Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)])) } as Record<string, string>
  }), compared)
  if (yes === undefined || no === undefined || more !== undefined) return ['there are not two answers']
  return Object.keys(yes).filter((name) => yes[name] !== no[name])
}
