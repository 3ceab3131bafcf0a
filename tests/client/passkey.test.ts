/** Between the browser's JSON and GraphQL's octets, both ways. */
import { expect, test } from 'vitest'
import { answerOf, creationOptions, enrolmentOf, requestOptions } from '../../client/passkey.ts'

const octets = (n: number) => Buffer.from(Array.from({ length: n }, (_, i) => 255 - i))

test('options: base64url, user verification and a resident key demanded', () => {
  const [challenge, userHandle] = [octets(32).toString('base64'), octets(31).toString('base64')]
  const options = creationOptions({ challenge, rpId: 'bank.example', userHandle }, { service: '見本銀行', account: 'hanako' })
  expect([options.challenge, options.user.id, options.rp]).toEqual([octets(32).toString('base64url'), octets(31).toString('base64url'), { id: 'bank.example', name: '見本銀行' }])
  expect([options.authenticatorSelection, options.attestation, options.pubKeyCredParams.map((p) => p.alg)]).toEqual([{ residentKey: 'required', userVerification: 'required' }, 'none', [-7, -257, -8]])
  expect(requestOptions(challenge, 'bank.example')).toEqual({ challenge: octets(32).toString('base64url'), rpId: 'bank.example', userVerification: 'required', timeout: 55_000, allowCredentials: [] })
})

test.each([1, 2, 3, 4, 31, 32, 33])('answers of %i octets come back as they were', (n) => {
  const [there, here] = [octets(n).toString('base64url'), octets(n).toString('base64')]
  expect(enrolmentOf({ rawId: there, response: { clientDataJSON: there, attestationObject: there } })).toEqual({ credential: here, clientData: here, attestation: here })
  expect(answerOf({ rawId: there, response: { clientDataJSON: there, authenticatorData: there, signature: there } })).toEqual({ credential: here, clientData: here, authenticatorData: here, signature: here })
})
