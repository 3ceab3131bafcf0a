import { describe, expect, test } from 'vitest'
import { erasedKinds, keptByOthers } from '../../core/law/record/erasure.ts'
import { dutyOn, erasableThrough, keepThrough, retention, type RecordKind } from '../../core/law/record/retention.ts'
import { addDays, legalDate } from '../../core/law/time.ts'

const d = legalDate

describe('how long records are kept', () => {
  // Each row of the table once.
  test.each<[RecordKind, string, string, string | null]>([
    ['issuance-record', '施行令 第2条: ten years from the day after expiry', '2030-02-17', '2040-02-17'],
    ['revocation-entry', '施行令 第3条–第6条: until the expiry of the certificate', '2030-02-17', '2030-02-17'],
    ['revocation-file', '施行令 第7条: ten years', '2026-11-25', '2036-11-25'],
    ['application', '施行規則 第82条: fifteen years from receipt', '2026-11-25', '2041-11-25'],
    ['accredited-papers', '施行規則 第82条: ten years from the day after expiry', '2030-02-17', '2040-02-17'],
    ['received-by-verifier', '施行令 第15条の3: gone when the service ends', '2026-11-25', null],
    ['yearly-report', '施行規則 第72条: five years', '2026-11-25', '2031-11-25'],
    ['customer-identification', '犯罪収益移転防止法 第6条第2項: seven years', '2026-11-25', '2033-11-25'],
    ['consent', 'not fixed; a setting', '2036-11-25', '2046-11-25'],
    ['my-number-log', 'not fixed; a setting', '2026-11-25', '2033-11-25'],
    ['decision-record', 'not fixed; a setting', '2026-11-25', '2027-11-25'],
  ])('%s (%s)', (kind, _, start, last) => {
    expect(keepThrough(kind, d(start))).toBe(last)
    if (last !== null) expect([dutyOn(kind, d(start), d(last)), dutyOn(kind, d(start), addDays(d(last), 1))]).toEqual(['keep', 'free'])
  })

  test('施行令 第15条の3・第25条の4: what a verifier received goes at once, on the day itself', () => {
    expect(['2026-11-24', '2026-11-25', '2027-01-01'].map((day) => dutyOn('received-by-verifier', d('2026-11-25'), d(day)))).toEqual(['free', 'erase', 'erase'])
  })

  test('every row of the table is erased here or kept by somebody else', () => {
    expect([...erasedKinds, ...keptByOthers].toSorted()).toEqual(Object.keys(retention).toSorted())
    for (const kind of erasedKinds) expect([kind, erasableThrough(kind, d('2060-01-01'))]).toEqual([kind, expect.any(String)])
    expect([erasableThrough('revocation-entry', d('2030-02-18')), erasableThrough('received-by-verifier', d('2030-02-18')), erasableThrough('my-number-log', d('2033-11-26'))]).toEqual(['2030-02-17', '2030-02-18', '2026-11-25'])
  })

  test('民法 第143条第2項: the day before the corresponding one, or the end of the month', () => {
    // From 1 March 2024 ten years run through 28 February 2034; from 29 February 2024 too, for want of a 29th.
    expect(keepThrough('issuance-record', d('2024-02-29'))).toBe('2034-02-28')
    expect(keepThrough('issuance-record', d('2024-02-28'))).toBe('2034-02-28')
    expect(keepThrough('issuance-record', d('2024-02-27'))).toBe('2034-02-27')
    expect(keepThrough('issuance-record', d('2026-02-28'))).toBe('2036-02-29')
  })

  test('every rule names its basis', () => {
    for (const rule of Object.values(retention)) expect(rule.basis).toMatch(/第\d+条|not fixed/)
  })
})
