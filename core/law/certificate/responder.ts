/**
 * The delegated OCSP responder: a key of its own, short-lived, certified by the CA key. Its private key exists only
 * wrapped by a KMS key, and unwrapped in the OCSP door.
 *
 * @rfc 6960 4.2.2.2
 */
import { assemble, ocspResponderTbs } from '../../pki/certificate.ts'
import { lintOcspResponder, signLinted } from '../../pki/lint.ts'
import { begin, type Act } from '../act.ts'
import { system } from '../actor.ts'
import { fromHex, newSerial, type IssuerKeyId, type SerialNumber } from '../ids.ts'
import { isRefusal, type Result } from '../refusal.ts'
import { after, hour, second, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export interface Responder {
  readonly issuer: IssuerKeyId
  readonly serial: SerialNumber
  readonly certificate: Uint8Array
  /** PKCS#8, encrypted under the wrapping key. */
  readonly sealedKey: Uint8Array
  readonly notBefore: Instant
  readonly notAfter: Instant
}
export interface Responders {
  /** The one with the longest life left. */
  current(issuer: IssuerKeyId): Promise<Responder | null>
  add(act: Act, responder: Responder): Promise<Result<void>>
}
export interface ResponderKeys {
  /** A new key pair whose private half leaves the KMS only wrapped. */
  make(): Promise<{ readonly spki: Uint8Array; readonly sealedKey: Uint8Array }>
}

const life = 48 * hour

/** A new responder for every issuer whose present one has entered the last third of its life. */
export async function renewResponders(world: Uses<'clock' | 'random' | 'authorities' | 'settings'> & { responders: Responders; responderKeys: ResponderKeys }): Promise<number> {
  let made = 0
  for (const authority of world.authorities.all) {
    const now = world.clock.now()
    const present = await world.responders.current(authority.keyId)
    if (present !== null && present.notAfter - now > life / 3) continue
    if (authority.signer === null) throw new Error(`no signer for issuer ${authority.keyId}`)
    const { spki, sealedKey } = await world.responderKeys.make()
    const notBefore = after(now, -(now % second) - 5 * 60 * second)
    const notAfter = after(notBefore, life)
    const serial = newSerial(world.random)
    const input = { issuer: authority.certificate, serial: fromHex(serial), spki, notBefore, notAfter }
    const linted = lintOcspResponder(ocspResponderTbs(input, world.settings.profile), input, world.settings.profile)
    const certificate = assemble(linted, await signLinted(authority.signer, linted))
    const act: Act = { ...begin('responder.issue', system('authority'), now, { issuer: authority.keyId }), subject: serial, facts: { issuer: authority.keyId } }
    if (!isRefusal(await world.responders.add(act, { issuer: authority.keyId, serial, certificate, sealedKey, notBefore, notAfter }))) made++
  }
  return made
}
