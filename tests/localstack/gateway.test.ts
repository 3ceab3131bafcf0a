/**
 * The whole gateway on LocalStack: `startGateway({ localstack })` as `npm start -- --localstack URL` calls it. From an
 * application to a certificate in the card, its list in the bucket, its status; keys, bells and checkpoints where they
 * belong. OpenSSL says what is good.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { readCaCertificate } from '../../core/chip/client.ts'
import { parseCaCertificate } from '../../core/pki/certificate.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { sendTo, type AwsAccess } from '../../functions/environment/aws.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { sqsOf, countsOf } from '../../local/cloud/localstack/queue.ts'
import { testPins } from '../../local/play/acting.ts'
import { startLocalStack, type LocalStack } from './start.ts'

const access: AwsAccess = { region: 'ap-northeast-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, now: Date.now, fetch: globalThis.fetch }
const folder = mkdtempSync(join(tmpdir(), 'mynagate-on-localstack-'))
const data = join(folder, 'data')
let stack: LocalStack
let gateway: RunningGateway
let site: { name: string; queue: string; deadLetters: string }
const pem = (name: string, der: Uint8Array, kind: 'x509' | 'crl'): string => {
  const [from, to] = [join(folder, `${name}.der`), join(folder, `${name}.pem`)]
  writeFileSync(from, der)
  execFileSync('openssl', [kind, '-inform', 'DER', '-in', from, '-out', to])
  return to
}
const get = (path: string): Promise<Response> => sendTo(access, 's3', { method: 'GET', url: new URL(path, stack.endpoint), headers: {}, body: new Uint8Array() })

beforeAll(async () => {
  stack = await startLocalStack()
  gateway = await startGateway({ port: 0, data, quiet: true, cards: ['hanako'], localstack: stack.endpoint })
  site = JSON.parse(readFileSync(join(data, 'localstack.json'), 'utf8')) as typeof site
})
afterAll(async () => {
  await gateway?.close()
  await stack?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('from an application to its status', () => {
  test('the signing certificate is in the card, its list in the bucket, its status good', async () => {
    const card = await sandboxCard('hanako', { url: gateway.url })
    const certificate = await card.signingCertificate(testPins.signature)
    const anchor = (await readCaCertificate(card.transmit, 'signature'))!
    const ca = parseCaCertificate(anchor)
    const [leafFile, caFile] = [pem('leaf', certificate!, 'x509'), pem('ca', anchor, 'x509')]

    const published = await get(`/${site.name}-lists/crl/${ca.keyId}/132217.crl`)
    expect([published.status, published.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
    const list = new Uint8Array(await published.arrayBuffer())
    expect(published.headers.get('x-amz-meta-crl-number')).toBe(readCrl(list).number.toString())
    const listFile = pem('list', list, 'crl')
    expect(execFileSync('openssl', ['verify', '-CAfile', caFile, '-CRLfile', listFile, '-crl_check', leafFile], { encoding: 'utf8' })).toContain('OK')
    // The gateway hands out the very octets of the bucket.
    expect(new Uint8Array(await (await fetch(`${gateway.url}/crl/${ca.keyId}/132217.crl`)).arrayBuffer())).toEqual(list)

    const requestFile = join(folder, 'request.der')
    execFileSync('openssl', ['ocsp', '-issuer', caFile, '-cert', leafFile, '-no_nonce', '-reqout', requestFile])
    const asked = await fetch(`${gateway.url}/ocsp`, { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body: readFileSync(requestFile) })
    const answer = new Uint8Array(await asked.arrayBuffer())
    expect(readOcspResponse(answer, ca, Date.now())).toMatchObject({ outcome: 'answered', responses: [{ status: 'good' }] })
    writeFileSync(join(folder, 'answer.der'), answer)
    const openssl = spawnSync('openssl', ['ocsp', '-issuer', caFile, '-cert', leafFile, '-CAfile', caFile, '-respin', join(folder, 'answer.der'), '-no_nonce'], { encoding: 'utf8', timeout: 10_000 })
    expect([openssl.stderr.includes('Response verify OK'), /leaf\.pem: good/.test(openssl.stdout)], `${openssl.stdout}${openssl.stderr}`).toEqual([true, true])
  })

  test('the authority was woken by SQS and left nothing behind', async () => {
    await gateway.settled()
    const sqs = sqsOf(access, stack.endpoint)
    const at = (url: string): string => new URL(new URL(url).pathname, stack.endpoint).href
    expect([await countsOf(sqs, at(site.queue)), await countsOf(sqs, at(site.deadLetters)), gateway.dead]).toEqual([{ waiting: 0, inWork: 0 }, { waiting: 0, inWork: 0 }, 0])
  })

  test('heads of the log are in the bucket of checkpoints', async () => {
    for (let n = 0; n < 60; n++) {
      const listing = await (await get(`/${site.name}-checkpoints?list-type=2&prefix=checkpoints/`)).text()
      const [, key] = /<Key>(checkpoints\/\d{18}\.txt)<\/Key>/.exec(listing) ?? []
      if (key !== undefined) return expect(await (await get(`/${site.name}-checkpoints/${key}`)).text()).toMatch(/^mynagate\.example\/audit\n\d+\n/)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect.fail('no checkpoint came within half a minute')
  })

  test('keys are LocalStack’s, under the folder’s own name; no key is kept on this machine', async () => {
    const answer = await sendTo(access, 'kms', { method: 'POST', url: new URL('/', stack.endpoint), headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListAliases' }, body: Buffer.from('{}') })
    const { Aliases } = (await answer.json()) as { Aliases: { AliasName: string }[] }
    expect(Aliases.map((a) => a.AliasName).filter((name) => name.startsWith(`alias/${site.name}/`)).toSorted()).toEqual(['authentication-ca', 'card-orders', 'checkpoint', 'ocsp-wrapping', 'personal-data', 'receipt', 'signature-ca'].map((role) => `alias/${site.name}/${role}`))
    expect(() => readFileSync(join(data, 'kms'))).toThrow('ENOENT')
  })

  test('started again on the same folder it goes on with the same authorities', async () => {
    const before = await (await sandboxCard('hanako', { url: gateway.url })).signingCertificate(testPins.signature)
    await gateway.close()
    gateway = await startGateway({ port: 0, data, quiet: true, cards: ['hanako'], localstack: stack.endpoint })
    expect(await (await sandboxCard('hanako', { url: gateway.url })).signingCertificate(testPins.signature)).toEqual(before)
  })
})

describe('one line, and no start', () => {
  const start = (...args: string[]) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['local/main.ts', '--port', '0', ...args], { encoding: 'utf8', timeout: 60_000 })
    return { status, stdout, lines: stderr.trim().split('\n') }
  }
  test('where no LocalStack answers', () => {
    expect(start('--data', 'memory', '--localstack', 'http://127.0.0.1:9')).toEqual({ status: 1, stdout: '', lines: ['no LocalStack answers at http://127.0.0.1:9 (asked for /_localstack/health): start one, or leave --localstack out'] })
  })
  test('where the address is none', () => {
    expect(start('--data', 'memory', '--localstack', 'here').lines[0]).toBe('no address: here')
  })
  test('where the folder was begun otherwise, or what it made there is gone', async () => {
    await gateway.close()
    expect(start('--data', data)).toMatchObject({ status: 1, lines: [expect.stringMatching(/was begun on LocalStack: start with --localstack URL/)] })
    const other = await startLocalStack()
    try {
      expect(start('--data', data, '--localstack', other.endpoint)).toMatchObject({ status: 1, lines: [expect.stringMatching(/does not know what .* made there/)] })
    } finally {
      await other.stop()
    }
  })
})
