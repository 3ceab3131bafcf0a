/** Logging in by OpenID Connect, over HTTP against the authorization server beside the gateway: what holds, and everything that must not. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { proofKey } from '../../client/proof.ts'
import { LoginFailed, relyingParty, SessionOver, type RelyingParty } from '../../client/relying-party.ts'
import { openFolder } from '../../local/folder.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { pagesKeys } from '../../local/http/pages.ts'
import { sessionsBy } from '../../web/login/sessions.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let gateway: RunningGateway
let key: JWK
const data = mkdtempSync(join(tmpdir(), 'mynagate-login-'))
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data, quiet: true, cards: [] })
  ;({ key } = await pagesKeys(openFolder(data), gateway.url))
}, 120_000)
afterAll(async () => {
  await gateway.close()
  rmSync(data, { recursive: true, force: true })
})

interface Seen { readonly status: number; readonly location: string | null; readonly text: string }
/** Keeps cookies, follows nothing by itself. */
class Browser {
  readonly jar = new Map<string, string>()
  async go(to: string, form?: Readonly<Record<string, string>>): Promise<Seen> {
    const url = new URL(to, gateway.url)
    const answer = await fetch(url, {
      redirect: 'manual', headers: { cookie: [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ') }, ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      if (value === '' || /Max-Age=0|01 Jan 1970/.test(cookie)) this.jar.delete(name!)
      else this.jar.set(name!, value!)
    }
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() }
  }
  get session(): string | undefined { return this.jar.get('dev-loopback-mynagate-session') }
  get pending(): string | undefined { return this.jar.get('dev-loopback-mynagate-login') }
  /** From the provider's first address to the answer that it sends back. */
  async signIn(authorize: string, officer = 'agency'): Promise<URL> {
    const { location } = await this.go(authorize)
    const page = await this.go(location!)
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)![1]!
    const entered = await this.go('/pages/signin', { csrf, uid: new URL(location!, gateway.url).searchParams.get('uid')!, officer })
    const back = await this.go(entered.location!)
    return new URL(back.location!, gateway.url)
  }
}
/** A browser that has been at the provider and holds its answer, not handed in yet. */
async function answered(): Promise<{ readonly browser: Browser; readonly back: URL }> {
  const browser = new Browser()
  const begun = await browser.go('/pages/office/login')
  expect(begun.status).toBe(303)
  return { browser, back: await browser.signIn(begun.location!) }
}
const unsure = 'ログインを確かめられませんでした'

describe('in a browser', () => {
  test('the request is pushed, the answer opens a session once, and the desk stands', async () => {
    const browser = new Browser()
    const begun = await browser.go('/pages/office/login')
    const asked = new URL(begun.location!)
    expect([...asked.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
    const back = await browser.signIn(begun.location!)
    expect([back.pathname, [...back.searchParams.keys()].toSorted(), back.searchParams.get('iss')]).toEqual(['/pages/login/back', ['code', 'iss', 'state'], `${gateway.url}/oauth`])
    const done = await browser.go(back.href)
    expect([done.status, done.text.includes('http-equiv="refresh" content="0; url=/pages/office"'), browser.pending]).toEqual([200, true, undefined])
    expect(browser.session).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
    const desk = await browser.go('/pages/office')
    expect([desk.status, desk.text.includes('決裁を待つ申請')]).toEqual([200, true])
    // Nothing of it can be read in the browser, and nothing of another login is in it.
    expect(Buffer.from(browser.session!.split('.')[0]!, 'base64url').toString()).toBe('{"alg":"dir","enc":"A256GCM"}')
    expect((await browser.go('/pages/me')).location).toContain('/pages/login')
  })

  test.each([
    ['another state', (back: URL) => back.searchParams.set('state', 'x'.repeat(43))], ['no state', (back: URL) => back.searchParams.delete('state')],
    ['another issuer', (back: URL) => back.searchParams.set('iss', 'https://elsewhere.example')], ['no issuer', (back: URL) => back.searchParams.delete('iss')],
    ['a code of nobody', (back: URL) => back.searchParams.set('code', 'A'.repeat(43))], ['no code', (back: URL) => back.searchParams.delete('code')],
  ])('%s: no session, and the login is over', async (_, change) => {
    const { browser, back } = await answered()
    const right = back.href
    change(back)
    const said = await browser.go(back.href)
    expect([said.status, said.text.includes(unsure), browser.session, browser.pending]).toEqual([400, true, undefined, undefined])
    expect((await browser.go(right)).status).toBe(400)
    expect(browser.session).toBeUndefined()
  })

  test('an answer that another browser got, or another login of the same one, opens nothing', async () => {
    const { browser, back } = await answered()
    const other = new Browser()
    expect([(await other.go(back.href)).status, other.session]).toEqual([400, undefined])
    const second = await answered()
    second.browser.jar.set('dev-loopback-mynagate-login', browser.pending!)
    expect([(await second.browser.go(second.back.href)).status, second.browser.session]).toEqual([400, undefined])
  })

  test('a replayed code opens nothing, and what it opened first ends with its tokens', async () => {
    const { browser, back } = await answered()
    const kept = browser.pending!
    await browser.go(back.href)
    expect(browser.session).toBeDefined()
    const thief = new Browser()
    thief.jar.set('dev-loopback-mynagate-login', kept)
    expect([(await thief.go(back.href)).status, thief.session]).toEqual([400, undefined])
  })

  test('said no at the provider: said so, nothing opened', async () => {
    const { browser, back } = await answered()
    back.searchParams.delete('code')
    back.searchParams.set('error', 'access_denied')
    const said = await browser.go(back.href)
    expect([said.status, said.text.includes('ログインしませんでした'), browser.session]).toEqual([403, true, undefined])
  })

  test('a cookie that was changed is none; logging out takes the tokens back', async () => {
    const { browser, back } = await answered()
    await browser.go(back.href)
    const session = browser.session!
    browser.jar.set('dev-loopback-mynagate-session', `${session.slice(0, -2)}${session.endsWith('AA') ? 'BB' : 'AA'}`)
    expect((await browser.go('/pages/office')).location).toContain('/pages/office/login')
    browser.jar.set('dev-loopback-mynagate-session', browser.jar.get('dev-loopback-mynagate-login') ?? (await answered()).browser.pending!)
    expect((await browser.go('/pages/office')).location).toContain('/pages/office/login')
    browser.jar.set('dev-loopback-mynagate-session', session)
    const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.go('/pages/office')).text)![1]!
    await browser.go('/pages/logout', { csrf })
    expect(browser.session).toBeUndefined()
  })

  test('a link to an officer’s page comes back to it, and leads nowhere else', async () => {
    const browser = new Browser()
    for (const [next, lands] of [['/pages/office/drift', '/pages/office/drift'], ['//evil.example/', '/pages/office'], ['https://evil.example', '/pages/office']] as const) {
      const begun = await browser.go(`/pages/office/login?${new URLSearchParams({ next }).toString()}`)
      expect((await browser.go((await browser.signIn(begun.location!)).href)).text, next).toContain(`content="0; url=${lands}"`)
    }
  })
})

describe('each check by name', () => {
  const party = (more: Partial<Parameters<typeof relyingParty>[0]> = {}): RelyingParty =>
    relyingParty({ issuer: async () => `${gateway.url}/oauth`, clientId: 'pages', key, redirectUri: `${gateway.url}/pages/login/back`, resource: gateway.url, now: Date.now, ...more })
  const begin = async (at: RelyingParty) => {
    const { to, pending } = await at.begin('openid statistics')
    return { pending, answer: (await new Browser().signIn(to)).searchParams }
  }
  const faultOf = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (fault: unknown) => (fault instanceof LoginFailed ? fault.fault : String(fault)))

  test('nonce, verifier, age, time, issuer, key of the client', async () => {
    const at = party()
    const proof = await proofKey()
    const one = await begin(at)
    expect(await faultOf(at.finish(one.answer, { ...one.pending, nonce: 'another' }, proof))).toBe('nonce')
    const two = await begin(at)
    expect(await faultOf(at.finish(two.answer, { ...two.pending, verifier: 'x'.repeat(43) }, proof))).toBe('code')
    const three = await begin(at)
    expect(await faultOf(at.finish(three.answer, { ...three.pending, at: Date.now() + 3_600_000 }, proof))).toBe('age')
    const four = await begin(at)
    expect(await faultOf(at.finish(four.answer, { ...four.pending, issuer: 'https://elsewhere.example' }, proof))).toBe('issuer')
    const five = await begin(at)
    // Assertion, tokens, verification: an hour passes before the third look at the clock.
    let looks = 0
    const clock = party({ now: () => Date.now() + (++looks > 2 ? 3_600_000 : 0) })
    const verifying = clock.finish(five.answer, five.pending, proof)
    expect(await faultOf(verifying)).toBe('id-token')
    await expect(party({ issuer: async () => `${gateway.url.replace('127.0.0.1', 'localhost')}/oauth` }).begin('openid')).rejects.toThrow('not its own')
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    await expect(party({ key: { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'pages' } }).begin('openid')).rejects.toThrow(/401/)
  })

  test('tokens are bound to the key, are renewed, and end with a revocation', async () => {
    const at = party()
    const proof = await proofKey()
    const { answer, pending } = await begin(at)
    const got = await at.finish(answer, pending, proof)
    expect(decodeJwt(got.access)).toMatchObject({ aud: gateway.url, client_id: 'pages', scope: 'statistics', cnf: { jkt: expect.any(String) }, mynagate: { role: 'agency' } })
    expect(got.claims).toMatchObject({ sub: 'agency', aud: 'pages', nonce: pending.nonce, mynagate: { role: 'agency' } })
    const renewed = await at.renew(got.refresh!, proof)
    expect(renewed.access).not.toBe(got.access)
    await at.revoke(renewed.refresh!)
    await expect(at.renew(renewed.refresh!, proof)).rejects.toBeInstanceOf(SessionOver)
  })

  test('a session renews its tokens by itself, keeps them sealed, and ends when it is not renewed', async () => {
    let [passed, looks] = [0, Number.MAX_SAFE_INTEGER]
    // Only as often as said: assertions are made by the clock that the provider has too.
    const now = (): number => Date.now() + (looks-- > 0 ? passed : 0)
    const sessions = sessionsBy({ issuer: async () => `${gateway.url}/oauth`, clientId: 'pages', key, origin: gateway.url, secret: 's'.repeat(32), cards: null, now })
    const { to, pending } = await sessions.begin('officer', '/pages/office')
    const finished = await sessions.finish((await new Browser().signIn(to)).searchParams, pending)
    if ('failed' in finished) throw new Error(finished.failed)
    const found = (await sessions.find(finished.session))!
    await found.session.gateway.query('{ operations { __typename } }')
    expect(await found.renewed()).toBeNull()
    const later = (await sessions.find(finished.session))!
    ;[passed, looks] = [290_000, 1]
    await later.session.gateway.query('{ operations { __typename } }')
    const kept = await later.renewed()
    expect(kept).not.toBeNull()
    await sessions.end(kept!)
    looks = 0
    const over = (await sessions.find(finished.session))!
    ;[passed, looks] = [290_000, 1]
    await expect(over.session.gateway.query('{ operations { __typename } }')).rejects.toBeInstanceOf(SessionOver)
    ;[passed, looks] = [901_000, Number.MAX_SAFE_INTEGER]
    expect(await sessions.find(kept!)).toBeNull()
    expect(await sessions.finish(new URLSearchParams(), pending)).toEqual({ failed: 'state', next: '/pages/' })
    looks = 0
    const other = sessionsBy({ issuer: async () => `${gateway.url}/oauth`, clientId: 'pages', key, origin: gateway.url, secret: 't'.repeat(32), cards: null, now: Date.now })
    expect(await other.find(finished.session)).toBeNull()
  })
})

test('a provider that wants its nonce in proofs gets it, once', async () => {
  const proofs: (string | undefined)[] = []
  const server: Server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const base = `http://127.0.0.1:${port}`
    const json = (status: number, body: object, headers = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    if (request.url === '/.well-known/openid-configuration') return json(200, { issuer: base, authorization_endpoint: `${base}/a`, token_endpoint: `${base}/t`, pushed_authorization_request_endpoint: `${base}/p`, jwks_uri: `${base}/j` })
    const { nonce } = decodeJwt(String(request.headers['dpop'])) as { nonce?: string }
    proofs.push(nonce)
    return nonce === 'theirs' ? json(200, { access_token: 'new', expires_in: 60 }) : json(400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': 'theirs' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const at = relyingParty({ issuer: async () => base, clientId: 'pages', key, redirectUri: `${base}/back`, resource: base, now: () => 1_000 })
  expect(await at.renew('old', await proofKey())).toEqual({ access: 'new', until: 61_000, refresh: 'old' })
  expect(proofs).toEqual([undefined, 'theirs'])
  await new Promise((resolve) => server.close(resolve))
})
