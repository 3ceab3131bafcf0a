/** Figures in the lines of the log: as CloudWatch's embedded metric format has them, and as the doors tell them. */
import { buildSchema, graphql } from 'graphql'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { jsonLog } from '../../functions/environment.ts'
import { embedded, figures } from '../../functions/environment/metrics.ts'
import { watchRefusals } from '../../functions/environment/refusals.ts'
import { within } from '../../functions/environment/trace.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('a line', () => {
  test('counts one, alone and by what tells it apart', () => {
    expect(embedded('production', 'refused', { code: 'CONSENT_NOT_IN_FORCE' }, 5)).toEqual({
      Refused: 1, _aws: { Timestamp: 5, CloudWatchMetrics: [{ Namespace: 'Mynagate/production', Dimensions: [[], ['code']], Metrics: [{ Name: 'Refused', Unit: 'Count' }] }] },
    })
  })
  test('bears the figures of its facts; one that is not there is not told as nothing', () => {
    const line = embedded('pr-7', 'health', { listAge: 90, waiting: 0, checkpointAge: null }, 5)
    expect(line).toMatchObject({ ListAge: 90, Waiting: 0 })
    expect((line['_aws'] as { CloudWatchMetrics: { Metrics: { Name: string; Unit: string }[] }[] }).CloudWatchMetrics.flatMap((m) => m.Metrics)).toEqual([{ Name: 'ListAge', Unit: 'Seconds' }, { Name: 'Waiting', Unit: 'Count' }])
  })
  test('of any other event counts nothing', () => {
    for (const event of ['graphql.answered', 'toString', '__proto__']) expect(embedded('x', event, { code: 'y' }, 0)).toEqual({})
  })
  test('is written whole, with its trace', () => {
    const lines: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => (lines.push(String(text)), true))
    vi.stubEnv('STAGE', 'pr-7')
    within({ id: 'a'.repeat(32), span: 'b'.repeat(16), sampled: false }, () => jsonLog('info', 'signed', { role: 'signature-ca' }))
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', event: 'signed', role: 'signature-ca', trace: 'a'.repeat(32), span: 'b'.repeat(16), Signed: 1, _aws: { CloudWatchMetrics: [{ Namespace: 'Mynagate/pr-7' }] } })
  })
  test('names of figures are told apart, and no figure is told apart by a person', () => {
    const all = Object.values(figures).flat()
    expect(new Set(all.map((f) => f.name)).size).toBe(all.length)
    expect(all.flatMap((f) => (f.by === undefined ? [] : [f.by])).toSorted()).toEqual(['code', 'kind', 'role'])
  })
})

test('a refusal is told though the document asks for nothing of it', async () => {
  const told: [string, string][] = []
  const schema = watchRefusals<{ requestId: string }>(buildSchema('type Query { act(no: Boolean!): Outcome!, other: Other! } union Outcome = Done | Refused union Other = Done | Else type Done { ok: Boolean } type Refused { code: String } type Else { code: String }'), async ({ code }, { requestId }) => void told.push([code, requestId]))
  for (const [name, type] of [['Outcome', 'Refused'], ['Other', 'Else']] as const) Object.assign(schema.getType(name)!, { resolveType: (value: { code?: string }) => (value.code === undefined ? 'Done' : type) })
  const watched = watchRefusals<{ requestId: string }>(schema, async ({ code }, { requestId }) => void told.push([code, requestId]))
  const ask = (source: string) => graphql({ schema: watched, source, contextValue: { requestId: 'r' }, rootValue: { act: ({ no }: { no: boolean }) => (no ? { code: 'CONFLICT' } : { ok: true }), other: { code: 'x' } } })
  expect((await ask('{ act(no: true) { __typename } }')).data).toMatchObject({ act: { __typename: 'Refused' } })
  await ask('{ act(no: false) { __typename } other { __typename } }')
  expect(told).toEqual([['CONFLICT', 'r']])
})
