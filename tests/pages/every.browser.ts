/** Every page × every state × language: the whole list (states.ts) in a real browser, and the list held against the router. */
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '../../web/routes.ts'
import { axeFaults, keyboardFaults, mediaFaults, scriptlessFaults, textFaults, zoomFaults } from './look.ts'
import { enter, logIn, startRig, visitor, type Rig, type Seen } from './rig.ts'
import { startScene, type Scene } from './scene.ts'
import { officers, type State, type Who } from './state.ts'
import { notPages, states } from './states.ts'

let rig: Rig
let scene: Scene
beforeAll(async () => {
  rig = await startRig(['hanako', 'kenta'])
  scene = await startScene(rig)
})
afterAll(() => rig.close())

type Setting = 'ja' | 'ja-furigana' | 'ja-easy' | 'en'
const display = (setting: Setting) => ({ name: 'dev-loopback-mynagate-display', value: setting, url: rig.gateway.url })

/** Sessions of persons who are logged in. kenta's card cannot log in again once it has ended; hanako's acts want a login of a moment ago. */
const sessions = new Map<Who, { readonly cookies: Parameters<BrowserContext['addCookies']>[0]; readonly at: number }>()
async function cookiesOf(who: Who): Promise<Parameters<BrowserContext['addCookies']>[0]> {
  const known = sessions.get(who)
  if (known !== undefined && (who === 'kenta' || Date.now() - known.at < 60_000)) return known.cookies
  const { page, context } = await visitor(rig)
  const officer = officers[who]
  if (officer !== undefined) await enter(page, rig.gateway.url, officer)
  else if (who !== 'nobody') {
    await page.goto(scene.at('/me'))
    await logIn(page, who)
  }
  const cookies = await context.cookies()
  sessions.set(who, { cookies, at: Date.now() })
  await context.close()
  return cookies
}

/** A browser in which that person is logged in. */
async function browserOf(who: Who, setting: Setting, scripts = true): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly seen: Seen }> {
  const opened = await visitor(rig, { viewport: { width: 1280, height: 900 }, javaScriptEnabled: scripts })
  await opened.context.addCookies([...(await cookiesOf(who)), display(setting)])
  return opened
}

/** Walks a part of the list and gathers what the looks find, by the state they found it in. */
async function walk(who: Who, setting: Setting, chosen: (state: State) => boolean, looks: readonly ((page: Page) => Promise<string[]>)[], scripts = true): Promise<void> {
  const { page, context, seen } = await browserOf(who, setting, scripts)
  const faults: string[] = []
  for (const state of states.find((part) => part.who === who)!.states.filter(chosen)) {
    try {
      await state.open(page, scene)
      for (const look of looks) faults.push(...(await look(page)).map((fault) => `${state.name} (${setting}): ${fault}`))
    } catch (cause) {
      throw new Error(`${state.name} (${setting}) at ${page.url()}: ${(await page.locator('h1').allInnerTexts().catch(() => [])).join()}`, { cause })
    }
  }
  expect(faults).toEqual([])
  expect([...seen.hosts]).toEqual(['127.0.0.1'])
  await context.close()
}

describe.each(['kenta', 'nobody', 'hanako', 'agency', 'council'] as const)('%s', (who) => {
  test('in Japanese: axe, texts, 400 %, forced colours, reduced motion, keyboard', () => walk(who, 'ja', () => true, [axeFaults, textFaults, zoomFaults, mediaFaults, keyboardFaults]), 300_000)
  test('in English: axe, texts, 400 %', () => walk(who, 'en', () => true, [axeFaults, textFaults, zoomFaults]), 300_000)
  test('without JavaScript', () => walk(who, 'en', ({ scripted }) => scripted === undefined, [textFaults, scriptlessFaults], false), 300_000)
  // Readings and やさしい日本語 change the texts around a login and a consent; the other pages are the same.
  if (officers[who] === undefined) test('with readings, and in plain Japanese: axe, texts, 400 %', async () => {
    for (const setting of ['ja-furigana', 'ja-easy'] as const) await walk(who, setting, ({ texts }) => texts === true, [axeFaults, textFaults, zoomFaults])
  }, 300_000)
})

test('no page of the router is left out, and what is none is no page', async () => {
  const all = Object.entries(routes).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)).toSorted()
  const covered = new Set<string>([...states.flatMap((part) => part.states.map(({ route }) => route ?? [])).flat(), ...Object.keys(notPages)])
  expect([...covered].toSorted()).toEqual(all)
  const names = states.flatMap((part) => part.states.map(({ name }) => name))
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  const { context } = await browserOf('agency', 'ja')
  for (const route of Object.keys(notPages).filter((name) => name.startsWith('GET /pages/office'))) {
    expect((await context.request.get(`${rig.gateway.url}${route.slice(4)}`)).headers()['content-type'], route).not.toContain('text/html')
  }
  await context.close()
})

test('these looks see faults', async () => {
  const { page, context } = await browserOf('nobody', 'ja')
  await page.goto(scene.at('/login'))
  expect(await keyboardFaults(page)).toEqual([])
  await page.addStyleTag({ content: 'x' }).catch(() => undefined)
  await page.evaluate(`document.querySelector('main label').remove(); document.querySelector('.lead').style.color = '#bbbbbb'; document.querySelector('h1').style.width = '3000px'; document.querySelector('#pin').tabIndex = -1; document.querySelector('main button').style.outline = 'none'
    document.querySelector('main button').style.border = '0'; document.querySelector('h1').style.transition = 'all 1s'; document.querySelector('h1').append(' {氏名|', document.createElement('b')); document.querySelector('noscript').remove()`)
  expect((await axeFaults(page)).map((fault) => fault.split(':')[0])).toEqual(expect.arrayContaining(['select-name', 'color-contrast']))
  expect([(await textFaults(page)).length, (await zoomFaults(page)).length]).toEqual([1, 1])
  expect((await mediaFaults(page)).map((fault) => fault.split(':')[0])).toEqual(['no border in forced colours', expect.stringMatching(/things move/)])
  expect((await keyboardFaults(page)).map((fault) => fault.split(' ').slice(0, 3).join(' '))).toEqual(expect.arrayContaining(['no ring around', 'not in the']))
  expect(await scriptlessFaults(page)).toEqual(['does not say that it wants its script'])
  await context.close()
})
