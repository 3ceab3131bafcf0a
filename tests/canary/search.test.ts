/** The search of the canary trial: each value in each disguise is found, and what is nobody's is not. */
import { expect, test } from 'vitest'
import { canary, valuesOf } from './people.ts'
import { searchFor, whose } from './search.ts'

const search = searchFor(40)
const found = (octets: Buffer | string): number => search.in('here', Buffer.from(octets as string)).length
const disguises: readonly (readonly [string, (text: string) => Buffer | string])[] = [
  ['as it is', (t) => t], ['UTF-16LE', (t) => Buffer.from(t, 'utf16le')], ['UTF-16BE', (t) => Buffer.from(t, 'utf16le').swap16()], ['hex', (t) => `\\x${Buffer.from(t).toString('hex')}`], ['HEX at an odd place', (t) => `a${Buffer.from(t).toString('hex').toUpperCase()}`],
  ['base64', (t) => Buffer.from(t).toString('base64')], ['base64url after one octet', (t) => Buffer.from(`.${t}`).toString('base64url')], ['base64 after two', (t) => Buffer.from(`. ${t}`).toString('base64')],
  ['base64 in hex', (t) => Buffer.from(Buffer.from(t).toString('base64')).toString('hex')], ['percent encoding', (t) => encodeURIComponent(` ${t} `)], ['JSON escapes', (t) => t.replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)],
]

test.each(disguises)('every value, %s', (_, disguise) => {
  for (const n of [0, 6, 39]) for (const value of valuesOf(canary(n)).filter((v) => v !== 'MARIE')) expect([value, found(disguise(value)) > 0]).toEqual([value, true])
})

test('no two share a value, and each tells whose it is', () => {
  const all = Array.from({ length: 2_000 }, (_, n) => valuesOf(canary(n)).filter((v) => v !== 'MARIE')).flat()
  expect(new Set(all).size).toBe(new Set(all.filter((v, i) => all.indexOf(v) === i)).size)
  for (const n of [0, 6, 1_999, 28_999]) expect(whose(canary(n).resident.items.name + canary(n).moved.address)).toEqual(new Set([n]))
})

test('what is nobody’s is not found', () => {
  for (const text of ['青空　花子', '2026-11-25T20:00:00.000Z', '1795637877646', 'A1'.repeat(40), 'x'.repeat(100), canary(41).resident.items.birthDate]) expect([text, found(text)]).toEqual([text, 0])
})

test('on the disk a day that is eight digits of a hash, broken up by compression, is nobody’s; one beside anything else is', () => {
  const onDisk = (text: string): number => search.in('here', Buffer.from(text), false).length
  const day = canary(6).resident.items.birthDate.replaceAll('-', '')
  for (const text of [`1F04ED23\x005C4FC578\x0039A0DAD5\x00227415B2\x00${day}\x00A5B164C1\x002B0DD5F0\x0015D88D1A`, `78FA903F\x0047EDC5BC\x01D3F0B99B@960F53A\x022\x01${day}@2C4D4B\x0fo\x01rd\x04U\x02,Timestamp`]) expect([text, onDisk(text), found(text) > 0]).toEqual([text, 0, true])
  for (const text of [`"birthDate":"${day}","sex":"female"`, `A5B164C12B0DD5F015D88D1A1013A974","born":"${day}","x":1`, `\x00\x04${day}\x00\x02\x09`, `5C4FC578\x0039A0DAD5\x00 ${canary(6).resident.items.birthDate} \x00A5B164C1`]) expect([text, onDisk(text) > 0]).toEqual([text, true])
})
