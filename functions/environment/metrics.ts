/**
 * What is counted, as a table over the events of the log: CloudWatch reads the figures out of the very line that says what
 * happened (embedded metric format), and so can anybody offline. No library: @aws-lambda-powertools/metrics writes lines of
 * its own beside ours and takes six milliseconds of a door's hundred, an object literal none.
 *
 * A figure never bears a name that a person could be found by: dimensions are codes, roles, kinds.
 */
export type Unit = 'Count' | 'Seconds'
interface Figure { readonly name: string; readonly unit: Unit; /** The fact that holds it; absent: one. */ readonly fact?: string; /** The fact it is told apart by. */ readonly by?: string }

export const figures: Readonly<Record<string, readonly Figure[]>> = {
  released: [{ name: 'Released', unit: 'Count' }],
  refused: [{ name: 'Refused', unit: 'Count', by: 'code' }],
  signed: [{ name: 'Signed', unit: 'Count', by: 'role' }],
  issued: [{ name: 'Issued', unit: 'Count', by: 'kind' }],
  health: [{ name: 'ListAge', unit: 'Seconds', fact: 'listAge' }, { name: 'Waiting', unit: 'Count', fact: 'waiting' }, { name: 'CheckpointAge', unit: 'Seconds', fact: 'checkpointAge' }],
  'ocsp.answered': [{ name: 'OcspGood', unit: 'Count', fact: 'good' }, { name: 'OcspRevoked', unit: 'Count', fact: 'revoked' }, { name: 'OcspUnknown', unit: 'Count', fact: 'unknown' }, { name: 'OcspFailed', unit: 'Count', fact: 'failed' }],
}

export const namespaceOf = (stage: string): string => `Mynagate/${stage}`

/** Members to be added to the line of an event; none where it counts nothing. `now`: epoch milliseconds. */
export function embedded(stage: string, event: string, facts: Readonly<Record<string, unknown>>, now: number): Readonly<Record<string, unknown>> {
  const counted = (Object.hasOwn(figures, event) ? figures[event]! : []).flatMap(({ name, unit, fact, by }) => {
    const value = fact === undefined ? 1 : facts[fact]
    return typeof value === 'number' && Number.isFinite(value) ? [{ name, unit, value, by: by !== undefined && typeof facts[by] === 'string' ? by : null }] : []
  })
  if (counted.length === 0) return {}
  const directives = counted.map(({ name, unit, by }) => ({ Namespace: namespaceOf(stage), Dimensions: by === null ? [[]] : [[], [by]], Metrics: [{ Name: name, Unit: unit }] }))
  return { ...Object.fromEntries(counted.map(({ name, value }) => [name, value])), _aws: { Timestamp: now, CloudWatchMetrics: directives } }
}
