/**
 * A value that may be used but not read: private keys and PINs. Printing, JSON, structured clone and inspection of what
 * holds one show a tag only. {@link reveal} has two callers: the seal, which encrypts what it takes, and the export of the
 * agency's record keys, which are not on any card.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'

const tag = '[secret]'

let open: (secret: Secret) => Uint8Array

export class Secret {
  readonly #bytes: Uint8Array
  #key: KeyObject | null = null

  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes)
  }

  /** Same octets; the time does not tell where they differ. */
  equals(candidate: Uint8Array): boolean {
    const own = this.#bytes
    let difference = own.length ^ candidate.length
    for (let i = 0; i < candidate.length; i++) difference |= candidate[i]! ^ own[i % own.length]!
    return difference === 0
  }

  /** Runs an operation with the private key (PKCS #8) that this secret holds. */
  withKey<T>(use: (key: KeyObject) => T): T {
    this.#key ??= createPrivateKey({ key: Buffer.from(this.#bytes), format: 'der', type: 'pkcs8' })
    return use(this.#key)
  }

  toJSON(): string {
    return tag
  }

  toString(): string {
    return tag
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return tag
  }

  static {
    open = (secret) => Uint8Array.from(secret.#bytes)
  }
}

/** The octets themselves. Only for the seal and the record keys. */
export const reveal = (secret: Secret): Uint8Array => open(secret)
