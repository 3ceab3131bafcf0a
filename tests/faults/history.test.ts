/** The checker itself: it must see what it is there for. */
import { expect, test } from 'vitest'
import { contradictions, type Operation } from './history.ts'

const operation = (over: Partial<Operation>): Operation => ({ kind: 'release', subject: 'cns_1', key: 'k', start: 0, end: 1, outcome: 'ok', ...over })
const withdrawn = operation({ kind: 'withdraw', start: 10, end: 20 })

test.each<[string, Operation[], number]>([
  ['released before the withdrawal was asked for', [operation({ end: 5 }), withdrawn], 0],
  ['released while it was under way', [withdrawn, operation({ start: 19, end: 30 })], 0],
  ['released after it was acknowledged', [withdrawn, operation({ start: 21, end: 30 })], 1],
  ['refused after it was acknowledged', [withdrawn, operation({ start: 21, end: 30, outcome: 'CONSENT_NOT_IN_FORCE' })], 0],
  ['another consent', [withdrawn, operation({ subject: 'cns_2', start: 21, end: 30 })], 0],
  ['a withdrawal that nobody acknowledged', [{ ...withdrawn, outcome: 'fault' }, operation({ start: 21, end: 30 })], 0],
  ['the first of two acknowledgements counts', [withdrawn, { ...withdrawn, end: 90 }, operation({ start: 50, end: 60 })], 1],
  ['good after its revocation', [operation({ kind: 'revoke', end: 20 }), operation({ kind: 'status', start: 21, end: 22, outcome: 'good' })], 1],
  ['unknown after its revocation', [operation({ kind: 'revoke', end: 20 }), operation({ kind: 'status', start: 21, end: 22, outcome: 'unknown' })], 1],
  ['revoked after its revocation', [operation({ kind: 'revoke', end: 20 }), operation({ kind: 'status', start: 21, end: 22, outcome: 'revoked' })], 0],
])('%s', (_, history, n) => {
  expect(contradictions(history)).toHaveLength(n)
})
