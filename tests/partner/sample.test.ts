/** The sample app against a whole gateway: consent, release, receipt verified offline, withdrawal told by webhook. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { verifyReceipt, type ReceiptTrust } from '../../client/receipt.ts'
import { verifyWebhook, type WebhookMessage } from '../../client/webhook.ts'
import { pemOf } from '../../local/cloud/checkpoints.ts'
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

/** The gateway signs on its schedule. */
async function sealedReceipt(who: Gateway, id: string): Promise<string> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const { data } = await who.query<{ consent: { receipt: string; receiptSealed: boolean } }>('query ($id: ID!) { consent(id: $id) { receipt receiptSealed } }', { id })
    if (data.consent.receiptSealed) return data.consent.receipt
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('the receipt was not signed')
}

describe('the sample app', () => {
  let consent = ''
  let receipt = ''
  let trust: ReceiptTrust = { authorities: [], gateway: [] }

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

  test('the receipt verifies offline with the authority’s certificate and the gateway’s key; any changed byte fails', async () => {
    receipt = await sealedReceipt(person, consent)
    const { data } = await bank.query<{ trustAnchors: { authority: string; certificate: string }[]; receiptKeys: { publicKey: string }[] }>('{ trustAnchors { authority certificate } receiptKeys { publicKey } }')
    const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
    trust = { authorities: data.trustAnchors.filter((a) => a.authority === 'SIGNATURE').map((a) => octets(a.certificate)), gateway: data.receiptKeys.map((k) => octets(k.publicKey)) }
    const verdict = verifyReceipt(receipt, trust)
    expect(verdict.checks.filter((c) => !c.passed)).toEqual([])
    expect(verdict.checks.map((c) => c.name)).toEqual(expect.arrayContaining(['form', 'signature of the gateway', 'document', 'signature of the card', 'certificate: certificateSignature', 'certificate: policy']))

    const file = Buffer.from(receipt, 'utf8')
    // Every byte, one bit each; the bit differs from byte to byte, so that letter case and digits are among them.
    const passed: number[] = []
    for (let at = 0; at < file.length; at++) {
      const changed = Uint8Array.from(file)
      changed[at]! ^= 1 << (at % 8)
      if (verifyReceipt(changed, trust).valid) passed.push(at)
    }
    expect(passed).toEqual([])
    for (const other of [`${receipt}\n`, ` ${receipt}`, `\ufeff${receipt}`, receipt.replace('{', '{"also":1,'), '', '{}', 'null', '[]', '{"record":{}}']) expect(verifyReceipt(other, trust).valid, other.slice(0, 20)).toBe(false)
    expect(verifyReceipt(receipt, { ...trust, authorities: [] }).valid).toBe(false)
    expect(verifyReceipt(receipt, { ...trust, gateway: [] }).valid).toBe(false)
    // A record that the gateway did not sign, however well it fits.
    expect(verifyReceipt(JSON.stringify({ ...JSON.parse(receipt), gateway: null }), trust).checks.find((c) => !c.passed)).toMatchObject({ name: 'signature of the gateway', why: expect.stringContaining('not signed yet') })
  }, 300_000)

  test('the partner’s receipt has no certificate, because that bears all four items, and verifies by its key', async () => {
    const { data } = await bank.query<{ consent: { receipt: string } }>('query ($id: ID!) { consent(id: $id) { receipt } }', { id: consent })
    const { certificate } = JSON.parse(receipt) as { certificate: string }
    expect(data.consent.receipt).not.toContain(certificate.slice(0, 200))
    expect(verifyReceipt(data.consent.receipt, { ...trust, authorities: [] })).toMatchObject({ valid: true, checks: [{ name: 'form' }, { name: 'signature of the gateway' }, { name: 'document' }, { name: 'signature of the card' }] })
  })

  test('mynagate verify-receipt says so, and says what is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'receipt-'))
    try {
      const put = (name: string, content: string | Uint8Array): string => {
        writeFileSync(join(folder, name), content)
        return join(folder, name)
      }
      const [good, ca, key] = [put('receipt.json', receipt), put('ca.der', trust.authorities[0]!), put('gateway.pem', pemOf(trust.gateway[0]!))]
      const run = (file: string) => spawnSync(process.execPath, ['local/cli.ts', 'verify-receipt', file, '--ca', ca, '--key', key], { encoding: 'utf8', timeout: 30_000 })
      expect(run(good)).toMatchObject({ status: 0, stdout: expect.stringContaining('✓ signature of the gateway\n✓ document\n✓ signature of the card\n✓ certificate: ') })
      expect(run(put('changed.json', receipt.replace('"limitedBy":"TEN_YEARS"', '"limitedBy":"CHOSEN"')))).toMatchObject({ status: 1, stdout: expect.stringContaining('✗ signature of the gateway: not made over this record with this key\n✗ document: the record and the signed document differ: limit') })
      expect(run(join(folder, 'none.json'))).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no') })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 60_000)

  test('each signature of the receipt key is accounted for', async () => {
    const agency = connect({ url: gateway.url, ...gateway.credentials['agency']! })
    const { data } = await agency.query<{ signatureTallies: { key: string; asked: number; stored: number }[] }>('{ signatureTallies { key asked stored } }')
    expect(data.signatureTallies.find((a) => a.key === 'receipt')).toEqual({ key: 'receipt', asked: 1, stored: 1 })
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
