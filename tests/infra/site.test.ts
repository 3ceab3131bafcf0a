/** The site as it is, stage by stage, rule by rule; and what a stage may be told about itself. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { siteOf } from '../../stacks/site.ts'
import { listed, places } from './listing.ts'
import { evaluate, parsePolicy } from './policy.ts'
import { keysOf, unexpectedUses, usesAtCeremony } from './rules/access.ts'
import { named, ofType } from './rules/view.ts'
import { rules, synthesisOf, viewOf } from './stages.ts'
import { environments, pins, stages, synthesise } from './synthesise.ts'

beforeAll(() => {
  for (const stage of stages) synthesisOf(stage)
})

describe.each(stages)('stage %s', (stage) => {
  test.each(rules.filter((rule) => rule.stages.includes(stage)))('$name', (rule) => {
    expect(rule.check(viewOf(stage))).toEqual([])
  })
})

describe.each(Object.entries(places))('%s', (file, textOf) => {
  test.each(stages)('lists what %s consists of: npm run stacks:list -- --write', (stage) => {
    expect(listed(file, stage)).toBe(textOf(stage, synthesisOf(stage)))
  })
})

test('the short listing fits a screen', () => {
  for (const stage of stages) expect(places['README.md']!(stage, synthesisOf(stage)).split('\n').length).toBeLessThanOrEqual(40)
})

test('tokens that are bound to no key are taken where the environment of the stage says so, and from those it names', () => {
  const of = (env: Readonly<Record<string, string>>) => (named(synthesise('pr-7', { env }), 'aws:lambda/function:Function', 'GraphqlFunction').inputs['environment'].variables as Record<string, string>)['BEARER_TOKENS']
  expect([of({}), of({ BEARER_TOKENS: 'citizen' })]).toEqual([undefined, 'citizen'])
  expect(() => siteOf('production', { ...environments.production, BEARER_TOKENS: 'partner' })).toThrow('BEARER_TOKENS does not fit')
})

test('the pages of a preview are known to its own authorization server by the key that they hold, the same at every deployment', () => {
  const of = (site: ReturnType<typeof synthesise>) => {
    const held = (JSON.parse(String(named(site, 'aws:secretsmanager/secretVersion:SecretVersion', 'PagesSecret').inputs['secretString'])) as Record<string, string>)['PAGES_KEY']!
    const told = (named(site, 'aws:lambda/function:Function', 'SandboxFunction').inputs['environment'].variables as Record<string, string>)['PAGES_PUBLIC_KEY']!
    const { d, ...half } = JSON.parse(held) as Record<string, string>
    const signature = sign('sha256', Buffer.from('challenge'), createPrivateKey({ key: { ...half, d } as never, format: 'jwk' }))
    expect([half, verify('sha256', Buffer.from('challenge'), createPublicKey({ key: JSON.parse(told) as never, format: 'jwk' }), signature)]).toEqual([JSON.parse(told), true])
    return held
  }
  expect(of(synthesise('pr-7'))).toBe(of(synthesisOf('pr-7')))
})

test('a preview takes no authorization server from elsewhere', () => {
  const site = synthesise('pr-7', { env: { ISSUER_URL: 'https://login.example', PAGES_CLIENT: 'x', PAGES_KEY: '{"kty":"EC","alg":"ES256","d":"private-key-of-the-pages"}' } })
  expect((named(site, 'aws:lambda/function:Function', 'GraphqlFunction').inputs['environment'].variables as Record<string, string>)['ISSUER_URL']).toMatch(/^https:\/\/[^/]+\/oauth$/)
})

describe('the ceremony in production', () => {
  const until = '2026-12-01T09:00:00Z'
  test('has a window in both apps, and its right ends by itself', () => {
    const open = { env: { CEREMONY_UNTIL: until } }
    const [site, keys] = [synthesise('production', open), synthesise('keys', open)]
    expect(site.builds.map((b) => b.handler)).toContain('functions/ceremony.handler')
    expect(unexpectedUses(viewOf('production', { site, keys }), usesAtCeremony, '2026-12-01T08:59:59Z')).toEqual([])
    const after = unexpectedUses(viewOf('production', { site, keys }), usesAtCeremony, until)
    expect(after).toHaveLength(2)
    expect(after.every((line) => line.startsWith('may not, and must: ceremony '))).toBe(true)
    // The window of one app alone opens nothing.
    expect(unexpectedUses(viewOf('production', { site }), usesAtCeremony)).toHaveLength(2)
  })
})

describe('the next generation', () => {
  test('P-384 by configuration: another key, another algorithm, in key and policy', () => {
    const view = viewOf('pr-7', { site: synthesise('pr-7', { env: { CA_ALGORITHM: 'ecdsa-p384-sha384' } }) })
    const key = named(view.site, 'aws:kms/key:Key', 'SignatureCa')
    expect(key.inputs['customerMasterKeySpec']).toBe('ECC_NIST_P384')
    const authority = named(view.site, 'aws:iam/role:Role', 'AuthorityRole')
    const sign = (algorithm: string) => evaluate({ principal: authority.outputs['arn'], action: 'kms:Sign', resource: key.outputs['arn'], context: { 'kms:SigningAlgorithm': algorithm, 'kms:MessageType': 'DIGEST' } }, [parsePolicy(authority.inputs['inlinePolicies'][0].policy)], keysOf(view).find((k) => k.role === 'signature-ca')!.policy)
    expect([sign('ECDSA_SHA_384'), sign('RSASSA_PKCS1_V1_5_SHA_256')]).toEqual(['allowed', 'not allowed'])
  })
})

describe('what a stage is told', () => {
  const production = environments.production
  test.each([
    ['no account', { AWS_ACCOUNT_ID: '' }, 'AWS_ACCOUNT_ID is missing'],
    ['an alias in place of a key', { KMS_KEYS: JSON.stringify({ ...pins, 'signature-ca': { ...pins['signature-ca'], arn: 'arn:aws:kms:ap-northeast-1:111111111111:alias/x' } }) }, 'KMS_KEYS names no key of this account for signature-ca'],
    ['a key of another account', { KMS_KEYS: JSON.stringify({ ...pins, checkpoint: { ...pins.checkpoint, arn: pins.checkpoint.arn.replace('111111111111', '222222222222') } }) }, 'KMS_KEYS names no key of this account for checkpoint'],
    ['a key without its public key', { KMS_KEYS: JSON.stringify({ ...pins, 'card-orders': { arn: pins['card-orders'].arn } }) }, 'KMS_KEYS does not pin the public key and algorithm of card-orders'],
    ['pins that are no JSON', { KMS_KEYS: '{not json}' }, 'KMS_KEYS is not JSON'],
    ['an issuer without TLS', { ISSUER_URL: 'http://login.example' }, 'ISSUER_URL does not fit'],
    ['nobody to wake', { ALARMS_TO: '' }, 'ALARMS_TO is missing'],
    ['pages that are nobody', { PAGES_CLIENT: '' }, 'PAGES_CLIENT is missing'],
    ['pages without a key', { PAGES_KEY: '' }, 'PAGES_KEY is missing'],
    ['pages with a public key', { PAGES_KEY: '{"kty":"EC","alg":"ES256","x":"a"}' }, 'PAGES_KEY is not a private JSON Web Key'],
    ['a window without an end', { CEREMONY_UNTIL: 'tomorrow' }, 'CEREMONY_UNTIL does not fit'],
  ])('%s stops production', (_, env, complaint) => {
    expect(() => siteOf('production', { ...production, ...env })).toThrow(complaint)
  })
  test('all complaints at once, and no value among them', () => {
    const said = (() => { try { siteOf('production', { KMS_KEYS: '{"secret":"value-of-a-variable"}' }); return '' } catch (error) { return String(error) } })()
    for (const name of ['AWS_ACCOUNT_ID', 'NEON_PROJECT', 'ISSUER_URL', 'GATEWAY_NAME', 'ZONE_ID', 'PROBE_OCSP', 'ALARMS_TO', 'signature-ca']) expect(said).toContain(name)
    expect(said).not.toContain('value-of-a-variable')
  })
  test('a name that SST or KMS would refuse is no stage', () => {
    for (const stage of ['pr_8', 'PR-8', 'a-stage-with-a-name-much-too-long', '']) expect(() => siteOf(stage, environments['pr-7'])).toThrow('is not a short lower-case name')
    expect(siteOf('pr-12345', environments['pr-7']).kind).toBe('preview')
  })
  test('a deployment without its variables stops before any resource', () => {
    expect(() => synthesise('production', { env: { KMS_KEYS: '' } })).toThrow('KMS_KEYS is missing')
  })
  test('the keys’ app prints what goes into KMS_KEYS', () => {
    const printed = JSON.parse(String(synthesisOf('keys').outputs['KMS_KEYS'])) as Record<string, { arn: string; spkiSha256?: string }>
    expect(Object.keys(printed)).toEqual(Object.keys(pins))
    expect(() => siteOf('production', { ...production, KMS_KEYS: JSON.stringify(printed) })).not.toThrow()
    expect(ofType(synthesisOf('keys'), 'aws:kms/key:Key').map((k) => k.outputs['arn'])).toEqual(Object.values(printed).map((k) => k.arn))
  })
})
