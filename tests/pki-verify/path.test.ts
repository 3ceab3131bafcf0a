/** validatePath: one fault at a time on forged chains, each found by the check that names it and by no other; then mazes. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sequence } from '../../core/pki/der.ts'
import type { Certificate } from '../../core/pki/parse.ts'
import { faultIn, type Role } from '../../core/pki/path/conformity.ts'
import { defaultBudget, Exhausted, newWork } from '../../core/pki/path/work.ts'
import { pathCheckNames, revocationElsewhere, validatePath, type PathCheckName, type PathInput, type PathVerdict } from '../../core/pki/path.ts'
import { certificate, day, ext, general, keyNumber, name, now, proper, type Extension, type Plan } from './forge.ts'

const [rootKey, caKey, leafKey, strangerKey] = [keyNumber(0), keyNumber(1), keyNumber(2), keyNumber(3)]
const [root, ca, leaf] = [name('Root'), name('CA'), name('Leaf')]

interface Changes { root?: Extension[]; ca?: Extension[]; leaf?: Extension[]; rootPlan?: Partial<Plan>; caPlan?: Partial<Plan>; leafPlan?: Partial<Plan>; input?: Partial<PathInput> }
function judge(changes: Changes = {}): PathVerdict {
  return validatePath({
    anchors: [proper('anchor', root, rootKey, root, rootKey, changes.root, changes.rootPlan)],
    intermediates: [proper('ca', ca, caKey, root, rootKey, changes.ca, changes.caPlan)],
    leaf: proper('leaf', leaf, leafKey, ca, caKey, changes.leaf, changes.leafPlan),
    at: now, crls: revocationElsewhere, ...changes.input,
  })
}
const failed = (verdict: PathVerdict): PathCheckName[] => verdict.checks.filter((c) => !c.passed && c.why !== 'not reached').map((c) => c.name)

test('a proper chain is valid; its verdict holds every check once, with its section', () => {
  const verdict = judge()
  expect(failed(verdict)).toEqual([])
  expect(verdict.valid).toBe(true)
  expect(verdict.path?.certificates).toHaveLength(2)
  expect(verdict.checks.map((c) => c.name)).toEqual(pathCheckNames)
  expect(verdict.checks.every((c) => /^RFC \d+ \d/.test(c.section) && c.why === null)).toBe(true)
})

const host = (text: string): Extension => ext.san(general.dns(text))
const faults: readonly [string, PathCheckName | PathCheckName[], Changes][] = [
  ['leaf expired', 'validity', { leafPlan: { notAfter: now - day } }],
  ['leaf expired a second ago', 'validity', { leafPlan: { notAfter: now - 1000 } }],
  ['leaf not yet valid', 'validity', { leafPlan: { notBefore: now + 1000 } }],
  ['CA expired', 'validity', { caPlan: { notAfter: now - day } }],
  ['anchor expired', 'validity', { rootPlan: { notAfter: now - day } }],
  ['CA without cA', ['basicConstraints', 'keyUsage'], { ca: [ext.notCa(), ext.keyUsage(6)] }],
  ['CA that may not sign certificates', 'keyUsage', { ca: [ext.keyUsage(6)] }],
  ['anchor that may not sign certificates', 'keyUsage', { root: [ext.keyUsage(6)] }],
  ['leaf for another use', 'keyUsage', { leaf: [ext.keyUsage(2)], input: { requiredKeyUsage: ['digitalSignature'] } }],
  ['leaf for another purpose', 'extendedKeyUsage', { leaf: [ext.eku('1.3.6.1.5.5.7.3.1')], input: { requiredEku: ['1.3.6.1.5.5.7.3.2'] } }],
  ['leaf for any purpose is not enough', 'extendedKeyUsage', { leaf: [ext.eku('2.5.29.37.0')], input: { requiredEku: ['1.3.6.1.5.5.7.3.2'] } }],
  ['CA for another purpose', 'extendedKeyUsage', { ca: [ext.eku('1.3.6.1.5.5.7.3.1')], input: { requiredEku: ['1.3.6.1.5.5.7.3.2'] } }],
  ['anchor with path length 0', 'pathLength', { root: [ext.ca(0)] }],
  ['depth 0 asked for', 'pathLength', { input: { maxDepth: 0 } }],
  ['unknown critical extension in the leaf', 'criticalExtensions', { leaf: [ext.unknown(true)] }],
  ['unknown critical extension in the CA', 'criticalExtensions', { ca: [ext.unknown(true)] }],
  ['unknown critical extension in the anchor', 'criticalExtensions', { root: [ext.unknown(true)] }],
  ['a CRL extension, critical, in a certificate', 'criticalExtensions', { leaf: [{ id: '2.5.29.28', critical: true, value: Uint8Array.of(0x30, 0) }] }],
  ['serial number zero', 'conformity', { leafPlan: { serial: Uint8Array.of(0) } }],
  ['serial number of 21 octets', 'conformity', { leafPlan: { serial: new Uint8Array(20).fill(0xff) } }],
  ['keyCertSign without cA', 'conformity', { leaf: [ext.keyUsage(0, 5)] }],
  ['name constraints in an end entity', 'conformity', { leaf: [ext.constraints([general.dns('a.example')], [])] }],
  ['neither subject nor alternative name', 'conformity', { leafPlan: { subject: name('') } }],
  ['a host name with an underscore', 'conformity', { leaf: [host('a_b.example')] }],
  ['policy required and none there', 'policies', { input: { initialPolicies: { acceptable: 'any', requireExplicit: true, inhibitMapping: false, inhibitAny: false } } }],
  ['CA requires a policy', 'policies', { ca: [ext.policies('1.2.3'), ext.policyConstraints(0, null)], leaf: [ext.policies('1.2.4')] }],
  ['anyPolicy mapped', 'policies', { ca: [ext.policies('1.2.3'), ext.mappings(['2.5.29.32.0', '1.2.3'])] }],
  ['host outside of the permitted', 'nameConstraints', { ca: [ext.constraints([general.dns('a.example')], [])], leaf: [host('b.example')] }],
  ['host excluded', 'nameConstraints', { ca: [ext.constraints([], [general.dns('a.example')])], leaf: [host('x.a.example')] }],
  ['permitted by the CA, not by the anchor', 'nameConstraints', { root: [ext.constraints([general.dns('b.example')], [])], ca: [ext.constraints([general.dns('a.example')], [])], leaf: [host('a.example')] }],
  ['mailbox of another host', 'nameConstraints', { ca: [ext.constraints([general.email('a.example')], [])], leaf: [ext.san(general.email('x@b.example'))] }],
  ['a leading period wants a host below', 'nameConstraints', { ca: [ext.constraints([general.email('.a.example')], [])], leaf: [ext.san(general.email('x@a.example'))] }],
  ['URI with an address for a host', 'nameConstraints', { ca: [ext.constraints([general.uri('a.example')], [])], leaf: [ext.san(general.uri('https://192.0.2.1/'))] }],
  ['address outside of the net', 'nameConstraints', { ca: [ext.constraints([general.ip(192, 0, 2, 0, 255, 255, 255, 0)], [])], leaf: [ext.san(general.ip(192, 0, 3, 1))] }],
  ['mask with a hole', 'nameConstraints', { ca: [ext.constraints([general.ip(192, 0, 2, 0, 255, 0, 255, 0)], [])] }],
  ['subject outside of the subtree', 'nameConstraints', { ca: [ext.constraints([general.directory(name('Other'))], [])] }],
  ['a form without a rule, constrained', 'nameConstraints', { ca: [ext.constraints([], [general.other('1.2.3', 'x')])], leaf: [ext.san(general.other('1.2.3', 'y'))] }],
]
test.each(faults)('%s: %s', (_, check, changes) => {
  const verdict = judge(changes)
  expect(verdict.valid).toBe(false)
  expect(failed(verdict)).toEqual([check].flat())
  expect(verdict.policies).toEqual([])
})
test('what is wrong is said in words, and where they stand', async () => {
  const said = Object.fromEntries(faults.map(([what, , changes]) => [what, judge(changes).checks.filter((c) => !c.passed && c.why !== 'not reached').map(({ name: check, why, section }) => `${check} (${section}): ${why}`)]))
  await expect(`${JSON.stringify(said, null, 1)}\n`).toMatchFileSnapshot('damaged/path-reasons.json')
})

const fine: readonly [string, Changes][] = [
  ['the last second of the period', { leafPlan: { notAfter: now }, input: { at: now + 999 } }],
  ['the first second of the period', { leafPlan: { notBefore: now } }],
  ['a CA of path length 0 right above the leaf', { ca: [ext.ca(0)] }],
  ['basicConstraints not critical in an intermediate', { ca: [ext.ca(undefined, false)] }],
  ['an unknown extension that is not critical', { leaf: [ext.unknown(false)] }],
  ['no subject, but a critical alternative name', { leafPlan: { subject: name('') }, leaf: [{ ...host('a.example'), critical: true }] }],
  ['host permitted', { ca: [ext.constraints([general.dns('a.example')], [])], leaf: [host('x.a.example')] }],
  ['constraints on a form that does not occur', { ca: [ext.constraints([general.dns('a.example')], [])] }],
  ['mailbox permitted by host, whatever its case', { ca: [ext.constraints([general.email('a.example')], [])], leaf: [ext.san(general.email('X@A.example'))] }],
  ['URI permitted', { ca: [ext.constraints([general.uri('.a.example')], [])], leaf: [ext.san(general.uri('https://user@x.a.example:8443/y'))] }],
  ['address in the net', { ca: [ext.constraints([general.ip(192, 0, 2, 0, 255, 255, 255, 0)], [])], leaf: [ext.san(general.ip(192, 0, 2, 77))] }],
  ['policy mapped', { ca: [ext.policies('1.2.3'), ext.mappings(['1.2.3', '1.2.4']), ext.policyConstraints(0, null)], leaf: [ext.policies('1.2.4')] }],
  ['leaf for the purpose', { leaf: [ext.eku('1.3.6.1.5.5.7.3.2')], input: { requiredEku: ['1.3.6.1.5.5.7.3.2'] } }],
]
test.each(fine)('valid: %s', (_, changes) => expect(failed(judge(changes))).toEqual([]))

test('policies of the verdict are those of the user\'s domain', () => {
  const chain = { ca: [ext.policies('1.2.3', '1.2.5'), ext.mappings(['1.2.3', '1.2.4'])], leaf: [ext.policies('1.2.4')] }
  expect(judge(chain).policies).toEqual(['1.2.3'])
  const initial = (acceptable: string[]) => ({ input: { initialPolicies: { acceptable, requireExplicit: true, inhibitMapping: false, inhibitAny: false } } })
  expect(judge({ ...chain, ...initial(['1.2.3']) }).valid).toBe(true)
  expect(failed(judge({ ...chain, ...initial(['1.2.4']) }))).toEqual(['policies'])
})

describe('conformity', () => {
  const of = (more: readonly Extension[], over: Partial<Plan> = {}, kind: 'ca' | 'leaf' = 'leaf'): Certificate => proper(kind, kind === 'ca' ? ca : leaf, leafKey, root, rootKey, more, over)
  const critical = (extension: Extension, is: boolean): Extension => ({ ...extension, critical: is })
  test.each<[string | null, Certificate, Role?]>([
    [null, of([])], [null, of([], {}, 'ca'), 'intermediate'],
    ['serial number zero (4.1.2.2)', of([], { serial: Uint8Array.of(0) })],
    ['serial number longer than 20 octets (4.1.2.2)', of([], { serial: new Uint8Array(21).fill(1) })],
    [null, of([], { serial: new Uint8Array(20).fill(0x7f) })],
    ['empty issuer (4.1.2.4)', of([], { issuer: sequence() })],
    ['a CA without subject (4.1.2.6)', of([], { subject: sequence() }, 'ca'), 'intermediate'],
    ['a CA without subject (4.1.2.6)', of([], { subject: sequence() }), 'intermediate'],
    ['neither subject nor critical subjectAltName (4.1.2.6)', of([host('a.example')], { subject: sequence() })],
    [null, of([critical(host('a.example'), true)], { subject: sequence() })],
    ['subjectKeyIdentifier is critical (4.2)', of([critical(ext.ski(leafKey), true)])],
    ['nameConstraints is not critical (4.2.1)', of([critical(ext.constraints([general.dns('a.example')], []), false)], {}, 'ca'), 'intermediate'],
    ['inhibitAnyPolicy in the certificate of an end entity (4.2.1)', of([critical(ext.inhibitAny(0), true)])],
    ['keyCertSign without cA (4.2.1.3)', of([ext.keyUsage(0, 5)])],
    ['pathLenConstraint without cA and keyCertSign (4.2.1.9)', of([ext.ca(0), ext.keyUsage(6)], {}, 'ca'), 'intermediate'],
    ['basicConstraints is not critical (4.2.1.9)', of([critical(ext.ca(), false)], {}, 'ca'), 'anchor'],
    [null, of([critical(ext.ca(), false)], {}, 'ca'), 'intermediate'],
    ['subjectAltName holds a malformed dNSName (4.2.1.6)', of([host('a_b.example')])],
    ['subjectAltName holds a malformed rfc822Name (4.2.1.6)', of([ext.san(general.email('a.example'))])],
    [null, of([host('*.a.example')])],
  ])('%s', (why, subject, role = 'leaf') => expect(faultIn(subject, role)).toBe(why))
})

describe('the work', () => {
  const anchor = proper('anchor', root, rootKey, root, rootKey)
  test('the same signature under the same key is paid for once, another key anew', () => {
    const work = newWork({ ...defaultBudget, signatures: 2 })
    const [below, stranger] = [proper('ca', ca, caKey, root, rootKey), proper('anchor', root, strangerKey, root, strangerKey)]
    for (let n = 0; n < 5; n++) expect([work.signedBy(below, anchor), work.signedBy(below, stranger)]).toEqual([true, false])
    expect(() => work.signedBy(anchor, anchor)).toThrow(new Exhausted('more than 2 signatures'))
  })
  test('is spent to the last and not past it', () => {
    const work = newWork({ ...defaultBudget, names: 3 })
    work.spend('names', 3)
    expect(() => work.spend('names')).toThrow(Exhausted)
    for (let n = 0; n < defaultBudget.paths; n++) work.spend('paths')
    expect(() => work.spend('paths')).toThrow(/more than 40 paths/)
  })
})

describe('the search', () => {
  const anchor = proper('anchor', root, rootKey, root, rootKey)
  const good = proper('ca', ca, caKey, root, rootKey)
  const end = proper('leaf', leaf, leafKey, ca, caKey)
  const run = (over: Partial<PathInput>): PathVerdict => validatePath({ leaf: end, intermediates: [good], anchors: [anchor], at: now, crls: revocationElsewhere, ...over })

  test('an anchor of the same name and another key is none', () => {
    const impostor = proper('anchor', root, strangerKey, root, strangerKey)
    expect(failed(run({ anchors: [impostor] }))).toContain('anchor')
    expect(run({ anchors: [impostor, anchor] }).valid).toBe(true)
  })
  test('a root among the intermediates is trusted for nothing', () => expect(run({ anchors: [], intermediates: [good, anchor] }).valid).toBe(false))
  test('a leaf signed by a stranger names the broken signature', () => {
    const forged = proper('leaf', leaf, leafKey, ca, strangerKey, [ext.aki(caKey)])
    expect(failed(run({ leaf: forged }))).toEqual(['anchor', 'signatures'])
  })
  test('a certificate that names another key of its issuer than the one that signed it', () => {
    expect(failed(run({ leaf: proper('leaf', leaf, leafKey, ca, caKey, [ext.aki(strangerKey)]) }))).toEqual(['anchor', 'nameChaining'])
  })
  test('the valid one of two certificates of a CA is found in either order', () => {
    const expired = proper('ca', ca, caKey, root, rootKey, [], { notAfter: now - day })
    for (const intermediates of [[expired, good], [good, expired]]) expect(run({ intermediates }).valid).toBe(true)
  })
  test('an issuer whose key identifier says so is tried before those that say nothing', () => {
    const silent = Array.from({ length: 5 }, (_, n) => certificate({ subject: ca, key: keyNumber(20 + n), issuer: root, issuerKey: rootKey, extensions: [ext.ca(), ext.keyUsage(5, 6), ext.aki(rootKey)] }))
    const { checks } = run({ intermediates: [...silent, good], budget: { ...defaultBudget, signatures: 2 } })
    expect(checks.find((c) => c.name === 'signatures')?.passed).toBe(true)
  })
  test('a self-issued new key counts for no depth', () => {
    const rolled = proper('ca', ca, keyNumber(4), ca, caKey)
    const below = proper('leaf', leaf, leafKey, ca, keyNumber(4))
    const limited = proper('ca', ca, caKey, root, rootKey, [ext.ca(0)])
    expect(run({ leaf: below, intermediates: [rolled, limited] }).valid).toBe(true)
  })
  test('cycles, crowds and long chains end at once', () => {
    const crowd: Certificate[] = []
    for (let i = 0; i < 40; i++) for (const [a, b] of [[i, i + 1], [i + 1, i]] as const) crowd.push(proper('ca', name(`N${a % 7}`), keyNumber(10 + (a % 7)), name(`N${b % 7}`), keyNumber(10 + (b % 7))))
    crowd.push(proper('ca', name('N0'), keyNumber(10), root, rootKey, [ext.ca(0)]))
    const lost = proper('leaf', leaf, leafKey, name('N3'), keyNumber(13))
    const started = process.threadCpuUsage()
    expect(run({ leaf: lost, intermediates: crowd }).valid).toBe(false)
    expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(500)
  })
  test('no certificate of an entity twice: a cycle adds no paths', () => {
    const [other, otherKey] = [name('Other'), keyNumber(6)]
    const cycle = [proper('ca', ca, caKey, other, otherKey), proper('ca', other, otherKey, ca, caKey), good]
    const expired = proper('leaf', leaf, leafKey, ca, caKey, [], { notAfter: now - day })
    expect(failed(run({ leaf: expired, intermediates: cycle, budget: { signatures: 20, steps: 50, paths: 1, names: 10 } }))).toEqual(['validity'])
  })
  test('a budget that is too small says so', () => {
    expect(failed(run({ budget: { signatures: 1, steps: 100, paths: 10, names: 10 } }))).toContain('work')
  })
})

test('whatever is offered in whatever order, the verdict is the same and nothing throws', () => {
  const anchor = proper('anchor', root, rootKey, root, rootKey)
  const offered = [
    proper('ca', ca, caKey, root, rootKey), proper('ca', ca, caKey, root, rootKey, [ext.unknown(true)]), proper('ca', ca, strangerKey, root, rootKey),
    proper('ca', name('Side'), keyNumber(5), ca, caKey), proper('ca', ca, caKey, name('Side'), keyNumber(5)), anchor,
  ]
  const end = proper('leaf', leaf, leafKey, ca, caKey)
  fc.assert(fc.property(fc.shuffledSubarray(offered, { minLength: 0 }), (intermediates) => {
    const verdict = validatePath({ leaf: end, intermediates, anchors: [anchor], at: now, crls: revocationElsewhere })
    expect(verdict.valid).toBe(intermediates.includes(offered[0]!))
  }), { numRuns: 60 })
})
