/**
 * LocalStack 4.9.2 against AWS's documentation. It is laxer than KMS; where it is stands in the table below, and each line
 * is held against it: a green run here is no more than it says.
 */
import { afterAll, beforeAll } from 'vitest'
import { kmsAt, kmsConformance, type Deviations, type Kms } from '../harness/kms-conformance.ts'
import { startLocalStack, type LocalStack } from './start.ts'

const deviations: Deviations = {
  'Sign: a RAW message of 4,097 octets': { instead: 'ok', why: 'no limit of length' },
  'Sign: an algorithm of another curve': { instead: 'ok', why: 'hashes as asked, whatever the curve' },
  'Sign: RSA asked of an elliptic curve': { instead: 'InternalError', why: 'fails inside (500) in place of saying no' },
  'Sign: ECDSA asked of RSA': { instead: 'InternalError', why: 'fails inside (500) in place of saying no' },
  'Sign: a message type that is none': { instead: 'ok', why: 'takes what it does not know for RAW' },
  'Sign: a dry run': { instead: 'ok', why: 'does not know DryRun and does it' },
  'Encrypt: a dry run': { instead: 'ok', why: 'does not know DryRun and does it' },
  'GenerateDataKey: a dry run': { instead: 'ok', why: 'does not know DryRun and does it' },
  'GetPublicKey: of a symmetric key': { instead: 'ok', why: 'gives a public key of what has none' },
  'CreateKey: RSA without a usage': { instead: 'ok', why: 'usage and spec are not held against each other' },
  'CreateKey: a symmetric key that signs': { instead: 'ok', why: 'usage and spec are not held against each other' },
  'CreateKey: a curve that encrypts': { instead: 'ok', why: 'usage and spec are not held against each other' },
  'CreateKey: a policy that is not JSON': { instead: 'ok', why: 'a policy is any text' },
  'PutKeyPolicy: one that is not JSON': { instead: 'ok', why: 'a policy is any text' },
  'CreateKey: a policy that locks its author out': { instead: 'ok', why: 'no lock-out check' },
  'PutKeyPolicy: one that locks its author out': { instead: 'ok', why: 'no lock-out check' },
  'Key states: GetPublicKey, disabled': { instead: 'ok', why: 'the state is looked at for cryptography alone' },
  'Key states: CancelKeyDeletion, disabled': { instead: 'DisabledException', why: 'another name for the same no' },
  'GenerateDataKey: neither a spec nor a length': { instead: 'ok', why: 'input is not checked' },
  'GenerateDataKey: both a spec and a length': { instead: 'ok', why: 'input is not checked' },
  'GenerateDataKey: 1,025 octets': { instead: 'ok', why: 'input is not checked' },
  'Key policies: what nobody allows': { instead: 'ok', why: 'policies are kept and not enforced' },
  'Key policies: what is denied to everybody': { instead: 'ok', why: 'policies are kept and not enforced' },
  'Key policies: another account': { instead: 'ok', why: 'policies are kept and not enforced' },
  'Key policies: kms:MessageType DIGEST alone, RAW': { instead: 'ok', why: 'policies are kept and not enforced' },
}

let stack: LocalStack
let kms: Kms
beforeAll(async () => {
  stack = await startLocalStack()
  kms = kmsAt(stack.endpoint)
})
afterAll(async () => {
  kms?.client.destroy()
  await stack?.stop()
})

kmsConformance('LocalStack', () => kms, deviations)
