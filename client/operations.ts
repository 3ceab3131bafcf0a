/**
 * What a partner's program does with a card, whatever carries its commands: the sandbox over HTTP, a reader, or a card in
 * process. Wrong and blocked PINs are values where the operation has a result of its own, {@link PinRefused} elsewhere.
 */
import { writeFile } from 'node:fs/promises'
import {
  changePin, readCertificate, readFourItems, readMyNumber, readPinStatus, signDigest, type PinResult, type PinStatus, type SignResult, type Transmit,
} from '../core/chip/client.ts'
import { listAreas, readArea, type ListedArea } from '../core/chip/client-area.ts'
import type { PinReference } from '../core/chip/order.ts'
import { recorder } from '../core/chip/transcript.ts'
import { integer, sequence } from '../core/pki/der.ts'
import { parseCertificate, parsePublicKey } from '../core/pki/parse.ts'

type Refused = Exclude<PinResult, { outcome: 'verified' }>

export interface CardOperations {
  /** A command APDU in, the response APDU out. */
  readonly transmit: Transmit
  /** Power off and on: every login on the card is gone. */
  reset(): Promise<void>
  /** 署名用: signs a digest with the signing key. SHA-256 for a key of RSA 2048; any of SHA-256, -384, -512 for one of P-384, in DER. */
  sign(pin: string, digest: Uint8Array): Promise<SignResult>
  /** 利用者証明用: the same with the authentication key. */
  authenticate(pin: string, digest: Uint8Array): Promise<SignResult>
  /** DER. */
  authenticationCertificate(): Promise<Uint8Array>
  /** DER. It carries name and address and needs its PIN. */
  signingCertificate(pin: string): Promise<Uint8Array>
  /** 基本4情報 as the card holds them, by the 4-digit PIN. */
  fourItems(pin: string): ReturnType<typeof readFourItems>
  /** 個人番号, by the 4-digit PIN. Only who has a statutory purpose may ask for it. @law 番号法 第14条–第16条 */
  myNumber(pin: string): ReturnType<typeof readMyNumber>
  /** Tries left of each PIN; 0 is blocked. Costs none. */
  pinStatus(): Promise<PinStatus>
  /** 暗証番号の変更, by knowing the present one. A new value of the wrong form is a CardError 6A80. */
  changePin(which: PinReference, pin: string, next: string): Promise<PinResult>
  /** The areas in the free space (空き領域). */
  areas(): Promise<readonly ListedArea[]>
  /** The records of one, by its AID; the PIN where the area has one. */
  readArea(aid: Uint8Array, pin?: string): Promise<readonly Uint8Array[] | Refused>
  /** Writes the session so far to a file, as a transcript that `mynagate card replay` takes. Needs the option `trace`. */
  save(file: string): Promise<void>
}

/** The PIN was not verified: wrong, with tries left, or blocked. */
export class PinRefused extends Error {
  override readonly name = 'PinRefused'
  readonly result: Refused
  constructor(result: Refused) {
    super(result.outcome === 'blocked' ? 'the PIN is blocked' : `wrong PIN, ${result.triesLeft} tries left`)
    this.result = result
  }
}

export class NoSuchCard extends Error {
  override readonly name = 'NoSuchCard'
}

export interface Carrier {
  readonly transmit: Transmit
  readonly reset: () => Promise<void>
}

export interface TraceOptions {
  /** Keeps every command and answer, for {@link CardOperations.save}. */
  readonly trace?: boolean
}

/** `secrets`: whether a trace holds the PINs; never for the card of a living person. */
export function operationsOver(carrier: Carrier, options: TraceOptions & { readonly title: string; readonly secrets: 'kept' | 'left out' }): CardOperations {
  const record = options.trace === true ? recorder(carrier.transmit, options) : null
  const transmit = record?.transmit ?? carrier.transmit
  let profile: Promise<'rsa2048' | 'p384'> | null = null
  const signed = async (kind: 'signature' | 'authentication', pin: string, digest: Uint8Array): Promise<SignResult> => {
    const known = await (profile ??= profileOf(transmit))
    const result = await signDigest(transmit, kind, pin, digest, known)
    return known === 'p384' && result.outcome === 'signed' ? { ...result, signature: derOf(result.signature) } : result
  }
  return {
    transmit,
    async reset() {
      record?.reset()
      await carrier.reset()
    },
    sign: (pin, digest) => signed('signature', pin, digest),
    authenticate: (pin, digest) => signed('authentication', pin, digest),
    authenticationCertificate: async () => present(await readCertificate(transmit, 'authentication'), 'authentication'),
    signingCertificate: async (pin) => present(await readCertificate(transmit, 'signature', pin), 'signature'),
    fourItems: (pin) => readFourItems(transmit, pin),
    myNumber: (pin) => readMyNumber(transmit, pin),
    pinStatus: () => readPinStatus(transmit),
    changePin: (which, pin, next) => changePin(transmit, which, pin, next),
    areas: () => listAreas(transmit),
    readArea: (aid, pin) => readArea(transmit, aid, pin),
    async save(file) {
      if (record === null) throw new RangeError('nothing was kept: open the card with { trace: true }')
      await writeFile(file, record.text())
    },
  }
}

/** By the authentication certificate, which is free to read; a card without one signs as every card of today does. */
async function profileOf(transmit: Transmit): Promise<'rsa2048' | 'p384'> {
  const certificate = await readCertificate(transmit, 'authentication')
  if (!(certificate instanceof Uint8Array)) return 'rsa2048'
  const key = parsePublicKey(parseCertificate(certificate).spki)
  return key.kind === 'ec' && key.curve === 'P-384' ? 'p384' : 'rsa2048'
}

/** r‖s, as the card answers, to what verifiers take. @rfc 3279 2.2.3 */
function derOf(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const number = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex')}`)
  return sequence(integer(number(signature.subarray(0, half))), integer(number(signature.subarray(half))))
}

function present(read: Awaited<ReturnType<typeof readCertificate>>, kind: string): Uint8Array {
  if (read === null) throw new NoSuchCard(`the card holds no ${kind} certificate`)
  if (!(read instanceof Uint8Array)) throw new PinRefused(read)
  return read
}
