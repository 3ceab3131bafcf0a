/** A lapse through the doors of the gateway on one machine: in OCSP with the next request, in the served list within a minute. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { connect } from '../../client/gateway.ts'
import { readCaCertificate } from '../../core/chip/client.ts'
import { parseCaCertificate, type CaCertificate } from '../../core/pki/certificate.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

let gateway: RunningGateway
let ca: CaCertificate
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: ['hanako'] })
  const card = await sandboxCard('hanako', { url: gateway.url })
  ca = parseCaCertificate((await readCaCertificate(card.transmit, 'authentication'))!)
}, 120_000)
afterAll(() => gateway.close())

const as = (name: string) => connect({ url: gateway.url, ...gateway.credentials[name]! })
let keys = 0
const revoke = async (who: string, certificate: string, ground: string) => {
  const { data } = await as(who).query<{ revokeCertificate: Record<string, unknown> }>('mutation ($input: RevokeCertificateInput!) { revokeCertificate(input: $input) { ... on Certificate { state } ... on Refused { code } } }', { input: { certificate, ground, idempotencyKey: `lapse-key-${keys++}` } })
  return data.revokeCertificate
}
const own = async () => (await as('hanako').query<{ me: { certificates: { nodes: { id: string; kind: string; serial: string; state: string }[] }; notices: { messageJa: string; certificate: { serial: string }; revocation: { ground: string } }[] } }>(
  '{ me { certificates(first: 9) { nodes { id kind serial state } } notices { messageJa certificate { serial } revocation { ground } } } }')).data.me
const ocsp = async (serial: string) => {
  const answer = await fetch(`${gateway.url}/ocsp`, { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body: Buffer.from(buildOcspRequest([certIdFor(ca, serial)])) })
  const reading = readOcspResponse(new Uint8Array(await answer.arrayBuffer()), ca, Date.now())
  return reading.outcome === 'answered' ? reading.responses[0]!.status : reading.outcome
}
const list = async () => readCrl(new Uint8Array(await (await fetch(`${gateway.url}/crl/${ca.keyId}/132217.crl`)).arrayBuffer()))

test('in OCSP at once, in the list within a minute under a larger number, and told to the holder', async () => {
  const certificate = (await own()).certificates.nodes.find((c) => c.kind === 'AUTHENTICATION')!
  const before = await list()
  expect([await ocsp(certificate.serial), [...before.entries()].length, (await own()).notices]).toEqual(['good', 0, []])
  expect(await revoke('hanako', certificate.id, 'RECORD_ERROR')).toEqual({ code: 'NOT_PERMITTED' })
  const started = Date.now()
  expect(await revoke('agency', certificate.id, 'RECORD_ERROR')).toEqual({ state: 'REVOKED' })
  expect(await ocsp(certificate.serial)).toBe('revoked')

  let now = await list()
  while (now.number === before.number && Date.now() - started < 60_000) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    now = await list()
  }
  expect(now.number).toBeGreaterThan(before.number)
  expect([...now.entries()].map((entry) => [entry.serial, entry.reason])).toEqual([[certificate.serial, 3]])
  expect((await own()).notices).toEqual([{ messageJa: expect.stringContaining('誤り'), certificate: { serial: certificate.serial }, revocation: { ground: 'RECORD_ERROR' } }])
}, 90_000)

test('an incident of an authority is told to everybody who asks, without a token', async () => {
  const issuer = ca.keyId
  expect((await as('bank').query<{ caIncidents: unknown[] }>('{ caIncidents { issuer } }')).data.caIncidents).toEqual([])
  const { data } = await as('agency').query<{ recordCaIncident: Record<string, unknown> }>('mutation ($input: RecordCaIncidentInput!) { recordCaIncident(input: $input) { ... on CaIncident { issuer revoked } ... on Refused { code } } }', { input: { issuer, occurredAt: '2026-01-01T00:00:00Z', idempotencyKey: 'incident-1' } })
  expect(data.recordCaIncident).toMatchObject({ issuer })
  expect((await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ caIncidents { issuer occurredAt } }"}' }).then((answer) => answer.json()) as { data: unknown }).data).toEqual({ caIncidents: [{ issuer, occurredAt: '2026-01-01T00:00:00Z' }] })
}, 60_000)
