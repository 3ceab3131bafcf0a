/**
 * What a program does with a card, over anything that carries APDUs: this chip in process, a reader, a remote reader.
 * Every call selects its application first and so starts without rights. A refusal of the card is a {@link CardError}
 * with the status word; a wrong PIN is a value.
 */
import { commonAid, isdAid, jpkiAid, jukiAid, textAid } from './aids.ts'
import { certificateRoom, filesOf } from './applications/jpki.ts'
import { parseAttributes, textEf, type Attributes } from './applications/text.ts'
import { encodeCommand, parseResponse, type Response } from './apdu.ts'
import { lastReceiptTag } from './commands/read.ts'
import { pinPlaces } from './session.ts'
import { digestInfo } from './rsa.ts'
import type { PinReference } from './order.ts'
import { concat, none, type ApplicationKind, type CertificateKind } from './state.ts'
import { meaningOf, sw } from './sw.ts'
import { readTlv, text, tlv } from './tlv.ts'

export type Transmit = (command: Uint8Array) => Promise<Uint8Array>

export class CardError extends Error {
  /** Status word; 0 where the card's answer could not be read. */
  readonly sw: number
  readonly step: string
  constructor(step: string, word: number) {
    super(word === 0 ? `${step}: unreadable answer` : `${step}: ${meaningOf(word)} (${word.toString(16).toUpperCase().padStart(4, '0')})`)
    this.name = 'CardError'
    this.step = step
    this.sw = word
  }
}

export type PinResult = { readonly outcome: 'verified' } | { readonly outcome: 'wrong'; readonly triesLeft: number } | { readonly outcome: 'blocked' }

/** One command. Throws {@link CardError} only where there is no status word. */
export async function exchange(transmit: Transmit, step: string, command: Uint8Array): Promise<Response> {
  const response = parseResponse(await transmit(command))
  if (response === null) throw new CardError(step, 0)
  return response
}

async function must(transmit: Transmit, step: string, command: Uint8Array): Promise<Uint8Array> {
  const { data, sw: word } = await exchange(transmit, step, command)
  if (word !== sw.ok) throw new CardError(step, word)
  return data
}

export const selectApplication = (transmit: Transmit, aid: Uint8Array): Promise<Uint8Array> =>
  must(transmit, 'select application', encodeCommand(0x00, 0xa4, 0x04, 0x0c, aid))
export const selectJpki = async (transmit: Transmit): Promise<void> => void (await selectApplication(transmit, jpkiAid))
const selectFile = (transmit: Transmit, id: number): Promise<Uint8Array> =>
  must(transmit, 'select file', encodeCommand(0x00, 0xa4, 0x02, 0x0c, Uint8Array.of(0, id)))

/** VERIFY of a PIN file of the selected application. */
export async function verifyPin(transmit: Transmit, id: number, pin: string): Promise<PinResult> {
  await selectFile(transmit, id)
  return pinResult((await exchange(transmit, 'verify', encodeCommand(0x00, 0x20, 0x00, 0x80, text(pin)))).sw)
}

/** Tries left of a PIN file of the selected application; costs none. */
export async function triesLeft(transmit: Transmit, id: number): Promise<number> {
  await selectFile(transmit, id)
  const { sw: word } = await exchange(transmit, 'query', encodeCommand(0x00, 0x20, 0x00, 0x80))
  if ((word & 0xfff0) !== 0x63c0) throw new CardError('query', word)
  return word & 0x0f
}

function pinResult(word: number): PinResult {
  if (word === sw.ok) return { outcome: 'verified' }
  if (word === sw.blocked || word === sw.blockedIso || word === 0x63c0) return { outcome: 'blocked' }
  if ((word & 0xfff0) === 0x63c0) return { outcome: 'wrong', triesLeft: word & 0x0f }
  throw new CardError('verify', word)
}

/** The DER certificate, without the filler of its file. 署名用 needs its PIN. Null where the card holds none; a PIN that is not verified is its result. */
export async function readCertificate(transmit: Transmit, kind: CertificateKind, pin?: string): Promise<Uint8Array | null | Exclude<PinResult, { outcome: 'verified' }>> {
  await selectJpki(transmit)
  if (pin !== undefined) {
    const verified = await verifyPin(transmit, filesOf[kind].pin, pin)
    if (verified.outcome !== 'verified') return verified
  }
  return readDer(transmit, filesOf[kind].certificate)
}

