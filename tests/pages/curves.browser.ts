/**
 * Cards of the next generation, whose keys lie on curves: a whole gateway of that kind (P-384) from the login to the signed
 * export, and a card on P-256, which only a script of the test plays: the browser's card script signs with either.
 */
import { createHash, verify, X509Certificate } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateOf } from './p256.ts'
import { agree, logIn, pins, startRig, takeAlong, visitor, type Rig } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig(['hanako'], 'p384-sha384')
})
afterAll(() => rig.close())

test('P-384: log in, consent, take everything along, each signed by the card', async () => {
  const { page, seen, context } = await visitor(rig)
  await page.goto((await rig.partner.ask(['NAME'], [])).link)
  await logIn(page)
  await agree(page)
  await page.waitForURL('**/done*')
  expect(await page.locator('h1').innerText()).toBe('同意しました')
  const posted = new URLSearchParams(seen.sent.find((sent) => sent.startsWith('POST') && sent.includes('/pages/consent\n'))!.split('\n')[1])
  expect(new X509Certificate(Buffer.from(posted.get('certificate')!, 'base64')).publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' })

  const { text, sha256, signature } = await takeAlong(page)
  const { publicKey } = new X509Certificate(Buffer.from(signature.certificate, 'base64'))
  const holds = (what: string): boolean => verify('sha256', Buffer.from(what), publicKey, Buffer.from(signature.value, 'base64'))
  expect([signature.algorithm, holds(text), holds(`${text} `), createHash('sha256').update(text).digest('hex')]).toEqual(['ecdsa-with-SHA256', true, false, sha256])
  await context.close()
})

test('P-256: the script reads the curve from the certificate, hands the card the digest, and writes r and s as they must be', async () => {
  const { page, context } = await visitor(rig)
  const { certificate, privateKey } = certificateOf()
  // A digest whose r or s begins with a high bit or with zeros is as right as any other: several are signed.
  const signs: string[] = []
  let file = ''
  await page.route('**/apdu', async (route) => {
    const { apdu } = route.request().postDataJSON() as { apdu: string }
    const answer = (data: Uint8Array | string, sw = '9000'): Promise<void> => route.fulfill({ json: { response: `${typeof data === 'string' ? data : Buffer.from(data).toString('hex').toUpperCase()}${sw}` } })
    if (apdu.startsWith('00A4020C02')) file = apdu.slice(10)
    if (apdu.startsWith('00B0')) return answer(file === '000A' ? certificate.subarray(Number.parseInt(apdu.slice(4, 8), 16), Number.parseInt(apdu.slice(4, 8), 16) + Number.parseInt(apdu.slice(8, 10), 16)) : '', file === '000A' ? '9000' : '6A82')
    if (!apdu.startsWith('802A')) return answer('')
    signs.push(apdu)
    return answer(p256.sign(Buffer.from(apdu.slice(10, -2), 'hex'), privateKey, { prehash: false, lowS: false }))
  })
  // Read on the way: the body is gone once the page has gone on.
  let text = ''
  await page.route('**/signin/challenge', async (route) => {
    const response = await route.fetch()
    text = ((await response.json()) as { text: string }).text
    await route.fulfill({ response })
  })
  for (let i = 0; i < 4; i++) {
    await page.goto(`${rig.gateway.url}/pages/login`)
    await page.locator('#card').selectOption('hanako')
    await page.locator('#pin').fill(pins.authentication)
    const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === 'POST' && new URL(request.url()).pathname === '/pages/signin'), page.locator('main form button').click()])
    const form = new URLSearchParams(sent.postData()!)
    expect(verify('sha256', Buffer.from(text), new X509Certificate(certificate).publicKey, Buffer.from(form.get('signature')!, 'base64'))).toBe(true)
    expect(signs.at(-1)).toBe(`802A008020${createHash('sha256').update(text).digest('hex').toUpperCase()}00`)
    // Nobody has such a card here: it is not let in.
    await page.locator('[role=alert]').waitFor()
  }
  await context.close()
})
