/** One page in one state, and what a browser does to bring one about. */
import type { Page } from 'playwright-core'
import type { Scene } from './scene.ts'

/** Who meets it: nobody in particular, hanako, kenta (whose card may be ended), an officer of the agency, one of 清瀬市. */
export type Who = 'nobody' | 'hanako' | 'kenta' | 'agency' | 'council'
/** Those who are officers, by the name that they log in under. */
export const officers: Readonly<Partial<Record<Who, string>>> = { agency: 'agency', council: 'officer-132217' }
export interface State {
  readonly name: string
  /** The route that answers with it; `null`: none does. */
  readonly route: `${'GET' | 'POST'} /pages/${string}` | null
  /** Brings a page of a browser into it. */
  readonly open: (page: Page, scene: Scene) => Promise<unknown>
  /** Only the script of a page can bring it about: why it is not there without. */
  readonly scripted?: string
  /** Its texts have readings and a form in やさしい日本語. */
  readonly texts?: true
}

/** Sends the form of the page as a browser without the card's script would, with these fields set or added. */
export const send = async (page: Page, fields: Readonly<Record<string, string>> = {}, form = 'main form', action?: string): Promise<void> => {
  const done = page.waitForNavigation()
  await page.evaluate(`(() => {
    const form = document.querySelector(${JSON.stringify(form)})
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      const field = form.elements.namedItem(name) ?? form.appendChild(Object.assign(document.createElement('input'), { type: 'hidden', name }))
      field.value = value
    }
    ${action === undefined ? '' : `form.action = ${JSON.stringify(action)}`}
    HTMLFormElement.prototype.submit.call(form)
  })()`)
  await done
}
export const press = async (page: Page, selector = 'main form button'): Promise<void> => {
  const done = page.waitForNavigation()
  await page.locator(selector).first().click()
  await done
}
