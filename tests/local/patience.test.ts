import { expect, test } from 'vitest'
import type { KmsClient } from '../../core/pki/kms.ts'
import { SignerAway, SignerFault } from '../../core/pki/signer.ts'
import { patient } from '../../local/http/patience.ts'

const failing = (times: number, fault: () => Error) => {
  let calls = 0
  const kms: KmsClient = { call: async (run) => { if (++calls <= times) throw fault(); return run(undefined as never, undefined as never, undefined as never) }, close: async () => undefined }
  return { kms: patient(kms, { tries: 3, delay: () => 0 }), calls: () => calls }
}

test('waits for a KMS that is away', async () => {
  const { kms, calls } = failing(2, () => new SignerAway('away', 0))
  expect([await kms.call(async () => 'signed'), calls()]).toEqual(['signed', 3])
})

test('not for ever', async () => {
  const { kms, calls } = failing(9, () => new SignerAway('away', 0))
  await expect(kms.call(async () => 'signed')).rejects.toThrow(SignerAway)
  expect(calls()).toBe(3)
})

test('and not where a repeat cures nothing', async () => {
  const { kms, calls } = failing(1, () => new SignerFault('denied'))
  await expect(kms.call(async () => 'signed')).rejects.toThrow(SignerFault)
  expect(calls()).toBe(1)
})