/** CA certificate of a kind; free. */
export async function readCaCertificate(transmit: Transmit, kind: CertificateKind): Promise<Uint8Array | null> {
  await selectJpki(transmit)
  return readDer(transmit, filesOf[kind].ca)
}

async function readDer(transmit: Transmit, id: number): Promise<Uint8Array | null> {
  await selectFile(transmit, id)
  const head = await readAt(transmit, 0, 4)
  if (head[0] !== 0x30 || head[1] !== 0x82) return null
  const length = 4 + ((head[2]! << 8) | head[3]!)
  const parts = [head]
  for (let at = 4; at < length; ) {
    const part = await readAt(transmit, at, Math.min(256, length - at))
    if (part.length === 0) throw new CardError('read', 0)
    parts.push(part)
    at += part.length
  }
  return concat(...parts)
}

const readAt = (transmit: Transmit, offset: number, length: number): Promise<Uint8Array> =>
  must(transmit, 'read', encodeCommand(0x00, 0xb0, offset >> 8, offset & 0xff, none, length))

export type SignResult = { readonly outcome: 'signed'; readonly signature: Uint8Array } | Exclude<PinResult, { outcome: 'verified' }>

/**
 * Signs a digest after VERIFY. `rsa2048`: SHA-256 digest, PKCS #1 v1.5, 256 octets; `p384`: any digest, r‖s of 96 octets.
 */
export async function signDigest(transmit: Transmit, kind: CertificateKind, pin: string, digest: Uint8Array, profile: 'rsa2048' | 'p384' = 'rsa2048'): Promise<SignResult> {
  if (profile === 'rsa2048' && digest.length !== 32) throw new RangeError('not a SHA-256 digest')
  await selectJpki(transmit)
  const verified = await verifyPin(transmit, filesOf[kind].pin, pin)
  if (verified.outcome !== 'verified') return verified
  await selectFile(transmit, filesOf[kind].key)
  const block = profile === 'rsa2048' ? digestInfo(digest) : digest
  return { outcome: 'signed', signature: await must(transmit, 'sign', encodeCommand(0x80, 0x2a, 0x00, 0x80, block, 256)) }
}

/** 基本4情報 by the 4-digit PIN of the input-support application. */
export async function readFourItems(transmit: Transmit, pin: string): Promise<Attributes | Exclude<PinResult, { outcome: 'verified' }>> {
  await selectApplication(transmit, textAid)
  const verified = await verifyPin(transmit, textEf.pin, pin)
  if (verified.outcome !== 'verified') return verified
  const attributes = parseAttributes(await readTemplateFile(transmit, textEf.attributes))
  if (attributes === null) throw new CardError('read four items', 0)
  return attributes
}

/** 個人番号 by the 4-digit PIN of the input-support application. */
export async function readMyNumber(transmit: Transmit, pin: string): Promise<string | Exclude<PinResult, { outcome: 'verified' }>> {
  await selectApplication(transmit, textAid)
  const verified = await verifyPin(transmit, textEf.pin, pin)
  if (verified.outcome !== 'verified') return verified
  const outer = readTlv(await readTemplateFile(transmit, textEf.myNumber))
  if (outer === null || outer.tag !== 0xff10) throw new CardError('read My Number', 0)
  return Buffer.from(outer.value).toString('latin1')
}

/** Reads seven octets, which hold tag and length, then the rest. */
async function readTemplateFile(transmit: Transmit, id: number): Promise<Uint8Array> {
  await selectFile(transmit, id)
  const parts = [await readAt(transmit, 0, 7)]
  const head = parts[0]!
  const length = head[2] === 0x82 ? 5 + ((head[3]! << 8) | head[4]!) : head[2] === 0x81 ? 4 + head[3]! : 3 + (head[2] ?? 0)
  for (let at = head.length; at < length; ) {
    const part = await readAt(transmit, at, Math.min(256, length - at))
    if (part.length === 0) throw new CardError('read', 0)
    parts.push(part)
    at += part.length
  }
  return concat(...parts)
}

/** Presents an order; returns the receipt. Answers lost on the way: {@link readLastReceipt}. */
export const presentOrder = (transmit: Transmit, order: Uint8Array, signature: Uint8Array): Promise<Uint8Array> =>
  must(transmit, 'order', encodeCommand(0x80, 0xda, 0x01, 0x00, concat(order, tlv(0x9e, signature)), 65_536))

