/**
 * What is looked at on a page: axe at A and AA, texts, nothing that scrolls sideways at 400 %, everything visible in forced
 * colours, nothing that moves, every control in the reach of the keyboard with a ring around it. Each look answers with the
 * faults that it found.
 */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']
const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

/** Directly, without another page for frames: there are none. */
export async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const run = `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] }).then(({ violations, passes }) => ({ passes: passes.length, faults: violations.flatMap((v) => v.nodes.map((node) => v.id + ': ' + node.html.slice(0, 160))) }))`
  const { passes, faults } = (await page.evaluate(run)) as { passes: number; faults: string[] }
  return passes < 5 ? ['axe hardly looked', ...faults] : faults
}

/** A text that was not filled in, a reading in its raw form, a page without a heading. */
export async function textFaults(page: Page): Promise<string[]> {
  const [main, headings] = [await page.locator('main').innerText(), await page.locator('h1').count()]
  return [...(/\{[^{}]*\||undefined|\[object|NaN|Invalid Date/.test(main) ? [`a text: ${/.{0,40}(\{[^{}]*\||undefined|\[object|NaN|Invalid Date).{0,40}/.exec(main)![0]}`] : []), ...(headings === 1 ? [] : [`${headings} headings of the first level`])]
}

/** 1280 CSS pixels at 400 % are 320. */
export async function zoomFaults(page: Page): Promise<string[]> {
  const before = page.viewportSize()!
  await page.setViewportSize({ width: 320, height: 900 })
  const wider = Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))
  await page.setViewportSize(before)
  return wider > 0 ? [`scrolls sideways by ${wider} at 400 %`] : []
}

const shownSelector = '.button, .plain, main input:not([type=hidden]):not([type=checkbox]), main select, main textarea'
export async function mediaFaults(page: Page): Promise<string[]> {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
  const found = (await page.evaluate(`(() => {
    const seen = [...document.querySelectorAll(${JSON.stringify(shownSelector)})].filter((e) => e.offsetParent !== null)
    const bare = seen.filter((e) => { const s = getComputedStyle(e); return s.borderTopStyle !== 'solid' || (s.borderTopColor.startsWith('rgba(') && s.borderTopColor.endsWith(', 0)')) || parseFloat(s.borderTopWidth) < 1 })
    const moving = document.getAnimations().length + [...document.querySelectorAll('*')].filter((e) => { const s = getComputedStyle(e); return parseFloat(s.transitionDuration) > 0 || parseFloat(s.animationDuration) > 0 }).length
    return [...bare.map((e) => 'no border in forced colours: ' + e.outerHTML.slice(0, 120)), ...(moving > 0 ? [moving + ' things move'] : [])]
  })()`)) as string[]
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' })
  return found
}

const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
/** Tabs through the whole page: each control is met, in order, and seen to be met; no trap. */
export async function keyboardFaults(page: Page): Promise<string[]> {
  await page.evaluate(`document.activeElement?.blur(); window.getSelection()?.removeAllRanges(); document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')
    window.expected = [...document.querySelectorAll(${JSON.stringify(controls)})].filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled)`)
  const all = Number(await page.evaluate('expected.length'))
  const [reached, ringed] = [new Set<number>(), new Map<number, string>()]
  // A date field has parts, each a stop of its own; around the last, a button within it, the browser draws the ring itself.
  for (let i = 0; i < all * 2 + 12 && reached.size < all; i++) {
    await page.keyboard.press('Tab')
    const { at, ring, html } = (await page.evaluate(`(() => { const e = document.activeElement, s = getComputedStyle(e); return { at: expected.indexOf(e), ring: s.outlineStyle === 'solid' && parseFloat(s.outlineWidth) >= 2, html: e.outerHTML.slice(0, 100) } })()`)) as { at: number; ring: boolean; html: string }
    if (at < 0) continue
    if (ring) ringed.set(at, '')
    else if (!ringed.has(at)) ringed.set(at, `no ring around ${html}`)
    reached.add(at)
  }
  const missed = (await page.evaluate(`expected.filter((_, i) => !${JSON.stringify([...reached])}.includes(i)).map((e) => e.outerHTML.slice(0, 100))`)) as string[]
  return [...[...ringed.values()].filter((fault) => fault !== ''), ...missed.map((html) => `not in the reach of the keyboard: ${html}`)]
}

/** Where a page wants its script, it says so without, and there is a way on. */
export async function scriptlessFaults(page: Page): Promise<string[]> {
  const [wants, says, ways] = [await page.locator('form[data-card]').count(), await page.locator('main noscript .notice:visible').count(), await page.locator('main a[href], main button').count()]
  return [...(wants > 0 && says === 0 ? ['does not say that it wants its script'] : []), ...(ways === 0 ? ['leads nowhere'] : [])]
}
