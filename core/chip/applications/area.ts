/**
 * 空き領域: an application of a municipality, a ministry or a private body, in memory that its order reserves. Files as in
 * the one real example known (マイナ免許証): 0001 records, 0006 PIN, 001A `C1 01 xx` whether a PIN is set, free to read.
 */
import type { Operation, OrderOutcome } from '../order.ts'
import { areaPin } from '../session.ts'
import { anyOf, free, type Application, type Card, type ElementaryFile, type Quota } from '../state.ts'

export const areaEf = { records: 0x01, pin: areaPin, pinState: 0x1a } as const

type Install = Extract<Operation, { kind: 'INSTALL' }>

/** Octets that files and headers of an area take beside its records. */
export const areaOverhead = 64

export const usedSpace = (card: Card): Quota => card.applications.reduce<Quota>(
  (sum, { area }) => (area === null ? sum : { code: sum.code + area.quota.code, data: sum.data + area.quota.data, volatile: sum.volatile + area.quota.volatile }),
  { code: 0, data: 0, volatile: 0 },
)

/** The card with the area on it, or why not. No name may be a prefix of another: SELECT goes by prefix. */
export function installArea(card: Card, op: Install): Card | OrderOutcome {
  if (card.applications.some((a) => overlaps(a.aid, op.aid))) return 'already-there'
  if (op.records.count * op.records.size + areaOverhead > op.quota.data) return 'no-space'
  const used = usedSpace(card)
  const fits = (['code', 'data', 'volatile'] as const).every((k) => used[k] + op.quota[k] <= card.freeSpace[k])
  if (!fits) return 'no-space'
  const area: Application = { kind: 'area', aid: op.aid, files: areaFiles(op), area: { label: op.label, quota: op.quota, pin: op.pin, locked: false } }
  return { ...card, applications: [...card.applications, area] }
}

function areaFiles(op: Install): ElementaryFile[] {
  return [
    { type: 'record', id: areaEf.records, records: [], read: op.pin.required ? anyOf(areaEf.pin) : free, room: op.records },
    { type: 'pin', id: areaEf.pin, value: null, tries: op.pin.tries, left: op.pin.tries, form: { kind: 'digits', length: op.pin.digits } },
    { type: 'binary', id: areaEf.pinState, data: Uint8Array.of(0xc1, 0x01, 0x00), read: free },
  ]
}

function overlaps(a: Uint8Array, b: Uint8Array): boolean {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return false
  return true
}
