/**
 * The doormat: what each door is given, and no more than its trust allows. Only the two doors that sign have a signer in
 * their world; the door on the internet has none.
 */
import type { Responders, ResponderKeys } from '../core/law/responder.ts'
import type { Clock } from '../core/law/time.ts'
import type { Uses, World } from '../core/law/world.ts'
import type { Authenticate } from './environment/token.ts'

/** One structured line per event. Facts never hold a value of a person. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, facts?: Readonly<Record<string, unknown>>) => void

export interface GraphqlEnvironment {
  readonly stage: string
  /** Holds no signer. */
  readonly world: World
  readonly authenticate: Authenticate
  readonly sha256: (text: string) => Uint8Array
  /** Issuer of access tokens and name of this gateway as a resource (RFC 9728). */
  readonly issuer: string
  readonly audience: string
  readonly log: Log
}

export interface AuthorityEnvironment {
  readonly world: Uses<'clock' | 'random' | 'residents' | 'cards' | 'certificates' | 'issuances' | 'municipalities' | 'authorities' | 'settings' | 'bell' | 'orders' | 'orderSigner' | 'crls'> & {
    readonly responders: Responders
    readonly responderKeys: ResponderKeys
  }
  readonly log: Log
}

export interface OcspEnvironment {
  readonly world: Uses<'clock' | 'authorities' | 'statuses'> & {
    readonly responders: Responders
    /** Null where a bucket serves the lists. */
    readonly crls: Pick<World['crls'], 'latest'> | null
  }
  /** PKCS #8 of a responder key, unwrapped by the KMS. */
  readonly unwrap: (sealedKey: Uint8Array) => Promise<Uint8Array>
  readonly log: Log
}

export interface SweepEnvironment {
  readonly world: { readonly clock: Clock }
  readonly log: Log
}
