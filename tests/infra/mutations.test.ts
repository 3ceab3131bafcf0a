/**
 * Tests of the tests: every rule is seen to complain about the faults it is there for. First on spoiled copies of what was
 * synthesised; then on the stacks' sources, to see that the whole way from a line of the stacks to a complaint works.
 */
import { describe, expect, test } from 'vitest'
import { faults } from './mutations.ts'
import { complaints, rules, spoiled, viewOf } from './stages.ts'
import type { Mutation } from './synth/run.ts'
import { synthesise, type Stage } from './synthesise.ts'

test('every rule has a fault', () => {
  expect(rules.map((rule) => rule.name).filter((name) => !faults.some((fault) => fault.rule === name))).toEqual([])
})

describe('spoiled copies', () => {
  test.each(faults)('$rule ← $fault', ({ rule: name, stage, spoil }) => {
    const rule = rules.find((r) => r.name === name)
    expect(rule?.stages).toContain(stage)
    expect(rule!.check(viewOf(stage))).toEqual([])
    expect(complaints(rule!, spoiled(stage, spoil))).not.toEqual([])
  })
})

/** Lines of the stacks, and the rules that must see them changed. */
const lines: readonly { readonly fault: string; readonly stage: Stage; readonly mutation: Mutation; readonly seenBy: readonly string[] }[] = [
  {
    fault: 'SST’s own trust policy, which lets the account’s root assume every door', stage: 'production', seenBy: ['a role is assumed by one service and by nobody else'],
    mutation: { file: 'stacks/door.ts', find: "args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' })", replace: '' },
  },
  { fault: 'SST’s managed policy', stage: 'pr-7', seenBy: ['no managed policy: they grant on everything'], mutation: { file: 'stacks/door.ts', find: 'args.managedPolicyArns = []', replace: '' } },
  { fault: 'the counter signs', stage: 'pr-7', seenBy: ['keys of a preview as well, with its ceremony (simulated)', 'only one door has a signing right in its own role, whatever the key says'], mutation: { file: 'stacks/keys.ts', find: "'card-orders': { name: 'CardOrders', algorithm: 'ecdsa-p256-sha256', uses: [signs('authority')] }", replace: "'card-orders': { name: 'CardOrders', algorithm: 'ecdsa-p256-sha256', uses: [signs('graphql')] }" } },
  { fault: 'RAW for DIGEST', stage: 'pr-7', seenBy: ['keys of a preview as well, with its ceremony (simulated)', 'each signing right says algorithm and digest'], mutation: { file: 'stacks/keys.ts', find: "'kms:MessageType': 'DIGEST'", replace: "'kms:MessageType': 'RAW'" } },
  { fault: 'keys that a deploy may delete', stage: 'keys', seenBy: ['what is precious is protected and kept, each by itself'], mutation: { file: 'stacks/keys.ts', find: 'const guarded = { protect: lasting, retainOnDelete: lasting }', replace: 'const guarded = {}' } },
  { fault: 'the archive’s address in a variable', stage: 'pr-7', seenBy: ['no secret stands in a variable, a name, or anywhere but its secret', 'each door is told what it reads, and no more'], mutation: { file: 'stacks/gateway.ts', find: "environment: { CRL_BUCKET: bucket.url,", replace: "environment: { DATABASE_URL: archive.url('ocsp'), CRL_BUCKET: bucket.url," } },
  { fault: 'the API past the alias', stage: 'production', seenBy: ['the API reaches the live version'], mutation: { file: 'stacks/gateway.ts', find: 'api.route(route, ocsp.alias.arn, { auth })', replace: 'api.route(route, ocsp.function.arn, { auth })' } },
]

describe('faults in the stacks', () => {
  test.each(lines)('$fault', ({ stage, mutation, seenBy }) => {
    const view = viewOf(stage, { site: synthesise(stage, { mutations: [mutation] }) })
    const complaining = rules.filter((rule) => rule.stages.includes(stage) && complaints(rule, view).length > 0).map((rule) => rule.name)
    expect(complaining).toEqual(expect.arrayContaining([...seenBy]))
  })
  test('a sandbox asked for in production is no stage at all', () => {
    expect(() => synthesise('production', { mutations: [{ file: 'stacks/sandbox.ts', find: "if (site.kind !== 'preview') return { issuerUrl", replace: "if (site.kind === 'keys') return { issuerUrl" }] })).toThrow('test persons in production')
  })
  test('a mutation that fits nowhere is an error, not a pass', () => {
    expect(() => synthesise('keys', { mutations: [{ file: 'stacks/keys.ts', find: 'no such line', replace: '' }] })).toThrow('has «no such line» 0 times')
  })
})
