/** validateEndEntity: the product's own certificates, every check broken alone, generations of one name told apart by key. */
import { describe, expect, test } from 'vitest'
import { parseCertificate, parseCrl, type Certificate } from '../../core/pki/parse.ts'
import { revocationElsewhere, validateEndEntity, validatePath, type EndEntityCheckName, type EndEntityInput, type EndEntityVerdict } from '../../core/pki/path.ts'
import { policiesFor } from '../../core/pki/profile.ts'
import { authority, caKindOf, day, endEntityInput, endEntityKinds, generationNames, issue, listOf, makeAuthority, now, settings } from '../pki/authority.ts'
import { certificate, ext, keyNumber, name, proper, type Extension, type Plan } from './forge.ts'

const failed = (verdict: EndEntityVerdict): EndEntityCheckName[] => verdict.checks.filter((c) => !c.passed).map((c) => c.name)

describe.each(generationNames)('issued by the house, %s', (generation) => {
  test.each(endEntityKinds)('%s: valid for its purpose, and for no other', async (kind) => {
    const purpose = caKindOf(kind)
    const from = await authority(purpose, generation)
    const leaf = parseCertificate(await issue(from, endEntityInput(kind, from.certificate)))
    const input: EndEntityInput = { leaf, anchors: [from.certificate], at: now + day, purpose, expectedPolicies: policiesFor(purpose, settings) }
    expect(validateEndEntity(input)).toMatchObject({ valid: true, anchorKeyId: from.certificate.keyId })
    const other = purpose === 'signature' ? 'authentication' : 'signature'
    const otherAuthority = await authority(other, generation)
    const misused = validateEndEntity({ ...input, purpose: other, anchors: [otherAuthority.certificate], expectedPolicies: policiesFor(other, settings) })
    expect(failed(misused)).toEqual(['anchor', 'certificateSignature', 'keyUsage', 'policy'])
    expect(misused.anchorKeyId).toBeNull()
  })

  test('the general validator agrees, with the municipality\'s list', async () => {
    const from = await authority('signature', generation)
    const leaf = parseCertificate(await issue(from, endEntityInput('signature', from.certificate)))
    const path = { leaf, intermediates: [], anchors: [parseCertificate(from.certificate.der)], at: now + day / 2, requiredKeyUsage: ['nonRepudiation'] as const }
    expect(validatePath({ ...path, crls: revocationElsewhere }).valid).toBe(true)
    expect(validatePath({ ...path, crls: [parseCrl(await listOf(from, []))] }).valid).toBe(true)
    const revoked = validatePath({ ...path, crls: [parseCrl(await listOf(from, [{ serial: leaf.serial, revokedAt: now, reason: 3 }]))] })
    expect(revoked.checks.find((c) => c.name === 'revocation')?.why).toBe('leaf: revoked, reason 3')
  })
})

describe('generations of one name', () => {
  test('each certificate finds its own, whatever the order, with and without a key identifier', async () => {
    for (const profile of [settings, { ...settings, authorityKeyIdentifier: 'absent' as const }]) {
      const generations = [await makeAuthority('signature', 'p384-sha384', profile), await makeAuthority('signature', 'p384-sha384', profile), await makeAuthority('signature', 'rsa2048-sha256', profile)]
      const anchors = generations.map((g) => g.certificate)
      for (const from of generations) {
        const issued = { ...endEntityInput('signature', from.certificate) }
        const leaf = parseCertificate(await issue(from, issued, { ...profile, generation: from.certificate.generation }))
        for (const order of [anchors, [...anchors].reverse()]) {
          const verdict = validateEndEntity({ leaf, anchors: order, at: now + day, purpose: 'signature', expectedPolicies: policiesFor('signature', settings) })
          expect(verdict).toMatchObject({ valid: true, anchorKeyId: from.certificate.keyId })
        }
        const without = validateEndEntity({ leaf, anchors: anchors.filter((a) => a !== from.certificate), at: now + day, purpose: 'signature', expectedPolicies: policiesFor('signature', settings) })
        expect(without).toMatchObject({ valid: false, anchorKeyId: null })
      }
    }
  })
})

