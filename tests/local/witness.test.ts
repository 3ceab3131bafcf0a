/** A witness and the verifier that trusts it: files in, files out; and a database held against checkpoints by the command's own way. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publishCheckpoint, sequence } from '../../core/law/record/audit.ts'
import { parseCheckpoint, signCheckpoint } from '../../core/pki/checkpoint.ts'
import { cosign, cosignedAt, encodeWitnessKey, parseWitnessKey, witnessKeyOf } from '../../core/pki/cosignature.ts'
import { append, emptyRange, leafHash, rootOf } from '../../core/pki/merkle.ts'
import { openEmbedded } from '../../db/embedded.ts'
import { verifyAudit, verifyDatabase } from '../../local/verify-audit.ts'
import { witness, type WitnessFiles } from '../../local/witness.ts'
import { signerNamed, testWorld } from '../harness/world.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynagate-witness-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)
const log = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = new Uint8Array(log.publicKey.export({ type: 'spki', format: 'der' }))
const origin = 'log.example/audit'
const lines = Array.from({ length: 9 }, (_, i) => `{"n":${i}}`)
const noteOver = (leaves: readonly string[]): Promise<string> =>
  signCheckpoint({ origin, size: BigInt(leaves.length), root: rootOf(leaves.map((l) => leafHash(Buffer.from(l))).reduce(append, emptyRange)), extensions: [] }, { name: origin, spki }, (m) => sign('sha256', m, log.privateKey))
const files = (over: Partial<WitnessFiles>): WitnessFiles => ({ checkpoint: at('5.txt'), dump: at('dump.txt'), key: at('key.pem'), witnessKey: at('witness.pem'), state: at('last.txt'), name: 'witness.example', out: at('out.txt'), ...over })

beforeAll(async () => {
  writeFileSync(at('key.pem'), log.publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(at('dump.txt'), lines.map((l) => `${l}\n`).join(''))
  for (const n of [3, 5, 9]) writeFileSync(at(`${n}.txt`), await noteOver(lines.slice(0, n)))
  writeFileSync(at('9-other.txt'), await noteOver(lines.with(1, '{"n":"other"}')))
  writeFileSync(at('dump-other.txt'), lines.with(1, '{"n":"other"}').map((l) => `${l}\n`).join(''))
})

describe('a witness', () => {
  test('cosigns what grew, remembers it, and refuses what is smaller or another log', async () => {
    expect(await witness(files({}), 1_775_005_200)).toMatchObject({ cosigned: true })
    expect(readFileSync(at('last.txt'), 'utf8')).toBe(readFileSync(at('5.txt'), 'utf8'))
    expect(await witness(files({ checkpoint: at('3.txt') }), 1)).toMatchObject({ cosigned: false, lines: [expect.stringContaining('cosigned already')] })
    expect(await witness(files({ checkpoint: at('9-other.txt') }), 1)).toMatchObject({ cosigned: false, lines: ['NOT COSIGNED  the new head: leaves-differ'] })
    expect(await witness(files({ checkpoint: at('9-other.txt'), dump: at('dump-other.txt') }), 1)).toMatchObject({ cosigned: false, lines: ['NOT COSIGNED  the head that was cosigned last: leaves-differ'] })
    const last = await witness(files({ checkpoint: at('9.txt'), out: at('9-cosigned.txt') }), 1_775_005_300)
    expect(last.lines[0]).toBe('cosigned a head of 9 acts, grown out of 5')
  })

  test('the verifier asks for the cosignature of the witness it was given, and for no other', async () => {
    const [, text] = (await witness(files({ checkpoint: at('9.txt'), out: at('9-cosigned.txt') }), 7)).lines
    const trusted = { dump: at('dump.txt'), key: at('key.pem'), origin: null }
    expect((await verifyAudit({ ...trusted, checkpoints: [at('9-cosigned.txt')], witness: text! })).intact).toBe(true)
    expect((await verifyAudit({ ...trusted, checkpoints: [at('9-cosigned.txt')], witness: null })).intact).toBe(true)
    expect((await verifyAudit({ ...trusted, checkpoints: [at('9.txt')], witness: text! })).lines[0]).toContain('is not cosigned by witness.example')
    const other = encodeWitnessKey(witnessKeyOf('witness.example', generateKeyPairSync('ed25519').privateKey))
    expect((await verifyAudit({ ...trusted, checkpoints: [at('9-cosigned.txt')], witness: other })).intact).toBe(false)
  })
})

test('a cosignature is the one of C2SP tlog-cosignature: key id, time, message', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = witnessKeyOf('w.example', privateKey)
  const note = cosign(await noteOver(lines), 'w.example', privateKey, 1_700_000_000)
  const parsed = parseCheckpoint(note)
  expect(cosignedAt(parsed, key)).toBe(1_700_000_000)
  const own = parsed.signatures.find((s) => s.keyName === 'w.example')!
  expect(own.keyId).toBe(createHash('sha256').update(Buffer.concat([Buffer.from('w.example\n\x04', 'latin1'), key.key])).digest().readUInt32BE(0))
  expect(Buffer.from(own.signature).readBigUInt64BE(0)).toBe(1_700_000_000n)
  expect(own.signature.subarray(8)).toEqual(Uint8Array.from(sign(null, Buffer.from(`cosignature/v1\ntime 1700000000\n${parsed.text}`), privateKey)))
  expect(parseWitnessKey(encodeWitnessKey(key))).toEqual(key)
  for (const bad of ['', 'w.example', encodeWitnessKey(key).replace('w.', 'v.'), `${encodeWitnessKey(key)}AA`]) expect(() => parseWitnessKey(bad)).toThrow('witness')
  // The same signature under another time.
  const body = Buffer.from(note.trimEnd().split(' ').at(-1)!, 'base64')
  body.writeBigUInt64BE(1_700_000_001n, 4)
  expect(cosignedAt(parseCheckpoint(note.replace(note.trimEnd().split(' ').at(-1)!, body.toString('base64'))), key)).toBeNull()
})

test('a data folder is held against checkpoints without a gateway; an edited row shows', async () => {
  const data = at('data')
  const opened = await openEmbedded({ directory: join(data, 'database') })
  const world = await testWorld({ db: opened.db })
  const signer = signerNamed('card-orders')
  await sequence(world)
  await publishCheckpoint({ ...world, checkpointSigner: signer, checkpointStore: { put: async (_, note) => writeFileSync(at('archive.txt'), note) } })
  await opened.close()
  writeFileSync(at('archive.pem'), `-----BEGIN PUBLIC KEY-----\n${Buffer.from(signer.spki).toString('base64')}\n-----END PUBLIC KEY-----\n`)
  const trusted = { archive: data, checkpoints: [at('archive.txt')], key: at('archive.pem'), origin: null, witness: null }
  expect(await verifyDatabase(trusted)).toMatchObject({ intact: true })
  const again = await openEmbedded({ directory: join(data, 'database') })
  await again.db.execute(sql`update audit_leaves set subject = 'nobody'`)
  await again.close()
  expect((await verifyDatabase(trusted)).lines.slice(0, 2)).toEqual([expect.stringContaining('NOT INTACT  leaves'), expect.stringContaining('NOT INTACT  given')])
})
