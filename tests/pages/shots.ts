/**
 * `npm run shots [-- DIR]`: a picture of every page, in both languages and two widths, for people to look at. `-- --readme`
 * takes the three that the README shows, into web/shots, each under 120 KB.
 */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { agree, askForArea, enter, logIn, startRig, visitor } from './rig.ts'

const forReadme = process.argv.includes('--readme')
const folder = forReadme ? 'web/shots' : (process.argv[2] ?? 'shots')
mkdirSync(folder, { recursive: true })
const rig = await startRig()
const at = (path: string): string => `${rig.gateway.url}/pages${path}`
await askForArea(rig, '図書館カード')
let taken = 0

async function readme(): Promise<void> {
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

async function everything(): Promise<void> {
  for (const [width, size] of [[1280, 'wide'], [375, 'narrow']] as const) {
    for (const lang of ['ja', 'en'] as const) {
      const { page, context } = await visitor(rig, { viewport: { width, height: 900 } })
      const shot = async (name: string): Promise<void> => {
        await page.screenshot({ path: join(folder, `${name}-${lang}-${size}.png`), fullPage: true })
        taken++
      }
      await page.goto(at('/'))
      if (lang === 'en') await page.locator('.settings button[value=en]').click()
      await shot('top')
      const { link } = await rig.partner.ask(['NAME'], ['ADDRESS', 'BIRTH_DATE'])
      await page.goto(link)
      await shot('consent-entrance')
      await page.locator('main a.button').nth(1).click()
      await shot('consent-elsewhere')
      await page.goto(link)
      await page.locator('main a.button').first().click()
      await shot('login')
      await logIn(page)
      await shot('consent')
      await page.locator('button[value=show]').click()
      if (lang === 'ja') await page.locator('button[value=furigana-on]').click()
      if (lang === 'ja') await page.goto(link)
      await shot('consent-shown')
      await agree(page)
      await page.waitForURL('**/done*')
      await shot('consent-given')
      const consent = new URL(page.url()).searchParams.get('consent')
      await rig.partner.bank.query('query ($id: ID!) { fourInformation(consent: $id) { ... on FourInformationRelease { items } } }', { id: consent })
      await page.goto(link)
      await shot('consent-answered')
      await page.goto((await rig.partner.ask(['ADDRESS'], [], 'pushed', { action: 'MERGE', grant: consent })).link)
      await shot('consent-extended')
      await page.goto(at('/me'))
      await shot('citizen')
      await page.goto(at('/me/export'))
      await shot('export')
      await page.goto(at('/developer'))
      await shot('developer')
      await page.goto(at('/developer/partner?partner=bank'))
      await shot('developer-partner')
      await page.locator('.top button').click()
      await page.goto(at('/office/login'))
      await shot('office-login')
      await enter(page, rig.gateway.url, 'agency')
      await shot('office')
      await page.getByRole('link', { name: '図書館カード' }).click()
      await page.waitForURL('**/grant?*')
      await shot('grant')
      await page.goto(at('/office/drift'))
      await shot('drift')
      await context.close()
    }
  }
}

await (forReadme ? readme() : everything())
await rig.close()
console.log(`${taken} pictures in ${folder}`)
