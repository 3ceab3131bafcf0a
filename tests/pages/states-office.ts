/** States that an officer meets: the desk for each span, areas in each of theirs, acts with and without a signature, drift. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import type { Scene } from './scene.ts'
import { press, send, type State } from './state.ts'

const go = (path: string) => (page: Page, { at }: Scene): Promise<unknown> => page.goto(at(path))
async function find(page: Page, { at }: Scene, label: string): Promise<void> {
  await page.goto(at('/office'))
  await press(page, `main a:has-text("${label}")`)
}
/** A fresh area, opened from the inbox. */
async function area(page: Page, scene: Scene): Promise<string> {
  const label = `図書館カード ${randomUUID().slice(0, 4)}`
  await scene.area(label)
  await find(page, scene, label)
  return label
}
const question = (act: string) => async (page: Page): Promise<void> => press(page, `main a[href*="act=${act}"]`)
const doIt = async (page: Page): Promise<void> => press(page, 'button[name=unsigned]')
async function approved(page: Page, scene: Scene): Promise<void> {
  const label = await area(page, scene)
  await question('approve')(page)
  await doIt(page)
  await find(page, scene, label)
}
async function suspended(page: Page, scene: Scene): Promise<void> {
  await approved(page, scene)
  const here = page.url()
  await question('suspend')(page)
  await doIt(page)
  await page.goto(here)
}
const colleague = async (page: Page, scene: Scene): Promise<void> => { await page.goto(scene.at(`/office/colleague?card=${await scene.colleague()}`)) }
const drift = (card: string, present: string) => async (page: Page, { at }: Scene): Promise<void> => { await page.goto(at('/office/drift')); await send(page, { card, present }) }

export const officeStates: readonly State[] = [
  { name: 'office', route: 'GET /pages/office', open: async (page, scene) => { await scene.area('図書館カード'); await page.goto(scene.at('/office')) } },
  { name: 'office-12-months', route: 'GET /pages/office', open: go('/office?span=12m') },
  { name: 'office-all', route: 'GET /pages/office', open: go('/office?span=all') },
  { name: 'office-nowhere', route: 'GET /pages/office', open: go('/office?areas=after.bm9uZQ') },
  { name: 'grant', route: 'GET /pages/office/grant', open: area },
  { name: 'grant-unknown', route: 'GET /pages/office/grant', open: go('/office/grant?grant=bm9uZQ') },
  { name: 'act-approve', route: 'GET /pages/office/act', open: async (page, scene) => { await area(page, scene); await question('approve')(page) } },
  { name: 'act-unknown', route: 'GET /pages/office/act', open: go('/office/act?grant=bm9uZQ&act=approve') },
  { name: 'act-approved', route: 'POST /pages/office/act', open: async (page, scene) => { await area(page, scene); await question('approve')(page); await doIt(page) } },
  { name: 'act-refused', route: 'POST /pages/office/act', open: async (page, scene) => { await area(page, scene); await question('approve')(page); await send(page, { signature: 'AAAA', certificate: 'AAAA' }) } },
  { name: 'grant-approved', route: 'GET /pages/office/grant', open: approved },
  { name: 'act-end', route: 'GET /pages/office/act', open: async (page, scene) => { await approved(page, scene); await question('end')(page) } },
  { name: 'act-end-pending', route: 'POST /pages/office/act', open: async (page, scene) => { await approved(page, scene); await question('end')(page); await doIt(page) } },
  { name: 'act-turn-down', route: 'GET /pages/office/act', open: async (page, scene) => { await area(page, scene); await question('end')(page) } },
  { name: 'act-resume', route: 'GET /pages/office/act', open: async (page, scene) => { await suspended(page, scene); await question('resume')(page) } },
  { name: 'act-suspend', route: 'GET /pages/office/act', open: async (page, scene) => { await approved(page, scene); await question('suspend')(page) } },
  { name: 'colleague', route: 'GET /pages/office/colleague', open: colleague },
  { name: 'colleague-unknown', route: 'GET /pages/office/colleague', open: go('/office/colleague?card=bm9uZQ') },
  { name: 'colleague-confirmed', route: 'POST /pages/office/colleague', open: async (page, scene) => { await colleague(page, scene); await press(page, 'button[value=confirm]') } },
  { name: 'colleague-refused', route: 'POST /pages/office/colleague', open: async (page, scene) => { await colleague(page, scene); await send(page, { act: 'confirm', card: 'bm9uZQ' }) } },
  { name: 'repeal-not-ours', route: 'GET /pages/office/repeal', open: go('/office/repeal?grant=bm9uZQ') },
  { name: 'repeal-refused', route: 'POST /pages/office/repeal', open: async (page, scene) => { await area(page, scene); await question('approve')(page); await send(page, { on: '2026-01-01' }, 'main form', '/pages/office/repeal') } },
  { name: 'drift', route: 'GET /pages/office/drift', open: go('/office/drift') },
  { name: 'drift-wrong', route: 'POST /pages/office/drift', open: drift('bm9uZQ', 'not an aid') },
  { name: 'drift-unknown', route: 'POST /pages/office/drift', open: drift('bm9uZQ', 'D392100031') },
]

/** As far as its repeal, which is for the council's own officers alone. */
const repealed = async (page: Page, scene: Scene): Promise<void> => { await area(page, scene); await press(page, 'main a[href*="/office/repeal"]') }
const dated = async (page: Page, scene: Scene): Promise<void> => {
  await repealed(page, scene)
  await page.locator('#on').fill('2026-03-31')
  await press(page)
}
export const councilStates: readonly State[] = [
  { name: 'council', route: 'GET /pages/office', open: go('/office') },
  { name: 'council-grant', route: 'GET /pages/office/grant', open: area },
  { name: 'repeal-day', route: 'GET /pages/office/repeal', open: repealed },
  { name: 'repeal', route: 'GET /pages/office/repeal', open: dated },
  { name: 'repeal-pending', route: 'POST /pages/office/repeal', open: async (page, scene) => { await dated(page, scene); await doIt(page) } },
]
