/**
 * What a chip is: a persistent part (card) that a store saves by compare-and-set before an answer leaves, and a volatile
 * part (session) that ends with the power. Both are immutable plain data; secrets sit in a wrapper that prints a tag.
 * Whether the persistent part changed is one comparison: `before.card !== after.card`.
 */
import type { Secret } from './secret.ts'

export interface Random {
  /** `n` unpredictable octets. */
  bytes(n: number): Uint8Array
  /** PKCS #8 of a fresh RSA-2048 key, for callers that keep some in stock; where absent OpenSSL makes one (slow). */
  rsaKey?(): Uint8Array
}

/** Bit mask of the PIN files (by identifier, all below 1F) any of which opens; or free; or never. */
export type Access = number
export const free: Access = 0
export const never: Access = -1
export const anyOf = (...pins: number[]): Access => pins.reduce((mask, id) => mask | (1 << id), 0)

export interface BinaryFile {
  readonly type: 'binary'
  readonly id: number
  readonly data: Uint8Array
  readonly read: Access
}
export interface RecordFile {
  readonly type: 'record'
  readonly id: number
  readonly records: readonly Uint8Array[]
  readonly read: Access
  /** Room for records; null where the file is fixed at production. */
  readonly room: RecordRoom | null
}
export interface RecordRoom { readonly count: number; readonly size: number }
/** digits: exactly n digits. signature: 6–16 of A–Z 0–9, both kinds. fixed: never changed after production. */
export type PinForm = { readonly kind: 'digits'; readonly length: number } | { readonly kind: 'signature' } | { readonly kind: 'fixed' }
export interface PinFile {
  readonly type: 'pin'
  readonly id: number
  /** Null until somebody set it. */
  readonly value: Secret | null
  readonly tries: number
  readonly left: number
  readonly form: PinForm
}
export type KeyAlgorithm = 'rsa2048' | 'p384'
export interface KeyFile {
  readonly type: 'key'
  readonly id: number
  readonly algorithm: KeyAlgorithm
  /** PKCS #8; null where no key was made (yet). */
  readonly key: Secret | null
  readonly use: Access
}
export type ElementaryFile = BinaryFile | RecordFile | PinFile | KeyFile

/** isd: GlobalPlatform issuer domain. juki: 住基 AP. area: an application in the free space (空き領域). */
export type ApplicationKind = 'isd' | 'jpki' | 'text' | 'visual' | 'common' | 'juki' | 'area'
export interface Application {
  readonly kind: ApplicationKind
  readonly aid: Uint8Array
  readonly files: readonly ElementaryFile[]
  readonly area: Area | null
}
/** Octets of code, data and volatile memory. */
export interface Quota { readonly code: number; readonly data: number; readonly volatile: number }
export interface PinPolicy { readonly required: boolean; readonly digits: number; readonly tries: number }
export interface Area {
  readonly label: string
  readonly quota: Quota
  readonly pin: PinPolicy
  readonly locked: boolean
}

/** Persistent part. */
export interface Card {
  readonly state: 'live' | 'broken'
  /** 15 digits. */
  readonly cardNumber: string
  readonly atr: Uint8Array
  /** Status word for VERIFY against a blocked PIN: 6984, or 6983 for clients that expect ISO's. */
  readonly blockedWord: 0x6984 | 0x6983
  readonly applications: readonly Application[]
  /** GET DATA objects by tag. */
  readonly objects: readonly { readonly tag: number; readonly value: Uint8Array }[]
  readonly freeSpace: Quota
  /** SPKI (P-256) by which orders of the issuer are checked. */
  readonly orderKey: Uint8Array
  /** Counter of the last accepted order; 0 at birth. */
  readonly orderCounter: number
  /** Receipt of the last accepted order; empty at birth. */
  readonly lastReceipt: Uint8Array
  /** PKCS #8 (P-256); null when broken. */
  readonly attestation: Secret | null
  /** SPKI of the attestation key. */
  readonly attestationKey: Uint8Array
}

export type CertificateKind = 'authentication' | 'signature'
/** What the last order allows until reset, the next order or {@link closeIssuer}. */
export type IssuerSession =
  | { readonly mode: 'personalise'; readonly kinds: readonly CertificateKind[]; readonly counter: number }
  | { readonly mode: 'unblock'; readonly application: ApplicationKind; readonly aid: Uint8Array; readonly pin: number }
  | { readonly mode: 'write'; readonly aid: Uint8Array }

/** Volatile part. */
export interface Session {
  /** Index into applications; -1 in the state after power-on. */
  readonly df: number
  /** Identifier of the current EF; 0 where none. */
  readonly ef: number
  /** Current record; 0 where none. */
  readonly record: number
  /** Bit mask of verified PIN files of the current DF. */
  readonly verified: number
  readonly issuer: IssuerSession | null
  /** Command chaining in progress: header and octets so far. */
  readonly chain: { readonly header: number; readonly data: Uint8Array } | null
}
export const powerOn: Session = { df: -1, ef: 0, record: 0, verified: 0, issuer: null, chain: null }

export interface Chip { readonly card: Card; readonly session: Session }
/** What a command did: the chip after it, and the answer. */
export interface Outcome { readonly chip: Chip; readonly sw: number; readonly data: Uint8Array }

export const none = new Uint8Array(0)
export const answer = (chip: Chip, sw: number, data: Uint8Array = none): Outcome => ({ chip, sw, data })

export const currentApplication = (chip: Chip): Application | null => chip.card.applications[chip.session.df] ?? null

export function fileOf(application: Application, id: number): ElementaryFile | null {
  const files = application.files
  for (let i = 0; i < files.length; i++) if (files[i]!.id === id) return files[i]!
  return null
}

/** The card with one file of one application replaced. */
export function withFile(card: Card, df: number, file: ElementaryFile): Card {
  return {
    ...card,
    applications: card.applications.map((a, i) => (i === df ? { ...a, files: a.files.map((f) => (f.id === file.id ? file : f)) } : a)),
  }
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    out.set(p, at)
    at += p.length
  }
  return out
}
