/** Revocation by lists: shards, scopes, reasons, indirect and delta lists; whatever is missing leaves the status unknown. */
import { describe, expect, test } from 'vitest'
import { sequence } from '../../core/pki/der.ts'
import type { Crl } from '../../core/pki/parse.ts'
import { validatePath } from '../../core/pki/path.ts'
import { certificateIssuer, crlNumber, day, deltaOf, ext, issuingPoint, keyNumber, name, now, proper, revocationList, type ListPlan } from './forge.ts'

type Entries = NonNullable<ListPlan['entries']>
const [rootKey, caKey, leafKey, strangerKey, listKey] = [keyNumber(0), keyNumber(1), keyNumber(2), keyNumber(3), keyNumber(4)]
const [root, ca, lists] = [name('Root'), name('CA'), name('List Issuer')]
const shard = (n: number): Uint8Array => name(`Shard ${n}`)

const anchor = proper('anchor', root, rootKey, root, rootKey)
const intermediate = proper('ca', ca, caKey, root, rootKey)
const signer = proper('leaf', lists, listKey, root, rootKey, [ext.keyUsage(6)])
const leaf = proper('leaf', name('Leaf'), leafKey, ca, caKey)
const sharded = proper('leaf', name('Leaf'), leafKey, ca, caKey, [ext.crlPoint(shard(1))])
const ofRoot = revocationList({ issuer: root, key: rootKey })
const ofCa = (over: Partial<ListPlan> = {}): Crl => revocationList({ issuer: ca, key: caKey, ...over })

/** Null, or why revocation failed. */
function status(end: typeof leaf, crls: readonly Crl[], intermediates = [intermediate, signer]): string | null {
  const verdict = validatePath({ leaf: end, intermediates, anchors: [anchor], at: now, crls })
  const others = verdict.checks.filter((c) => !c.passed && c.name !== 'revocation')
  expect(others).toEqual([])
  return verdict.checks.find((c) => c.name === 'revocation')!.why
}
const revokes = (end: typeof leaf, reason = 1): Entries => [{ serial: 'ABCD' }, { serial: end.serial, reason }, { serial: 'FF01' }]

describe('complete lists', () => {
  test('not listed: good', () => expect(status(leaf, [ofRoot, ofCa({ entries: [{ serial: 'ABCD', reason: 4 }] })])).toBeNull())
  test('listed: revoked, with the reason', () => expect(status(leaf, [ofRoot, ofCa({ entries: revokes(leaf, 3) })])).toBe('leaf: revoked, reason 3'))
  test('on hold is revoked', () => expect(status(leaf, [ofRoot, ofCa({ entries: revokes(leaf, 6) })])).toMatch(/revoked, reason 6/))
  test('an intermediate that is listed', () => {
    const crl = revocationList({ issuer: root, key: rootKey, entries: [{ serial: intermediate.serial }] })
    expect(status(leaf, [crl, ofCa()])).toBe('intermediate 1: revoked, reason not given')
  })
  test('the same serial number on the list of another issuer means nothing', () => {
    const other = revocationList({ issuer: root, key: rootKey, entries: [{ serial: leaf.serial }] })
    expect(status(leaf, [other, ofCa()])).toBeNull()
  })
  test.each<[string, readonly Crl[], RegExp]>([
    ['no list for the leaf', [ofRoot], /leaf: status unknown, no list covers it/],
    ['no list for the CA', [ofCa()], /intermediate 1: status unknown/],
    ['list out of date', [ofRoot, ofCa({ nextUpdate: now - 1000 })], /out of date/],
    ['list of the future', [ofRoot, ofCa({ thisUpdate: now + 1000 })], /of the future/],
    ['list signed by a stranger', [ofRoot, ofCa({ key: strangerKey })], /not signed by its issuer/],
    ['critical extension unknown', [ofRoot, ofCa({ extensions: [ext.unknown(true)] })], /unknown critical extension/],
    ['critical entry extension unknown', [ofRoot, ofCa({ entries: [{ serial: 'ABCD', extensions: [ext.unknown(true)] }] })], /unknown critical extension/],
    ['list for CAs only', [ofRoot, ofCa({ extensions: [issuingPoint({ ca: true })] })], /no list covers it/],
    ['number of the list critical', [ofRoot, ofCa({ extensions: [{ ...crlNumber(1), critical: true }] })], /is critical/],
    ['scope not critical', [ofRoot, ofCa({ extensions: [{ ...issuingPoint({ user: true }), critical: false }] })], /not critical/],
    ['no identifier of the key', [ofRoot, ofCa({ extensions: [{ ...ext.aki(caKey), value: sequence() }] })], /lacks/],
    ['a delta without its base', [ofRoot, ofCa({ extensions: [crlNumber(5), deltaOf(3)] })], /no list covers it/],
  ])('unknown: %s', (_, crls, why) => expect(status(leaf, crls)).toMatch(why))
  test('a stale list that names the certificate beside a good one does not hide it, whatever the order', () => {
    const bad = ofCa({ entries: revokes(leaf) })
    for (const crls of [[ofRoot, ofCa({ nextUpdate: now - 1000 }), bad], [ofRoot, bad, ofCa({ nextUpdate: now - 1000 })]]) expect(status(leaf, crls)).toMatch(/revoked/)
  })
})

