/**
 * The gateway's signature on records of consents. The door on the internet takes consents and has no key; the sweep, which
 * nobody can reach and which reaches nobody, signs what it finds unsigned, once for the giving and once for the end. First
 * the text is written down, then the key is asked, then the signature is stored: a round that dies is gone on with by the
 * next, over the same text.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import type { Signer } from '../../pki/signer.ts'
import { sha256Hex } from '../../pki/signer.ts'
import type { Consent } from './consent.ts'
import type { ConsentId } from '../ids.ts'
import type { Clock, Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** A record says how the consent stood then. */
export type SealedEvent = 'given' | 'ended'
export const eventOf = (consent: Consent): SealedEvent => (consent.withdrawnAt === null ? 'given' : 'ended')

export interface Seal {
  readonly consent: ConsentId
  readonly event: SealedEvent
  readonly record: string
  /** Hex SHA-256 of the SubjectPublicKeyInfo; null until it is signed. */
  readonly key: string | null
  readonly signature: Uint8Array | null
  readonly sealedAt: Instant | null
  /** When it came into the register of the agency (forwarding.ts). */
  readonly forwardedAt: Instant | null
}

/** A key that records are signed with, for readers to keep. */
export interface ReceiptKey { readonly key: string; readonly spki: Uint8Array; readonly since: Instant }

export interface Seals {
  /** What was given or ended and has no record yet: the acts themselves leave word of it. */
  unwritten(limit: number): Promise<{ readonly consent: Consent; readonly event: SealedEvent }[]>
  /** Of two, the first stays. */
  write(consent: ConsentId, event: SealedEvent, record: string): Promise<void>
  unsigned(limit: number): Promise<Seal[]>
  /** Of two, the first stays. */
  sign(seal: Seal, key: string, signature: Uint8Array, at: Instant): Promise<void>
  /** Marks what is signed and was not forwarded; returns how many. */
  forward(limit: number, at: Instant): Promise<number>
  of(consent: ConsentId): Promise<Seal[]>
  keys(): Promise<ReceiptKey[]>
  /** Makes a key known; does nothing where it is. */
  know(key: ReceiptKey): Promise<void>
}

/** Writes and signs what is due. `recordOf` is null where a part of the record is gone. Returns how many were signed. */
export async function sealReceipts(world: { readonly clock: Clock; readonly receiptSigner: Signer } & Uses<'seals'>, recordOf: (consent: Consent, event: SealedEvent) => Promise<string | null>, limit: number): Promise<number> {
  const key = keyOf(world.receiptSigner)
  await world.seals.know({ key, spki: world.receiptSigner.spki, since: world.clock.now() })
  for (const { consent, event } of await world.seals.unwritten(limit)) {
    const record = await recordOf(consent, event)
    if (record !== null) await world.seals.write(consent.id, event, record)
  }
  const due = await world.seals.unsigned(limit)
  for (const seal of due) await world.seals.sign(seal, key, await world.receiptSigner.sign(new TextEncoder().encode(seal.record)), world.clock.now())
  return due.length
}

const keyOf = (signer: Signer): string => sha256Hex(signer.spki)
