/** Generated chains: validatePath and `openssl verify -x509_strict` must give the same verdict on every one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toPem } from '../../core/pki/certificate.ts'
import type { Certificate, Crl } from '../../core/pki/parse.ts'
import { revocationElsewhere, validatePath } from '../../core/pki/path.ts'
import { have, run, versionOf } from '../pki/tools.ts'
import { day, ext, general, keyNumber, name, now, proper, revocationList, type Extension, type Plan } from './forge.ts'

let folder = ''
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'chains-')) })
afterAll(() => rmSync(folder, { recursive: true }))

type Change = { readonly extensions?: readonly Extension[]; readonly plan?: Partial<Plan> }
/**
 * What may be odd about a certificate; most of these are faults for CAs, some for leaves, some for none.
 * Not here, because openssl decides otherwise and the RFC is plain: the very second of notAfter (it belongs to the period,
 * 4.1.2.5; path.test.ts has it).
 */
const oddities: Readonly<Record<string, Change>> = {
  none: {},
  expired: { plan: { notAfter: now - day } },
  future: { plan: { notBefore: now + day } },
  notCa: { extensions: [ext.notCa(), ext.keyUsage(0)] },
  noCertSign: { extensions: [ext.keyUsage(6)] },
  short: { extensions: [ext.ca(0)] },
  shortish: { extensions: [ext.ca(1)] },
  unknown: { extensions: [ext.unknown(false)] },
  unknownCritical: { extensions: [ext.unknown(true)] },
  onlyExample: { extensions: [ext.constraints([general.dns('example.com')], [])] },
  noExample: { extensions: [ext.constraints([], [general.dns('example.com')])] },
  onlyNet: { extensions: [ext.constraints([general.ip(192, 0, 2, 0, 255, 255, 255, 0)], [])] },
  onlyMail: { extensions: [ext.constraints([general.email('.example.com')], [])] },
  onlyForge: { extensions: [ext.constraints([general.directory(forgeOnly())], [])] },
  policy: { extensions: [ext.policies('1.2.3')] },
  anyPolicy: { extensions: [ext.policies('2.5.29.32.0')] },
  mapped: { extensions: [ext.policies('1.2.3'), ext.mappings(['1.2.3', '1.2.4'])] },
  explicit: { extensions: [ext.policies('1.2.3'), ext.policyConstraints(0, null)] },
  explicitLater: { extensions: [ext.policies('1.2.3', '1.2.4'), ext.policyConstraints(1, 1)] },
  inhibited: { extensions: [ext.policies('2.5.29.32.0'), ext.inhibitAny(0)] },
}
/** The subtree O=Forge. */
function forgeOnly(): Uint8Array {
  const full = name('x')
  return Uint8Array.of(0x30, full[3]! + 2, ...full.subarray(2, 4 + full[3]!))
}
const leafOddities: Readonly<Record<string, Change>> = {
  none: {}, expired: oddities['expired']!, future: oddities['future']!, unknown: oddities['unknown']!, unknownCritical: oddities['unknownCritical']!,
  ca: { extensions: [ext.ca(), ext.keyUsage(5, 6)] },
  host: { extensions: [ext.san(general.dns('www.example.com'))] },
  otherHost: { extensions: [ext.san(general.dns('www.example.org'))] },
  address: { extensions: [ext.san(general.ip(192, 0, 2, 5))] },
  otherAddress: { extensions: [ext.san(general.ip(192, 0, 3, 5))] },
  mail: { extensions: [ext.san(general.email('a@b.example.com'))] },
  otherMail: { extensions: [ext.san(general.email('a@example.com'))] },
  policy: { extensions: [ext.policies('1.2.3')] },
  mappedPolicy: { extensions: [ext.policies('1.2.4')] },
  anyPolicy: { extensions: [ext.policies('2.5.29.32.0')] },
  elsewhere: { plan: { subject: name('Leaf', 'Elsewhere') } },
}
type Oddity = keyof typeof oddities

interface Recipe { readonly anchor: Oddity; readonly cas: readonly { readonly oddity: Oddity; readonly selfIssued: boolean }[]; readonly leaf: string; readonly breakAt: number | null; readonly revoke: number | null; readonly lists: boolean }
const often = <T>(usual: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: others })
const anything: fc.Arbitrary<Recipe> = fc.record({
  anchor: often('none', fc.constantFrom('expired', 'short', 'shortish', 'onlyExample', 'onlyForge', 'onlyNet')),
  cas: fc.array(fc.record({ oddity: often('none', fc.constantFrom(...Object.keys(oddities))), selfIssued: often(false, fc.boolean()) }), { maxLength: 4 }),
  leaf: often('none', fc.constantFrom(...Object.keys(leafOddities))),
  breakAt: often<number | null>(null, fc.nat(4)),
  revoke: often<number | null>(null, fc.nat(4)),
  lists: fc.boolean(),
})

