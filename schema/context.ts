/**
 * What every resolver is given: who asks, what the recipes may touch, and the name of this request. Made by the door,
 * once per request, from a checked token; nothing is added to it later.
 */
import type { Actor } from '../core/law/actor.ts'
import type { ErrorCode } from '../core/law/request-error.ts'
import type { Encrypt } from '../core/law/consent/encrypted.ts'
import type { World } from '../core/law/world.ts'

export interface Context {
  readonly actor: Actor
  readonly world: World
  /** Stands in the answer, in the log and in the access log of a release. */
  readonly requestId: string
  readonly sha256: (text: string) => Uint8Array
  /** To a partner's key. */
  readonly encrypt: Encrypt
  readonly stage: string
  /** Address of the page that explains a code. */
  readonly docs: (code: ErrorCode) => string
}
