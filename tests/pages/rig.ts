/**
 * A gateway, a sample partner and a real Chromium. The partner is a server of its own on another port: it asks for consent
 * on the back channel, sends the browser off, and takes it back. Every request of the browser and every answer is kept.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { connect, type Gateway } from '../../client/gateway.ts'
import type { Generation } from '../../core/pki/profile.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

export const pins = { authentication: '1234', signature: 'ABC123' } as const
export type Item = 'NAME' | 'ADDRESS' | 'BIRTH_DATE' | 'SEX'

export interface Rig {
  readonly gateway: RunningGateway
  readonly browser: Browser
  readonly partner: Partner
  close(): Promise<void>
}
export interface Partner {
  readonly url: string
  readonly bank: Gateway
  /** The address to send a browser to, and the state that has to come back: pushed on the back channel, or `plain` in the address. */
  ask(required: readonly Item[], optional: readonly Item[], how?: 'pushed' | 'plain', more?: object): Promise<{ readonly link: string; readonly state: string; readonly request: string }>
  /** What browsers brought back, newest last. */
  readonly back: URLSearchParams[]
}

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export async function startRig(cards: readonly string[] = ['hanako'], generation?: Generation): Promise<Rig> {
  if (executable === undefined) throw new Error('no Chromium: apt-get install chromium')
  const gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards, ...(generation === undefined ? {} : { generation }) })
  const browser = await chromium.launch({ executablePath: executable, args: flags })
  const { partner, server } = await startPartner(gateway)
  return {
    gateway, browser, partner,
    close: async () => {
      await browser.close()
      server.close()
      server.closeAllConnections()
      await gateway.close()
    },
  }
}

async function startPartner(gateway: RunningGateway): Promise<{ partner: Partner; server: Server }> {
  const back: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/back') back.push(url.searchParams)
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><html lang="en"><title>Sample Bank</title><main><h1>Sample Bank</h1><p id="outcome">${url.searchParams.has('error') ? 'refused' : 'thank you'}</p></main>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bank = connect({ url: gateway.url, ...gateway.credentials['bank']! })
  const told = async (document: string, input: object): Promise<string> => {
    const { data } = await bank.query<Record<string, { id?: string; code?: string }>>(document, { input: { idempotencyKey: randomUUID(), ...input } })
    const [answer] = Object.values(data)
    if (answer?.id === undefined) throw new Error(`refused: ${answer?.code}`)
    return answer.id
  }
  await bank.query('mutation ($input: RegisterReturnAddressesInput!) { registerReturnAddresses(input: $input) { ... on ReturnAddresses { addresses } } }', { input: { addresses: [`${url}/back`], idempotencyKey: randomUUID() } })
  const purpose = await told('mutation ($input: RegisterPurposeInput!) { registerPurpose(input: $input) { ... on Purpose { id } ... on Refused { code } } }', {
    name: '顧客情報の更新', textJa: '口座の名義と住所を、最新に保つために使います。', textEn: 'To keep the name and address of your account up to date.', items: ['NAME', 'ADDRESS', 'BIRTH_DATE'],
  })
  const partner: Partner = {
    url, bank, back,
    async ask(required, optional, how = 'pushed', more = {}) {
      const request = await told('mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { ... on ConsentRequest { id } ... on Refused { code } } }', { purpose, required, optional, ...more })
      const state = randomUUID()
      const link = new URL('/pages/consent', gateway.url)
      const query = how === 'plain' ? { request, return: `${url}/back`, state } : { request_uri: await told('mutation ($input: StartConsentInput!) { startConsent(input: $input) { ... on ConsentStart { id: requestUri } ... on Refused { code } } }', { request, returnTo: `${url}/back`, state }) }
      for (const [name, value] of Object.entries(query)) link.searchParams.set(name, value)
      return { request, state, link: link.href }
    },
  }
  return { partner, server }
}