/** Chains with no other fault than what their policies make. */
const aboutPolicies: fc.Arbitrary<Recipe> = fc.record({
  anchor: fc.constant('none'), breakAt: fc.constant(null), revoke: fc.constant(null), lists: fc.constant(false),
  cas: fc.array(fc.record({ oddity: fc.constantFrom('none', 'policy', 'anyPolicy', 'mapped', 'explicit', 'explicitLater', 'inhibited'), selfIssued: often(false, fc.boolean()) }), { minLength: 1, maxLength: 5 }),
  leaf: fc.constantFrom('none', 'policy', 'mappedPolicy', 'anyPolicy'),
})
/** Chains with no other fault than names outside of constraints. */
const aboutNames: fc.Arbitrary<Recipe> = fc.record({
  anchor: fc.constantFrom('none', 'onlyExample', 'onlyNet'), breakAt: fc.constant(null), revoke: fc.constant(null), lists: fc.constant(false),
  cas: fc.array(fc.record({ oddity: fc.constantFrom('none', 'onlyExample', 'noExample', 'onlyNet', 'onlyMail', 'onlyForge'), selfIssued: often(false, fc.boolean()) }), { minLength: 1, maxLength: 3 }),
  leaf: fc.constantFrom('host', 'otherHost', 'address', 'otherAddress', 'mail', 'otherMail', 'elsewhere'),
})
const recipe = fc.oneof(anything, aboutPolicies, aboutNames)

interface Made { readonly anchor: Certificate; readonly chain: readonly Certificate[]; readonly crls: readonly Crl[] }
function make({ anchor, cas, leaf, breakAt, revoke, lists }: Recipe): Made {
  const rootName = name('Root')
  const rootKey = keyNumber(0)
  const top = proper('anchor', rootName, rootKey, rootName, rootKey, oddities[anchor]!.extensions, oddities[anchor]!.plan)
  const chain: Certificate[] = []
  const crls: Crl[] = []
  let [issuer, issuerKey] = [rootName, rootKey]
  const listFor = (certificate: Certificate, at: number): void => {
    if (lists) crls.push(revocationList({ issuer, key: issuerKey, entries: revoke === at ? [{ serial: certificate.serial, reason: 1 }] : [] }))
  }
  for (const [i, { oddity, selfIssued }] of cas.entries()) {
    const key = keyNumber(i + 1)
    const subject = selfIssued && i > 0 ? issuer : name(`CA ${i}`)
    const { extensions, plan } = oddities[oddity]!
    const made = proper('ca', subject, key, issuer, breakAt === i ? keyNumber(9) : issuerKey, [ext.aki(issuerKey), ...(extensions ?? [])], plan)
    listFor(made, i)
    chain.push(made)
    ;[issuer, issuerKey] = [subject, key]
  }
  const { extensions, plan } = leafOddities[leaf]!
  const end = proper('leaf', name('Leaf'), keyNumber(8), issuer, breakAt === cas.length ? keyNumber(9) : issuerKey, [ext.aki(issuerKey), ...(extensions ?? [])], plan)
  listFor(end, cas.length)
  return { anchor: top, chain: [...chain, end], crls }
}

function openssl({ anchor, chain, crls }: Made): { valid: boolean; says: string } {
  const write = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text)
    return join(folder, file)
  }
  const pem = (list: readonly Certificate[]): string => list.map((c) => toPem('CERTIFICATE', c.der)).join('')
  const args = ['verify', '-x509_strict', '-policy_check', '-policy', '2.5.29.32.0', '-attime', String(now / 1000), '-no-CApath', '-no-CAstore', '-CAfile', write('anchor.pem', pem([anchor]))]
  if (chain.length > 1) args.push('-untrusted', write('chain.pem', pem(chain.slice(0, -1))))
  if (crls.length > 0) args.push('-crl_check_all', '-CRLfile', write('lists.pem', crls.map((c) => toPem('X509 CRL', c.der)).join('')))
  const { status, output } = run('openssl', [...args, write('leaf.pem', pem(chain.slice(-1)))])
  return { valid: status === 0, says: output.trim() }
}

const present = have('openssl')
test.skipIf(!present)('openssl is of the line this test was written against', () => expect(versionOf('openssl', 'version')).toMatch(/^OpenSSL 3\./))

test.skipIf(!present)('the same verdict as openssl on generated chains', { timeout: 120_000 }, () => {
  const seen = { valid: 0, invalid: 0 }
  fc.assert(fc.property(recipe, (plan) => {
    const made = make(plan)
    const ours = validatePath({
      leaf: made.chain.at(-1)!, intermediates: made.chain.slice(0, -1), anchors: [made.anchor], at: now, crls: made.crls.length > 0 ? made.crls : revocationElsewhere,
    })
    const theirs = openssl(made)
    seen[ours.valid ? 'valid' : 'invalid']++
    expect({ valid: ours.valid, why: ours.checks.filter((c) => !c.passed).map((c) => c.why) }, theirs.says).toMatchObject({ valid: theirs.valid })
  }), { numRuns: 150 })
  // A generator that only makes one kind compares nothing.
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(20)
})