const [caKey, leafKey, strangerKey] = [keyNumber(0), keyNumber(1), keyNumber(2)]
const ca = name('Authority')
const policy = '1.2.3.4'
const anchor = proper('anchor', ca, caKey, ca, caKey)
const holder = (more: readonly Extension[] = [], over: Partial<Plan> = {}): Certificate => {
  const usual = [ext.keyUsage(0, 1), ext.policies(policy)].filter((u) => !more.some((m) => m.id === u.id))
  return proper('leaf', name('Holder'), leafKey, ca, caKey, [...usual, ...more], over)
}
const judge = (leaf: Certificate, over: Partial<EndEntityInput> = {}): EndEntityVerdict =>
  validateEndEntity({ leaf, anchors: [anchor], at: now, purpose: 'signature', expectedPolicies: [policy, '1.2.3.5'], ...over })

describe('each check alone', () => {
  test('nothing wrong', () => {
    const verdict = judge(holder())
    expect(failed(verdict)).toEqual([])
    expect(verdict.checks.map((c) => c.name)).toEqual(['anchor', 'certificateSignature', 'validity', 'keyUsage', 'basicConstraints', 'criticalExtensions', 'policy'])
  })
  const cases: readonly [string, EndEntityCheckName[], Certificate, Partial<EndEntityInput>?][] = [
    ['signed by another key under this name', ['certificateSignature'], holder([ext.aki(caKey)], { issuerKey: strangerKey })],
    ['issuer of another name', ['anchor', 'certificateSignature'], holder([], { issuer: name('Other') })],
    ['issuer that differs in case only', ['anchor', 'certificateSignature'], holder([], { issuer: name('AUTHORITY') })],
    ['a key identifier of no generation', ['anchor', 'certificateSignature'], holder([ext.aki(strangerKey)])],
    ['no anchors', ['anchor', 'certificateSignature'], holder(), { anchors: [] }],
    ['expired', ['validity'], holder([], { notAfter: now - 1000 })],
    ['not yet valid', ['validity'], holder([], { notBefore: now + 1000 })],
    ['authority expired', ['anchor'], holder(), { anchors: [proper('anchor', ca, caKey, ca, caKey, [], { notAfter: now - day })] }],
    ['anchor that is no CA', ['anchor'], holder(), { anchors: [proper('anchor', ca, caKey, ca, caKey, [ext.notCa()])] }],
    ['no keyUsage', ['keyUsage'], certificate({ subject: name('Holder'), key: leafKey, issuer: ca, issuerKey: caKey, extensions: [ext.aki(caKey), ext.policies(policy)] })],
    ['key for authentication', ['keyUsage'], holder([ext.keyUsage(0)])],
    ['key for documents, used to log in', ['keyUsage'], holder(), { purpose: 'authentication' }],
    ['key of an authority', ['keyUsage'], holder([ext.keyUsage(0, 1, 5)])],
    ['restricted to other purposes', ['keyUsage'], holder([ext.eku('1.3.6.1.5.5.7.3.1')])],
    ['a CA', ['basicConstraints'], holder([ext.ca()])],
    ['unknown critical extension', ['criticalExtensions'], holder([ext.unknown(true)])],
    ['policy mappings, critical', ['criticalExtensions'], holder([ext.mappings([policy, policy])])],
    ['another policy', ['policy'], holder([ext.policies('1.2.3.6')])],
    ['anyPolicy', ['policy'], holder([ext.policies('2.5.29.32.0')])],
    ['nothing expected', ['policy'], holder(), { expectedPolicies: [] }],
  ]
  test.each(cases)('%s: %s', (_, names, leaf, over) => {
    const verdict = judge(leaf, over)
    expect(failed(verdict)).toEqual(names)
    expect(verdict.valid).toBe(false)
    expect(verdict.checks.every((c) => c.passed === (c.why === null) && c.section.startsWith('RFC 5280'))).toBe(true)
  })
  test('of two certificates of one authority key, the one in force counts', () => {
    const old = proper('anchor', ca, caKey, ca, caKey, [], { notAfter: now - day })
    for (const anchors of [[old, anchor], [anchor, old]]) expect(judge(holder(), { anchors }).valid).toBe(true)
  })
})
