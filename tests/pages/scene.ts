/**
 * What the states of pages need to be there: requests to answer, consents that were given, a linked account, an area that
 * waits. Made over the API by a partner, a person's card and officers; and pages that a browser cannot come to by itself,
 * rendered by the door and handed to it.
 */
import { randomUUID } from 'node:crypto'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Page } from 'playwright-core'
import { sandboxCard, type SandboxCard } from '../../client/card.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { itemsIn } from '../../functions/environment/pages.ts'
import { pagesDoor } from '../../functions/pages.ts'
import { contextFor } from '../../local/http/adapter.ts'
import { b64, must, sha256, signed } from '../../local/story/scene.ts'
import { anybodyAt, issuerAt, type Asking } from '../../web/anybody.ts'
import type { Parts, Session } from '../../web/visit.ts'
import { askForArea, pins, type Item, type Rig } from './rig.ts'

export interface Given { readonly link: string; readonly consent: string }
export interface Scene {
  readonly rig: Rig
  readonly at: (path: string) => string
  /** A link that nobody answered yet. */
  ask(required?: readonly Item[], optional?: readonly Item[], more?: object): Promise<string>
  /** A link that hanako answered with yes, signed by her card over the API. */
  given(): Promise<Given>
  /** A request that extends a consent of hers. */
  extension(): Promise<{ readonly link: string; readonly request: string }>
  /** An account at the bank that is linked to hanako. */
  linked(): Promise<void>
  /** The card of a colleague that waits for a second officer of the agency. */
  colleague(): Promise<string>
  /** An area that waits for approval. */
  area(label: string): Promise<void>
  /** A body that the door renders with other parts, at an address of its own. */
  still(page: Page, path: string, over?: Partial<Parts>, session?: Session): Promise<void>
  /** hanako, logged in for {@link still}; `bend` changes what her gateway answers. */
  citizen(bend?: (data: Record<string, unknown>) => unknown): Session
}

const itemOrder: readonly Item[] = ['NAME', 'ADDRESS', 'BIRTH_DATE', 'SEX']

export async function startScene(rig: Rig): Promise<Scene> {
  const { gateway: { url, credentials }, partner } = rig
  const as = (name: string): Gateway => connect({ url, ...credentials[name]!, bound: 'partner' in credentials[name]!.claim })
  const [hanako, card] = [as('hanako'), await sandboxCard('hanako', { url })]
  // More than a page of the access log, refused ones all.
  const first = await give(hanako, card, await partner.ask(['NAME'], []), ['NAME'])
  await must(hanako, 'withdrawConsent', { consent: first }, 'Consent', 'id')
  for (let i = 0; i < 51; i++) await partner.bank.query('query ($id: ID!) { fourInformation(consent: $id) { __typename } }', { id: first })

  const scene: Scene = {
    rig, at: (path) => `${url}/pages${path}`,
    ask: async (required = ['NAME'], optional = ['ADDRESS', 'BIRTH_DATE'], more = {}) => (await partner.ask(required, optional, 'pushed', more)).link,
    async given() {
      const asked = await partner.ask(['NAME'], [])
      return { link: asked.link, consent: await give(hanako, card, asked, ['NAME']) }
    },
    async extension() {
      const { consent } = await scene.given()
      return partner.ask(['ADDRESS'], [], 'pushed', { action: 'MERGE', grant: consent })
    },
    async linked() {
      const { id, message } = await must<{ id: string; message: string }>(partner.bank, 'createLoginChallenge', { linkAccount: randomUUID() }, 'LoginChallenge', 'id message')
      const answer = { challenge: id, certificate: b64(await card.authenticationCertificate()), signature: b64(signed(await card.authenticate(pins.authentication, sha256(message)))) }
      await must(partner.bank, 'answerLoginChallenge', answer, 'Login', 'id')
    },
    async colleague() {
      const [{ data: { office } }, { data: { me } }] = [await as('agency-3').query<{ office: { officer: string } }>('{ office { officer } }'), await hanako.query<{ me: { id: string } }>('{ me { id } }')]
      return (await must<{ id: string }>(as('agency-2'), 'proposeOfficerCard', { officer: office.officer, person: me.id }, 'OfficerCard', 'id')).id
    },
    area: (label) => askForArea(rig, label),
    async still(page, path, over = {}, session) {
      const door = pagesDoor({ log: () => undefined, parts: partsOf(url, session ?? null, over) })
      const display = (await page.context().cookies()).find(({ name }) => name === 'dev-loopback-mynagate-display')
      const { statusCode, headers, body } = await door(eventFor(url, path, session !== undefined, display?.value), contextFor('pages', randomUUID(), Date.now() + 30_000))
      // Once, and without going on by itself.
      await page.route((to) => to.href === `${url}${path}`, (route) => route.fulfill({ status: statusCode!, headers: headers as Record<string, string>, body: body!.replace(/<meta http-equiv="refresh"[^>]*>/, '') }), { times: 1 })
      await page.goto(`${url}${path}`)
    },
    citizen: (bend = (data) => data) => ({
      kind: 'citizen', csrf: 'A'.repeat(43), municipality: null, card: 'hanako',
      gateway: { query: async (document: string, variables?: Readonly<Record<string, unknown>>) => { const answer = await hanako.query<Record<string, unknown>>(document, variables); return { ...answer, data: bend(answer.data) } } } as Asking,
    }),
  }
  return scene
}

async function give(person: Gateway, card: SandboxCard, asked: { readonly request: string }, items: readonly Item[]): Promise<string> {
  const { data } = await person.query<{ consentRequest: { document: { text: string } } }>('query ($id: ID!, $items: [AttributeName!]!) { consentRequest(id: $id) { document(items: $items) { ... on ConsentDocument { text } } } }', { id: asked.request, items })
  const signature = b64(signed(await card.sign(pins.signature, sha256(data.consentRequest.document.text))))
  const chosen = itemOrder.filter((item) => items.includes(item))
  return (await must<{ id: string }>(person, 'giveConsent', { request: asked.request, items: chosen, certificate: b64(await card.signingCertificate(pins.signature)), signature }, 'Consent', 'id')).id
}

const partsOf = (url: string, session: Session | null, over: Partial<Parts>): Parts => ({
  stage: 'preview', origin: url, issuer: () => issuerAt(url), signIn: null, open: anybodyAt(url), itemsOf: itemsIn, personas: async () => [], partners: null, token: randomUUID, now: Date.now,
  sessions: {
    open: false, cards: null, begin: () => Promise.reject(new Error('nobody logs in here')), finish: async () => ({ failed: 'state', next: '/pages/' }), end: async () => undefined,
    find: async () => (session === null ? null : { session, renewed: async () => null }),
  },
  ...over,
})

function eventFor(url: string, path: string, loggedIn: boolean, display: string | undefined): APIGatewayProxyEventV2 {
  const { pathname, search } = new URL(path, url)
  const cookies = [...(loggedIn ? [`dev-loopback-mynagate-session=${'A'.repeat(43)}`] : []), ...(display === undefined ? [] : [`dev-loopback-mynagate-display=${display}`])]
  return { rawPath: pathname, rawQueryString: search.slice(1), headers: {}, cookies, isBase64Encoded: false, requestContext: { http: { method: 'GET' } } } as unknown as APIGatewayProxyEventV2
}
