/**
 * What an authenticator says, verified by a library that is loaded when the first passkey comes: a door that sees none pays
 * nothing. Attestation 'none' and packed are taken and prove no maker; user verification is always demanded. Web Authentication
 * Level 3, 7.1 and 7.2.
 */
import type { Flaw, Webauthn } from '../../core/law/partner/passkey.ts'

type Library = typeof import('@simplewebauthn/server')
/** ES256, RS256 and EdDSA: COSE numbers. */
export const passkeyAlgorithms = [-7, -257, -8] as const
const largest = 10_000

export function webauthn(load: () => Promise<Library> = () => import('@simplewebauthn/server')): Webauthn {
  return {
    async attested({ challenge, origin, rpId, credential, clientData, attestation }) {
      if (Math.max(clientData.length, attestation.length) > largest || credential.length > 1_023) return { flaw: 'form' }
      const id = text(credential)
      return judged(async () => {
        const found = await (await load()).verifyRegistrationResponse({
          response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON: text(clientData), attestationObject: text(attestation) } },
          expectedChallenge: text(challenge), expectedOrigin: origin, expectedRPID: rpId, expectedType: 'webauthn.create', requireUserPresence: true, requireUserVerification: true, supportedAlgorithmIDs: [...passkeyAlgorithms],
        })
        if (!found.verified) return { flaw: 'attestation' }
        const { credential: made, credentialBackedUp: backedUp } = found.registrationInfo
        // The library does not hold the two names of the credential against each other.
        if (made.id !== id) return { flaw: 'form' }
        return { credential, publicKey: Uint8Array.from(made.publicKey), counter: made.counter, backedUp }
      })
    },
    async asserted({ challenge, origin, rpId, credential, clientData, authenticatorData, signature, publicKey, counter }) {
      if (Math.max(clientData.length, authenticatorData.length, signature.length) > largest) return { flaw: 'form' }
      const id = text(credential)
      return judged(async () => {
        const found = await (await load()).verifyAuthenticationResponse({
          response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON: text(clientData), authenticatorData: text(authenticatorData), signature: text(signature) } },
          expectedChallenge: text(challenge), expectedOrigin: origin, expectedRPID: rpId, expectedType: 'webauthn.get', requireUserVerification: true, credential: { id, publicKey: Uint8Array.from(publicKey), counter },
        })
        return found.verified ? { counter: found.authenticationInfo.newCounter } : { flaw: 'signature' }
      })
    },
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** The library throws for what does not hold, with a sentence; bytes that are no CBOR or JSON throw otherwise. All of it is the response's fault. */
async function judged<T>(look: () => Promise<T | { readonly flaw: Flaw }>): Promise<T | { readonly flaw: Flaw }> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { flaw: flaws.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'form' }
  }
}

const flaws: readonly (readonly [RegExp, Flaw])[] = [
  [/response type/i, 'type'], [/response challenge/i, 'challenge'], [/origin/i, 'origin'], [/RP ID/i, 'rpId'], [/user (not present|presence|verification)|could not be verified/i, 'userVerification'],
  [/counter/i, 'counter'], [/alg/i, 'algorithm'], [/attestation|fmt|attStmt/i, 'attestation'],
]
