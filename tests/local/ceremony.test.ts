/** `npm run ceremony`: one input file, a transcript, and a gateway that has the new generation at its next start. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { holdCeremony, parseCeremony } from '../../local/ceremony.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynagate-ceremony-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const transcript = join(folder, 'transcript.txt')
const input = { by: '山田', witnesses: ['鈴木'], authorities: ['signature', 'authentication'], keySpec: 'ECC_NIST_P384', alias: 'generation-2', years: 10, activeFrom: '2100-01-01T00:00:00+09:00', transcript }

describe('the input', () => {
  test('is read whole', () => {
    expect(parseCeremony(JSON.stringify(input))).toEqual({ ...input, activeFrom: Date.UTC(2099, 11, 31, 15) })
    const { witnesses: _, years: __, activeFrom: ___, ...least } = input
    expect(parseCeremony(JSON.stringify(least))).toMatchObject({ witnesses: [], years: 10, activeFrom: null })
  })
  test.each([
    ['not JSON', '{', /not JSON/], ['a field that is not known', { ...input, force: true }, /force/], ['nobody', { ...input, by: ' ' }, /by/], ['no authority', { ...input, authorities: [] }, /authorities/],
    ['one twice', { ...input, authorities: ['signature', 'signature'] }, /authorities/], ['another authority', { ...input, authorities: ['root'] }, /authorities/], ['a weak key', { ...input, keySpec: 'RSA_1024' }, /keySpec/],
    ['an alias that is a path', { ...input, alias: '../ca' }, /alias/], ['half a year', { ...input, years: 0.5 }, /years/], ['a date that is none', { ...input, activeFrom: 'soon' }, /activeFrom/], ['no transcript', { ...input, transcript: '' }, /transcript/],
  ])('with %s is refused', (_, given, message) => {
    expect(() => parseCeremony(typeof given === 'string' ? given : JSON.stringify(given))).toThrow(message)
  })
})

test('a folder without a gateway, and one whose gateway runs, get no ceremony', async () => {
  await expect(holdCeremony(parseCeremony(JSON.stringify(input)), join(folder, 'empty'))).rejects.toThrow('no data folder')
})

test('the new generation stands beside the old one at the next start', async () => {
  const data = join(folder, 'data')
  const anchors = async (gateway: RunningGateway) => ((await (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ trustAnchors { authority keyId current } }"}' })).json()) as { data: { trustAnchors: { authority: string; keyId: string; current: boolean }[] } }).data.trustAnchors
  const first = await startGateway({ port: 0, data, quiet: true, cards: [] })
  const before = await anchors(first)
  await expect(holdCeremony(parseCeremony(JSON.stringify(input)), data)).rejects.toMatchObject({ name: 'FolderInUse' })
  await first.close()

  const made = await holdCeremony(parseCeremony(JSON.stringify(input)), data)
  expect(readFileSync(transcript, 'utf8')).toBe(`${made.flatMap((generation) => generation.transcript).join('\n')}\n`)
  expect(readFileSync(transcript, 'utf8')).toContain('invoked by 山田, before 鈴木')
  await expect(holdCeremony(parseCeremony(JSON.stringify(input)), data)).rejects.toThrow('never written over')
  const again = join(folder, 'again.txt')
  await expect(holdCeremony(parseCeremony(JSON.stringify({ ...input, transcript: again })), data)).rejects.toThrow('has its certificate already')
  expect(existsSync(again)).toBe(false)
  writeFileSync(again, '')

  const second = await startGateway({ port: 0, data, quiet: true, cards: [] })
  try {
    const now = await anchors(second)
    expect(now.map((a) => a.keyId).toSorted()).toEqual([...before.map((a) => a.keyId), ...made.map((g) => g.keyId)].toSorted())
    expect(now.filter((a) => a.current).map((a) => a.keyId).toSorted()).toEqual(before.map((a) => a.keyId).toSorted())
  } finally {
    await second.close()
  }
}, 180_000)