test('of two current lists the newer decides, whatever the order', () => {
  const [older, newer] = [now - 3_600_000, now - 60_000]
  const clean = (thisUpdate: number): Crl => ofCa({ thisUpdate })
  const listing = (thisUpdate: number): Crl => ofCa({ thisUpdate, entries: revokes(leaf, 6) })
  for (const crls of [[ofRoot, clean(older), listing(newer)], [listing(newer), ofRoot, clean(older)]]) expect(status(leaf, crls)).toMatch(/revoked/)
  for (const crls of [[ofRoot, clean(newer), listing(older)], [listing(older), ofRoot, clean(newer)]]) expect(status(leaf, crls)).toBeNull()
})

test('of two generations of one name, the list of either can revoke', () => {
  const [nextKey, next] = [keyNumber(5), proper('ca', ca, keyNumber(5), ca, caKey)]
  const end = proper('leaf', name('Leaf'), leafKey, ca, nextKey)
  const byNext = (over: Partial<ListPlan> = {}): Crl => revocationList({ issuer: ca, key: nextKey, ...over })
  for (const crls of [[ofRoot, ofCa(), byNext({ entries: revokes(end) })], [ofRoot, byNext({ entries: revokes(end) }), ofCa()]]) expect(status(end, crls, [intermediate, next])).toMatch(/revoked/)
  expect(status(end, [ofRoot, ofCa(), byNext()], [intermediate, next])).toBeNull()
})

describe('shards', () => {
  const one = ofCa({ extensions: [issuingPoint({ point: shard(1), user: true })] })
  test('the shard named in the certificate speaks for it', () => expect(status(sharded, [ofRoot, one])).toBeNull())
  test('the shard that lists it', () => {
    expect(status(sharded, [ofRoot, ofCa({ entries: revokes(sharded), extensions: [issuingPoint({ point: shard(1), user: true })] })])).toMatch(/revoked/)
  })
  test('another shard proves nothing', () => expect(status(sharded, [ofRoot, ofCa({ extensions: [issuingPoint({ point: shard(2) })] })])).toMatch(/no list covers it/))
  test('a shard proves nothing for a certificate that names none', () => expect(status(leaf, [ofRoot, one])).toMatch(/no list covers it/))
})

describe('other signers', () => {
  const indirect = (entries: Entries = []): Crl => revocationList({ issuer: lists, key: listKey, entries, extensions: [issuingPoint({ indirect: true })] })
  test('a list key of the same CA, certified by it', () => {
    const ownListKey = proper('leaf', ca, strangerKey, ca, caKey, [ext.keyUsage(6)])
    const crls = [ofRoot, ofCa({ key: strangerKey }), ofCa({ extensions: [issuingPoint({ user: true })], thisUpdate: now - 2 * day })]
    expect(status(leaf, crls, [intermediate, ownListKey])).toBeNull()
    expect(status(leaf, [ofRoot, ofCa({ key: strangerKey })], [intermediate, proper('leaf', ca, strangerKey, ca, caKey, [ext.keyUsage(0)])])).toMatch(/not signed by its issuer/)
  })
  test('a CA whose key may not sign lists', () => {
    expect(status(leaf, [ofRoot, ofCa()], [proper('ca', ca, caKey, root, rootKey, [ext.keyUsage(5)])])).toMatch(/not signed by its issuer/)
  })
  test('an indirect list is only for certificates that name its issuer', () => expect(status(leaf, [ofRoot, indirect()])).toMatch(/no list covers it/))
  test('entries of an indirect list belong to the issuer they name', () => {
    const crl = ofCa({ extensions: [issuingPoint({ indirect: true })], entries: [{ serial: leaf.serial, extensions: [certificateIssuer(root)] }] })
    expect(status(leaf, [ofRoot, crl])).toBeNull()
    const own = ofCa({ extensions: [issuingPoint({ indirect: true })], entries: [{ serial: 'ABCD', extensions: [certificateIssuer(ca)] }, { serial: leaf.serial }] })
    expect(status(leaf, [ofRoot, own])).toMatch(/revoked/)
  })
})

describe('delta lists', () => {
  const base = (entries: Entries = []): Crl => ofCa({ entries, extensions: [crlNumber(3)] })
  const delta = (entries: Entries, number = 5, since = 3): Crl => ofCa({ entries, extensions: [crlNumber(number), deltaOf(since)] })
  test('adds a revocation', () => expect(status(leaf, [ofRoot, base(), delta(revokes(leaf))])).toMatch(/revoked/))
  test('takes one back with removeFromCRL', () => expect(status(leaf, [ofRoot, base(revokes(leaf, 6)), delta([{ serial: leaf.serial, reason: 8 }])])).toBeNull())
  test('without it the hold stands', () => expect(status(leaf, [ofRoot, base(revokes(leaf, 6)), delta([{ serial: 'ABCD' }])])).toMatch(/revoked/))
  test('one that starts after the base, or is older, is not applied', () => {
    for (const unfit of [delta([{ serial: leaf.serial, reason: 8 }], 5, 4), delta([{ serial: leaf.serial, reason: 8 }], 3, 3)]) {
      expect(status(leaf, [ofRoot, base(revokes(leaf, 6)), unfit])).toMatch(/revoked/)
    }
  })
})
