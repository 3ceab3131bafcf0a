/**
 * Every page in every state that a person can meet it in: one list, by which pages are looked at in a browser, drawn for
 * people to look at, and held against the router, so that no page can be forgotten.
 */
import type { State, Who } from './state.ts'
import { citizenStates } from './states-citizen.ts'
import { councilStates, officeStates } from './states-office.ts'
import { openStates } from './states-open.ts'

/** In an order in which they can be met one after the other by one browser each. */
export const states: readonly { readonly who: Who; readonly states: readonly State[] }[] = [
  { who: 'nobody', states: openStates }, { who: 'hanako', states: citizenStates.hanako }, { who: 'agency', states: officeStates }, { who: 'council', states: councilStates }, { who: 'kenta', states: citizenStates.kenta },
]

/** What the router answers otherwise than with a page to look at, and with what. */
export const notPages: Readonly<Record<string, string>> = {
  'POST /pages/display': 'goes back to where it was asked', 'POST /pages/logout': 'goes to the top', 'POST /pages/signin/challenge': 'a text for the script', 'POST /pages/consent/document': 'a text for the script', 'POST /pages/me/export/document': 'a text for the script',
  'GET /pages/me/export.json': 'a file', 'GET /pages/office/counts.svg': 'a drawing', 'GET /pages/office/counts.csv': 'a file', 'GET /pages/office/certificates.svg': 'a drawing', 'GET /pages/office/certificates.csv': 'a file',
}