export interface Seen { readonly hosts: Set<string>; readonly bodies: string[]; readonly sent: string[] }

/** A browser of its own, whose every request and answer is kept. */
export async function visitor(rig: Rig, options: Parameters<Browser['newContext']>[0] = {}): Promise<{ context: BrowserContext; page: Page; seen: Seen }> {
  const context = await rig.browser.newContext({ locale: 'ja-JP', ...options })
  const seen: Seen = { hosts: new Set(), bodies: [], sent: [] }
  context.on('request', (request) => {
    seen.hosts.add(new URL(request.url()).hostname)
    seen.sent.push(`${request.method()} ${request.url()}\n${request.postData() ?? ''}`)
  })
  context.on('response', (response) => {
    if (!response.url().includes('/sandbox/')) void response.text().then((text) => seen.bodies.push(text), () => undefined)
  })
  return { context, page: await context.newPage(), seen }
}

/** Logs in with the virtual card on the page that asks for it. */
export async function logIn(page: Page, card = 'hanako'): Promise<void> {
  if (new URL(page.url()).pathname === '/pages/consent') await page.locator('main a.button').first().click()
  await page.locator('#card').selectOption(card)
  await page.locator('#pin').fill(pins.authentication)
  await page.locator('main form button').click()
  await page.waitForURL((url) => !/^\/(pages\/(login|signin)|oauth)/.test(url.pathname))
}

export const agree = async (page: Page, pin: string = pins.signature): Promise<void> => {
  await page.locator('#pin').fill(pin)
  await page.locator('.answers button').first().click()
}

/** The signed export. Where something happens while the card signs, as the sealing of a receipt may, the page says so and it is done again. */
export async function takeAlong(page: Page): Promise<{ readonly text: string; readonly sha256: string; readonly signature: { readonly algorithm: string; readonly certificate: string; readonly value: string } }> {
  for (let i = 0; i < 20; i++) {
    await page.goto(`${new URL(page.url()).origin}/pages/me/export`)
    await page.locator('#pin').fill(pins.signature)
    const came = Promise.race([page.waitForEvent('download'), page.locator('[role=alert]').waitFor().then(() => null)])
    await page.locator('main form button').click()
    const download = await came
    if (download !== null) return JSON.parse(readFileSync(await download.path(), 'utf8')) as never
  }
  throw new Error('something kept changing')
}

/** An officer of 清瀬市 asks for an area of the free space; it waits for other eyes. */
export async function askForArea(rig: Rig, label: string): Promise<void> {
  const officer = connect({ url: rig.gateway.url, ...rig.gateway.credentials['officer-132217']!, bound: false })
  const { data } = await officer.query<{ requestGrant: { id?: string; code?: string } }>('mutation ($input: RequestGrantInput!) { requestGrant(input: $input) { ... on Grant { id } ... on Refused { code } } }', {
    input: {
      idempotencyKey: randomUUID(), aid: `D3921000319999${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`, label, purpose: '市立図書館の貸出しに使う', quota: { code: 0, data: 128, volatile: 0 }, records: { count: 1, size: 64 },
      pin: { digits: 4, tries: 3 }, validFrom: '2026-01-01', validUntil: '2036-03-31', basis: { ordinance: { municipality: '132217', name: '清瀬市個人番号カードの利用に関する条例', article: '第2条', promulgatedOn: '2015-12-22', url: 'https://city.example/reiki' } }, evidence: Buffer.alloc(32, 1).toString('base64'),
    },
  })
  if (data.requestGrant.id === undefined) throw new Error(`refused: ${data.requestGrant.code}`)
}

/** As an officer, at the authorization server of this machine. */
export async function enter(page: Page, url: string, officer: string): Promise<void> {
  await page.goto(`${url}/pages/office/login`)
  await page.locator('#officer').selectOption(officer)
  await page.locator('main form button').click()
  await page.waitForURL('**/pages/office')
}
