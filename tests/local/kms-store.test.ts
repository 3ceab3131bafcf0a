/** Keys in a folder: what was acknowledged is there after a kill; what was half-written is not. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-kms'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startKms } from '../../local/cloud/kms.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'mynagate-kms-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const random = { bytes: (n: number) => Uint8Array.from(randomBytes(n)) }
const clientOf = (endpoint: string) => new sdk.KMSClient({ region: 'ap-northeast-1', endpoint, credentials: { accessKeyId: 'AK', secretAccessKey: 'x' }, maxAttempts: 1 })

const server = `
import { randomBytes } from 'node:crypto'
import { startKms } from ${JSON.stringify(new URL('../../local/cloud/kms.ts', import.meta.url).href)}
const kms = await startKms({ directory: process.argv[1], random: { bytes: (n) => Uint8Array.from(randomBytes(n)) } })
console.log(kms.endpoint)
`
async function start(): Promise<{ endpoint: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', server, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (line: Buffer) => resolve(line.toString().trim()))
    child.once('exit', (code) => reject(new Error(`exit ${code}`)))
  })
  return { endpoint, child }
}
const killed = (child: ChildProcess): Promise<void> => new Promise((resolve) => { child.once('exit', () => resolve()); child.kill('SIGKILL') })

test('every key, alias and state that was acknowledged survives kill -9, in the middle of making more', async () => {
  const acknowledged: { arn: string; spki: string; alias: string }[] = []
  for (let round = 0; round < 3; round++) {
    const { endpoint, child } = await start()
    const client = clientOf(endpoint)
    const work = (async () => {
      for (let i = 0; ; i++) {
        const { KeyMetadata } = await client.send(new sdk.CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }))
        const arn = KeyMetadata!.Arn!
        const alias = `alias/round-${round}-${i}`
        await client.send(new sdk.CreateAliasCommand({ AliasName: alias, TargetKeyId: arn }))
        const { PublicKey } = await client.send(new sdk.GetPublicKeyCommand({ KeyId: arn }))
        acknowledged.push({ arn, alias, spki: Buffer.from(PublicKey!).toString('hex') })
      }
    })().catch(() => {})
    const wanted = acknowledged.length + 5
    while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await killed(child)
    await work
    client.destroy()
  }
  const { endpoint, child } = await start()
  const client = clientOf(endpoint)
  try {
    expect(acknowledged.length).toBeGreaterThanOrEqual(15)
    for (const { arn, alias, spki } of acknowledged) {
      const answer = await client.send(new sdk.GetPublicKeyCommand({ KeyId: alias }))
      expect([answer.KeyId, Buffer.from(answer.PublicKey!).toString('hex')]).toEqual([arn, spki])
    }
  } finally {
    client.destroy()
    await killed(child)
  }
}, 60_000)

test('files are for the owner alone, and what a kill left half-written is passed over', async () => {
  const first = await startKms({ directory: folder, random })
  const arn = await first.ensureKey({ spec: 'SYMMETRIC_DEFAULT', alias: 'alias/data' })
  await first.close()
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  writeFileSync(join(folder, 'key-half.json.new'), '{"id":"half')
  const second = await startKms({ directory: folder, random })
  try {
    expect(await second.ensureKey({ spec: 'SYMMETRIC_DEFAULT', alias: 'alias/data' })).toBe(arn)
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  } finally {
    await second.close()
  }
})

test('a key whose day of deletion has come leaves the folder', async () => {
  let now = Date.UTC(2026, 3, 1)
  const kms = await startKms({ directory: folder, random, now: () => now })
  const client = clientOf(kms.endpoint)
  try {
    const KeyId = await kms.ensureKey({ spec: 'SYMMETRIC_DEFAULT' })
    await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    expect(readdirSync(folder)).toHaveLength(1)
    now += 7 * 86_400_000
    await expect(client.send(new sdk.DescribeKeyCommand({ KeyId }))).rejects.toMatchObject({ name: 'NotFoundException' })
    expect(readdirSync(folder)).toHaveLength(0)
  } finally {
    client.destroy()
    await kms.close()
  }
})
