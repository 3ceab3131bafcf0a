/** `npm run shots [-- DIR]`: a picture of every page, in both languages and two widths, for people to look at. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { agree, askForArea, logIn, startRig, visitor } from './rig.ts'

const folder = process.argv[2] ?? 'shots'
mkdirSync(folder, { recursive: true })
const rig = await startRig()
const at = (path: string): string => `${rig.gateway.url}/pages${path}`
await askForArea(rig, '図書館カード')
let taken = 0
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
    await rig.partner.bank.query('query ($id: ID!) { fourInformation(consent: $id) { ... on FourInformationRelease { items } } }', { id: new URL(page.url()).searchParams.get('consent') })
    await page.goto(link)
    await shot('consent-answered')
    await page.goto(at('/me'))
    await shot('citizen')
    await page.goto(at('/developer'))
    await shot('developer')
    await page.locator('.top button').click()
    await page.goto(at('/office/login'))
    await page.locator('#officer').selectOption('agency')
    await page.locator('main form button').click()
    await shot('office')
    await page.getByRole('link', { name: '図書館カード' }).click()
    await page.waitForURL('**/grant?*')
    await shot('grant')
    await context.close()
  }
}
await rig.close()
console.log(`${taken} pictures in ${folder}`)
