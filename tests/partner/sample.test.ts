/** The sample app against a whole gateway: consent, release, receipt verified offline, withdrawal told by webhook. */
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { verifyReceipt } from '../../client/receipt.ts'
import { verifyWebhook, type WebhookMessage } from '../../client/webhook.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { act, askForNameAndAddress, readItems } from './sample.ts'

let gateway: RunningGateway
let bank: Gateway
let person: Gateway
let server: Server
let secret = ''
const messages: WebhookMessage[] = []

beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: ['hanako'] })
  bank = connect({ url: gateway.url, ...gateway.credentials['bank']! })
  person = connect({ url: gateway.url, ...gateway.credentials['hanako']! })
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (c: Buffer) => chunks.push(c)).on('end', () => {
      messages.push(verifyWebhook(secret, request.headers, Buffer.concat(chunks)))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
}, 180_000)
afterAll(async () => {
  server.close()
  await gateway.close()
})

describe('the sample app', () => {
  let consent = ''
  let receipt = ''
  let anchors: Uint8Array[] = []

  test('asks, the person signs with the card, and exactly the consented items are released', async () => {
    const hook = await act<{ secret: string }>(bank, 'registerWebhook', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, events: ['CONSENT_WITHDRAWN'] }, 'RegisteredWebhook', 'secret')
    secret = hook.secret
    const { request } = await askForNameAndAddress(bank)
    const { data } = await person.query<{ consentRequest: { document: { text: string } } }>('query ($id: ID!) { consentRequest(id: $id) { document(items: [NAME]) { ... on ConsentDocument { text } } } }', { id: request })
    const card = await sandboxCard('hanako', { url: gateway.url })
    const signed = await card.sign('ABC123', createHash('sha256').update(data.consentRequest.document.text).digest())
    if (signed.outcome !== 'signed') throw new Error(signed.outcome)
    const input = { request, items: ['NAME'], certificate: Buffer.from(await card.signingCertificate('ABC123')).toString('base64'), signature: Buffer.from(signed.signature).toString('base64') }
    const given = await act<{ id: string; receipt: string }>(person, 'giveConsent', input, 'Consent', 'id receipt')
    ;[consent, receipt] = [given.id, given.receipt]
    expect(await readItems(bank, consent)).toMatchObject({ name: '青空　花子', address: null, birthDate: null, freshness: 'CURRENT' })
  }, 60_000)

  test('the receipt verifies offline with the authority’s certificate; every changed byte fails', async () => {
    const { data } = await bank.query<{ trustAnchors: { authority: string; certificate: string }[] }>('{ trustAnchors { authority certificate } }')
    anchors = data.trustAnchors.filter((a) => a.authority === 'SIGNATURE').map((a) => new Uint8Array(Buffer.from(a.certificate, 'base64')))
    const verdict = verifyReceipt(receipt, anchors)
    expect(verdict.checks.filter((c) => !c.passed)).toEqual([])
    expect(verdict.checks.map((c) => c.name)).toEqual(expect.arrayContaining(['form', 'document', 'signature', 'certificate: certificateSignature', 'certificate: policy']))
    const whole = JSON.parse(receipt) as { proof: { document: string; signature: string; certificate: { der: string } }; piiProcessing: { piiTypes: string[]; until: string; limitedBy: string; purpose: { name: string } }; parties: { recipient: { name: string } } }
    const changed = (change: (r: typeof whole) => void) => {
      const copy = structuredClone(whole)
      change(copy)
      return verifyReceipt(JSON.stringify(copy), anchors).valid
    }
    const flip = (hex: string, at: number) => `${hex.slice(0, at)}${hex[at] === '0' ? '1' : '0'}${hex.slice(at + 1)}`
    expect(changed(() => undefined)).toBe(true)
    expect(changed((r) => { r.proof.document = r.proof.document.replace('"name"', '"sex"') })).toBe(false)
    expect(changed((r) => { r.piiProcessing.piiTypes.push('address') })).toBe(false)
    expect(changed((r) => { r.piiProcessing.until = '2099-01-01T00:00:00Z' })).toBe(false)
    expect(changed((r) => { r.parties.recipient.name = '別の銀行' })).toBe(false)
    expect(changed((r) => { r.piiProcessing.purpose.name += '。' })).toBe(false)
    expect(changed((r) => { r.piiProcessing.limitedBy = 'CHOSEN' })).toBe(false)
    for (let at = 0; at < whole.proof.signature.length; at += 61) expect(changed((r) => { r.proof.signature = flip(r.proof.signature, at) })).toBe(false)
    for (let at = 100; at < whole.proof.certificate.der.length; at += 211) expect(changed((r) => { r.proof.certificate.der = flip(r.proof.certificate.der, at) })).toBe(false)
    for (const none of ['', '{}', 'null', '[]', '{"proof":{}}']) expect(verifyReceipt(none, anchors).valid).toBe(false)
    expect(verifyReceipt(receipt, []).valid).toBe(false)
  })

  test('the partner’s receipt has no certificate, because that bears all four items, and verifies by its key', async () => {
    const { data } = await bank.query<{ consent: { receipt: string } }>('query ($id: ID!) { consent(id: $id) { receipt } }', { id: consent })
    expect(data.consent.receipt).not.toContain('"der"')
    expect(verifyReceipt(data.consent.receipt, anchors)).toMatchObject({ valid: true, checks: [{ name: 'form' }, { name: 'document' }, { name: 'signature' }] })
  })

  test('the withdrawal refuses the next read and is told, signed, within two rounds', async () => {
    await act(person, 'withdrawConsent', { consent }, 'Consent', 'state')
    expect(await readItems(bank, consent)).toMatchObject({ __typename: 'Refused', code: 'CONSENT_NOT_IN_FORCE' })
    for (const end = Date.now() + 15_000; messages.length === 0 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 100))
    expect(messages).toMatchObject([{ type: 'consent-withdrawn', consent: Buffer.from(consent, 'base64url').toString() }])
    const { data } = await bank.query<{ webhooks: { deliveries: { nodes: { state: string; lastOutcome: string }[] } }[] }>('{ webhooks { deliveries(first: 5) { nodes { state lastOutcome } } } }')
    expect(data.webhooks[0]!.deliveries.nodes).toEqual([{ state: 'DELIVERED', lastOutcome: '204' }])
  }, 30_000)
})
