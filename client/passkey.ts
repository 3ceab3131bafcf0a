/**
 * Passkeys at a partner: between the gateway's answers and `navigator.credentials` of a browser, both ways. The options are
 * made on the server, sent to the page as JSON, and what the authenticator answered comes back and goes to the gateway.
 *
 *   page:   navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
 *   server: enrolPasskey(input: { offer, ...enrolmentOf(credential.toJSON()), idempotencyKey })
 */

/** What `offerPasskey` answers, as far as it is needed. */
export interface PasskeyOffer { readonly challenge: string; readonly rpId: string; readonly userHandle: string }

/** PublicKeyCredentialCreationOptionsJSON. `name` is for the person's eyes alone and never reaches the gateway. */
export const creationOptions = (offer: PasskeyOffer, name: { readonly service: string; readonly account: string }) => ({
  rp: { id: offer.rpId, name: name.service }, user: { id: url(offer.userHandle), name: name.account, displayName: name.account }, challenge: url(offer.challenge),
  pubKeyCredParams: [-7, -257, -8].map((alg) => ({ type: 'public-key' as const, alg })), attestation: 'none' as const, timeout: 120_000,
  authenticatorSelection: { residentKey: 'required' as const, userVerification: 'required' as const },
})

/** PublicKeyCredentialRequestOptionsJSON for a challenge that asked for AAL2 (`digest` of `createLoginChallenge`). */
export const requestOptions = (digest: string, rpId: string) => ({ challenge: url(digest), rpId, userVerification: 'required' as const, timeout: 55_000, allowCredentials: [] })

/** `PublicKeyCredential.toJSON()` of a registration. */
export interface RegistrationJson { readonly rawId: string; readonly response: { readonly clientDataJSON: string; readonly attestationObject: string } }
/** The same of an assertion. */
export interface AssertionJson { readonly rawId: string; readonly response: { readonly clientDataJSON: string; readonly authenticatorData: string; readonly signature: string } }

/** Fields of `enrolPasskey`. */
export const enrolmentOf = ({ rawId, response }: RegistrationJson) => ({ credential: plain(rawId), clientData: plain(response.clientDataJSON), attestation: plain(response.attestationObject) })
/** Fields of `answerLoginWithPasskey`. */
export const answerOf = ({ rawId, response }: AssertionJson) => ({ credential: plain(rawId), clientData: plain(response.clientDataJSON), authenticatorData: plain(response.authenticatorData), signature: plain(response.signature) })

/** Browsers write base64url, GraphQL's `Bytes` is base64. */
const url = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const plain = (base64url: string): string => {
  const text = base64url.replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}
