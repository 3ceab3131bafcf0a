/**
 * `npm run shots [-- DIR]`: a picture of every page in every state (states.ts), in both languages and two widths, for people
 * to look at. `-- --readme` takes the three that the README shows, into web/shots, each under 120 KB.
 */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { agree, askForArea, enter, logIn, startRig, visitor } from './rig.ts'
import { startScene } from './scene.ts'
import { officers } from './state.ts'
import { states } from './states.ts'

const forReadme = process.argv.includes('--readme')
const folder = forReadme ? 'web/shots' : (process.argv[2] ?? 'shots')
mkdirSync(folder, { recursive: true })
const rig = await startRig(['hanako', 'kenta'])
const at = (path: string): string => `${rig.gateway.url}/pages${path}`
let taken = 0

async function readme(): Promise<void> {
  await askForArea(rig, '図書館カード')
  const { page, context } = await visitor(rig, { viewport: { width: 880, height: 660 } })
  const shot = async (name: string): Promise<void> => {
    const path = join(folder, `${name}.png`)
    await page.screenshot({ path })
    if (statSync(path).size > 120_000) throw new Error(`${path} weighs ${statSync(path).size} octets`)
    taken++
  }
  await page.goto((await rig.partner.ask(['NAME'], ['ADDRESS', 'BIRTH_DATE'])).link)
  await logIn(page)
  await page.evaluate(`document.querySelector('main').scrollIntoView()`)
  await shot('consent')
  await agree(page)
  await page.waitForURL('**/done*')
  await page.goto(at('/me'))
  await page.locator('.settings button[value=en]').click()
  await page.evaluate(`document.querySelector('main').scrollIntoView()`)
  await shot('citizen')
  await page.locator('.top button').click()
  await enter(page, rig.gateway.url, 'agency')
  await page.evaluate(`document.querySelector('#counts').scrollIntoView()`)
  await shot('office')
  await context.close()
}

/** One login for each person; each state is brought about once for a language, and drawn wide and narrow. */
async function everything(): Promise<void> {
  const scene = await startScene(rig)
  for (const { who, states: all } of states) {
    const { page, context } = await visitor(rig, { viewport: { width: 1280, height: 900 } })
    const officer = officers[who]
    if (officer !== undefined) await enter(page, rig.gateway.url, officer)
    else if (who !== 'nobody') {
      await page.goto(at('/me'))
      await logIn(page, who)
    }
    for (const lang of ['ja', 'en'] as const) {
      await context.addCookies([{ name: 'dev-loopback-mynagate-display', value: lang, url: rig.gateway.url }])
      for (const { name, open } of all) {
        await page.setViewportSize({ width: 1280, height: 900 })
        await open(page, scene)
        for (const [size, width] of [['wide', 1280], ['narrow', 375]] as const) {
          await page.setViewportSize({ width, height: 900 })
          await page.screenshot({ path: join(folder, `${name}-${lang}-${size}.png`), fullPage: true })
          taken++
        }
      }
    }
    await context.close()
  }
}

await (forReadme ? readme() : everything())
await rig.close()
console.log(`${taken} pictures in ${folder}`)