/** Ends the issuer's session. */
export const closeOrder = async (transmit: Transmit): Promise<void> => void (await must(transmit, 'close', encodeCommand(0x80, 0xda, 0x01, 0x01)))

/** Receipt of the last order the card accepted; null where there was none. Selects the issuer domain. */
export async function readLastReceipt(transmit: Transmit): Promise<Uint8Array | null> {
  await selectApplication(transmit, isdAid)
  const { data, sw: word } = await exchange(transmit, 'receipt', encodeCommand(0x00, 0xca, lastReceiptTag >> 8, lastReceiptTag & 0xff, none, 65_536))
  if (word === sw.dataNotFound) return null
  if (word !== sw.ok) throw new CardError('receipt', word)
  return data
}

/** Makes a key pair on board, under a PERSONALISE order. Returns the chip's proof: see `verifyKeyAttestation`. */
export async function generateKey(transmit: Transmit, kind: CertificateKind): Promise<Uint8Array> {
  await selectJpki(transmit)
  return must(transmit, 'generate key', encodeCommand(0x00, 0x46, 0x80, 0x00, Uint8Array.of(0x83, 1, filesOf[kind].key), 65_536))
}

/** Writes a certificate, and its CA certificate where given, under a PERSONALISE order. Its first block goes last: until then the card says there is none. */
export async function writeCertificate(transmit: Transmit, kind: CertificateKind, certificate: Uint8Array, ca?: Uint8Array): Promise<void> {
  await selectJpki(transmit)
  if (ca !== undefined) await writeFile(transmit, filesOf[kind].ca, ca)
  await writeFile(transmit, filesOf[kind].certificate, certificate)
}

async function writeFile(transmit: Transmit, id: number, content: Uint8Array): Promise<void> {
  const image = new Uint8Array(certificateRoom).fill(0xff)
  if (content.length > image.length) throw new CardError('write', sw.noSpace)
  image.set(content)
  await selectFile(transmit, id)
  const block = 240
  for (let at = Math.floor((image.length - 1) / block) * block; at >= 0; at -= block) {
    await must(transmit, 'write', encodeCommand(0x00, 0xd6, at >> 8, at & 0xff, image.subarray(at, at + block)))
  }
}

const applications = { jpki: jpkiAid, text: textAid, common: commonAid, juki: jukiAid } as const

/** Sets PINs under a PERSONALISE or UNBLOCK order (交付時の設定・再設定). A value of the wrong form is a {@link CardError} 6A80. */
export async function setPins(transmit: Transmit, pins: Partial<Readonly<Record<PinReference, string>>>): Promise<void> {
  for (const [reference, value] of Object.entries(pins) as [PinReference, string][]) {
    const place = pinPlaces[reference]
    await selectApplication(transmit, applications[place.application as keyof typeof applications])
    await selectFile(transmit, place.id)
    await must(transmit, `set ${reference} PIN`, changeCommand(place.application, value))
  }
}

/** Changes a PIN by knowing it (暗証番号の変更). */
export async function changePin(transmit: Transmit, reference: PinReference, pin: string, next: string): Promise<PinResult> {
  const place = pinPlaces[reference]
  await selectApplication(transmit, applications[place.application as keyof typeof applications])
  const verified = await verifyPin(transmit, place.id, pin)
  if (verified.outcome !== 'verified') return verified
  await must(transmit, 'change PIN', changeCommand(place.application, next))
  return verified
}

/** Tries left of each PIN; 0 is blocked. */
export type PinStatus = Readonly<Record<PinReference, number>>

/** Of all five; costs none. */
export async function readPinStatus(transmit: Transmit): Promise<PinStatus> {
  const status: Partial<Record<PinReference, number>> = {}
  for (const [reference, place] of Object.entries(pinPlaces) as [PinReference, (typeof pinPlaces)[PinReference]][]) {
    await selectApplication(transmit, applications[place.application as keyof typeof applications])
    status[reference] = await triesLeft(transmit, place.id)
  }
  return status as PinStatus
}

const changeCommand = (application: ApplicationKind, value: string): Uint8Array =>
  application === 'common' || application === 'juki' ? encodeCommand(0x80, 0x32, 0x00, 0x80, text(value)) : encodeCommand(0x00, 0x24, 0x01, 0x80, text(value))
