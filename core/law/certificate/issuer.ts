/**
 * The generations of the two certification authorities as they are kept: the certificate is a pinned anchor, the key is
 * only pointed at. A ceremony adds one; none is ever changed or removed.
 */
import type { Act } from '../act.ts'
import type { IssuerKeyId } from '../ids.ts'
import type { Result } from '../refusal.ts'
import type { Instant } from '../time.ts'

export interface Issuer {
  readonly ca: 'signature' | 'authentication'
  readonly keyId: IssuerKeyId
  /** Self-signed, DER. */
  readonly certificate: Uint8Array
  /** Where the key is: the ARN of a KMS key. */
  readonly key: string
  /** Hex SHA-256 of the SubjectPublicKeyInfo: the pin. */
  readonly spkiSha256: string
  /** From this instant the generation issues; the newest active one does. */
  readonly activeFrom: Instant
}

export interface Issuers {
  /** Oldest first by `activeFrom`. */
  all(): Promise<Issuer[]>
  /** `CONFLICT` where the key is known already. */
  add(act: Act, issuer: Issuer): Promise<Result<void>>
}
