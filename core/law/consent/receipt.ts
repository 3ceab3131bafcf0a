/**
 * The receipt of a consent: its record, in the shape of ISO/IEC TS 27560 (consent record information structure),
 * signed by the card and by the gateway, with everything needed to check it without the gateway. The gateway signs the
 * record; the holder's receipt adds the signing certificate, which the record binds by its hash; that certificate bears
 * all four items, so a partner's receipt goes without.
 *
 * A record (record.ts) is written down, then signed (seal.ts): one when the consent is given, one when it ends.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { canonicalJson } from '../act.ts'
import type { Actor } from '../actor.ts'
import { readConsent } from './consent.ts'
import { toHex, type ConsentId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Uses } from '../world.ts'
import { recordFor } from './record.ts'
import { eventOf, type Seal } from './seal.ts'

export type ReceiptWorld = Uses<'clock' | 'consents' | 'partners' | 'certificates' | 'seals' | 'residents' | 'representations' | 'settings'>

export interface Receipt { readonly text: string; /** Whether the gateway has signed it yet. */ readonly sealed: boolean }

/** Canonical JSON, for the person whose consent it is and the partner it was given to. Until the record of how it stands now is signed, `gateway` is null. */
export async function readReceipt(world: ReceiptWorld, actor: Actor, id: ConsentId): Promise<Result<Receipt>> {
  const consent = await readConsent(world, actor, id)
  if (isRefusal(consent)) return consent
  const seal = (await world.seals.of(id)).find((s) => s.event === eventOf(consent) && s.signature !== null) ?? null
  const record = seal?.record ?? (await recordFor(world, consent, eventOf(consent)))
  const certificate = await world.certificates.load(consent.certificate)
  if (record === null || certificate === null) return refuse('NOT_FOUND')
  // A representative's certificate is the representative's.
  return { text: receiptText(record, seal, actor.kind === 'citizen' && actor.person === consent.givenBy ? certificate.der : null), sealed: seal !== null }
}

export function receiptText(record: string, seal: Seal | null, certificate: Uint8Array | null): string {
  const gateway = seal?.signature == null ? null : { algorithm: 'ECDSA P-256 SHA-256', key: seal.key, signature: toHex(seal.signature) }
  return canonicalJson({ ...(certificate === null ? {} : { certificate: toHex(certificate) }), gateway, record: JSON.parse(record) as unknown })
}
