/**
 * OCSP answers per second of the server’s processor time, over loopback with keep-alive connections: kept answers, answers
 * signed per request, and as peers a bare node:http server that sends as many octets, and `openssl ocsp -port`. The client is the same for
 * all Node servers, a process of its own, and does not count: the time is the server’s.
 */
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, request as ask, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toPem } from '../../core/pki/certificate.ts'
import { ocspResponse, type OcspResponder } from '../../core/pki/ocsp.ts'
import { buildOcspRequest, certIdFor, issuerOf, parseOcspRequest } from '../../core/pki/ocsp-request.ts'
import { localSigner } from '../../core/pki/signer.ts'
import { authority, day, endEntityInput, holderSigner, issue, newKey, now, responderOf, type TestAuthority } from '../pki/authority.ts'
import { have } from '../pki/tools.ts'
import { print, type Figure } from './figure.ts'

const seconds = 2
const connections = 16

/** Answers that the client in a process of its own gets. */
async function answers(port: number, body: Uint8Array): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('load.ts', import.meta.url)), String(port), String(seconds), String(connections), Buffer.from(body).toString('hex')], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => { output += part.toString() })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the client ended with ${code}`)
  return Number(output)
}

/** Answers per second of the server's own processor time: what else the machine does stays out of it. */
async function rate(port: number, body: Uint8Array): Promise<number> {
  await answers(port, body)
  const before = process.cpuUsage()
  const count = await answers(port, body)
  const { user, system } = process.cpuUsage(before)
  return count / ((user + system) / 1e6)
}

/** Processor seconds of another process, with its children that ended. Linux; NaN elsewhere. */
function processorTime(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
    return [11, 12, 13, 14].reduce((sum, n) => sum + Number(fields[n]), 0) / 100
  } catch {
    return Number.NaN
  }
}

async function served(listener: RequestListener, body: Uint8Array): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const value = await rate((server.address() as AddressInfo).port, body)
  server.closeAllConnections()
  server.close()
  return value
}

const withBody = (answer: (body: Buffer) => Uint8Array | Promise<Uint8Array>): RequestListener => (incoming, response) => {
  const parts: Buffer[] = []
  incoming.on('data', (part: Buffer) => parts.push(part))
  incoming.on('end', () => void Promise.resolve(answer(Buffer.concat(parts))).then((bytes) => response.writeHead(200, { 'content-type': 'application/ocsp-response', 'content-length': bytes.length }).end(bytes)))
}

export async function benchOcsp(): Promise<number> {
  const from = await authority('signature', 'rsa2048-sha256')
  const input = endEntityInput('signature', from.certificate)
  const serial = Buffer.from(input.serial).toString('hex').toUpperCase()
  const body = buildOcspRequest([certIdFor(from.certificate, serial)])
  const answer = async (responder: OcspResponder, request: Uint8Array): Promise<Uint8Array> => {
    const { certIds, nonce } = parseOcspRequest(request)
    return ocspResponse({ responder, producedAt: now, nonce, responses: certIds.map((id) => ({ certId: id.der, status: issuerOf(id, [from.certificate]) === null ? 'unknown' : 'good', thisUpdate: now, nextUpdate: now + day })) })
  }
  const rsa = await responderOf(from, holderSigner('rsa2048-sha256'))
  const p256 = await responderOf(from, localSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))
  const bytes = await answer(rsa, body)
  const kept = new Map([[`${from.certificate.keyId}/${serial}`, bytes]])

  // By turns, the best of each: what else the machine does then falls on both.
  let [bare, cached] = [0, 0]
  for (let round = 0; round < 3; round++) {
    bare = Math.max(bare, await served(withBody(() => bytes), body))
    cached = Math.max(cached, await served(withBody((request) => {
      const id = parseOcspRequest(request).certIds[0]!
      return kept.get(`${issuerOf(id, [from.certificate])?.keyId}/${id.serial}`)!
    }), body))
  }
  const figures: Figure[] = [
    { name: `node:http that sends ${bytes.length} octets, reading nothing`, value: bare, unit: '/s' },
    { name: 'kept answers: request parsed, issuer found', value: cached, unit: '/s' },
    { name: 'kept answers, as a share of the bare server', value: cached / bare, unit: '×', atLeast: 0.8 },
    { name: 'signed per request, P-256', value: await served(withBody((request) => answer(p256, request)), body), unit: '/s' },
    { name: 'signed per request, RSA-2048', value: await served(withBody((request) => answer(rsa, request)), body), unit: '/s' },
  ]
  if (have('openssl')) {
    const peer = await opensslResponder(from, await issue(from, input), serial, body)
    figures.push({ name: 'openssl ocsp -port, RSA-2048, a text index of one', value: peer, unit: '/s' }, { name: 'kept answers against it; what dominates is node:http', value: cached / peer, unit: '×', atLeast: 30 }, { name: 'the bare server against it: what node:http leaves to win', value: bare / peer, unit: '×' })
  }
  return print(`ocsp: answers per second of the server’s processor time (${connections} connections)`, figures)
}

async function opensslResponder(from: TestAuthority, certificate: Uint8Array, serial: string, body: Uint8Array): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mynagate-ocsp-'))
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const key = newKey('rsa2048-sha256')
  const responder = await responderOf(from, localSigner(key))
  const port = 20_000 + (process.pid % 20_000)
  put('leaf.pem', toPem('CERTIFICATE', certificate))
  const child = spawn('openssl', ['ocsp', '-port', String(port), '-index', put('index.txt', `V\t310331145959Z\t\t${serial}\tunknown\t/CN=x\n`), '-CA', put('ca.pem', toPem('CERTIFICATE', from.certificate.der)),
    '-rsigner', put('responder.pem', toPem('CERTIFICATE', responder.certificate)), '-rkey', put('key.pem', key.export({ type: 'pkcs8', format: 'pem' }).toString()), '-ndays', '1'], { stdio: 'ignore' })
  try {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const before = processorTime(child.pid!)
    const count = await sequential(port, body)
    return count / (processorTime(child.pid!) - before)
  } finally {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `openssl ocsp` closes after each answer and serves one at a time: one connection, request by request. */
async function sequential(port: number, body: Uint8Array): Promise<number> {
  const post = (): Promise<void> => new Promise((resolve, reject) => {
    const sent = ask({ port, host: '127.0.0.1', method: 'POST', path: '/', agent: false, headers: { 'content-type': 'application/ocsp-request', 'content-length': body.length } }, (response) => {
      response.resume()
      response.once('end', resolve)
    })
    sent.once('error', reject)
    sent.end(body)
  })
  let count = 0
  const started = performance.now()
  while (performance.now() < started + seconds * 1_000) {
    await post()
    count++
  }
  return count
}

if (import.meta.main) process.exitCode = (await benchOcsp()) === 0 ? 0 : 1
