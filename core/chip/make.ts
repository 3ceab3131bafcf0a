/**
 * 製造: a chip as the agency ships it. Data, PINs derived from the data, records signed by the issuer and the chip's own
 * keys are there; the two JPKI key pairs and certificates come later, on board, under an order.
 */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { commonAid, isdAid, jpkiAid, jukiAid, textAid, visualAid } from './aids.ts'
import { commonFiles, dataObjects, jukiFiles } from './applications/common.ts'
import { certificateRoom, jpkiFiles } from './applications/jpki.ts'
import { codeB, textFiles, type Attributes } from './applications/text.ts'
import { visualFiles } from './applications/visual.ts'
import { fromHex } from './apdu.ts'
import { fits } from './pin.ts'
import { cardCertificates, keyId, type RecordKeys } from './records.ts'
import { freshKey, sha256, spkiOf } from './rsa.ts'
import { none, powerOn, type Application, type Chip, type ElementaryFile, type KeyAlgorithm, type PinForm, type Quota, type Random } from './state.ts'
import type { PinReference } from './order.ts'
import { text } from './tlv.ts'

export interface Holder {
  readonly name: string
  readonly address: string
  /** YYYY-MM-DD */
  readonly birthDate: string
  /** As the card writes it: 1 male, 2 female, 9 not applicable, 0 unknown. */
  readonly sex: Attributes['sex']
}

export interface Personalisation {
  readonly holder: Holder
  /** 12 digits, the check digit included. */
  readonly myNumber: string
  /** 15 digits. */
  readonly cardNumber: string
  /** 5 digits, without the check digit. */
  readonly municipality: string
  /** YYYY-MM-DD, the last valid day. */
  readonly expiry: string
  /** 4 digits, printed on the card. */
  readonly securityCode: string
  readonly caCertificates: { readonly signature: Uint8Array; readonly authentication: Uint8Array }
  /** SPKI (P-256) by which the chip checks orders. */
  readonly orderKey: Uint8Array
  readonly recordKeys: RecordKeys
  readonly freeSpace: Quota
  /** PINs set at production; normally none: the holder sets them at hand-over. */
  readonly pins?: Partial<Readonly<Record<PinReference, string>>>
  readonly profile?: KeyAlgorithm
  readonly atr?: Uint8Array
  readonly blockedWord?: 0x6984 | 0x6983
  /** Tries of 照合番号A and B in both 券面 applications; 10 is commonly named, no card log backs it. */
  readonly tries?: { readonly a: number; readonly b: number }
}

/** ATRs seen on cards: the contact interface of current cards, and a contactless reader's. */
export const atrs = {
  contact: fromHex('3BDA13FF8131FB468012392F31C173C601C03B'),
  contactless: fromHex('3B888001000005E0B381A1007F'),
} as const

export class PersonalisationError extends Error {
  readonly field: string
  constructor(field: string) {
    super(`cannot make a card: ${field}`)
    this.name = 'PersonalisationError'
    this.field = field
  }
}

/**
 * Draws an attestation key pair (P-256) and four RSA keys, slow unless `random.rsaKey` has some in stock.
 * Throws {@link PersonalisationError} naming the field that no card can carry.
 */
export function makeChip(p: Personalisation, random: Random): Chip {
  check(p)
  const attestation = freshKey('p256', random)
  const atr = p.atr ?? atrs.contact
  const tries = p.tries ?? { a: 10, b: 10 }
  const cardKey = freshKey('rsa2048', random)
  const certificates = cardCertificates(p.recordKeys, p.municipality, p.cardNumber, cardKey)
  const named = (number: string): Uint8Array => keyId(number, '001', p.recordKeys.mark)
  const attributes: Attributes = { name: p.holder.name, address: p.holder.address, birthDate: p.holder.birthDate.replaceAll('-', ''), sex: p.holder.sex }
  const b = codeB(p.holder.birthDate, p.expiry, p.securityCode)
  const applications: Application[] = [
    application('isd', isdAid, []),
    application('jpki', jpkiAid, jpkiFiles({
      serial: p.cardNumber, algorithm: p.profile ?? 'rsa2048', signatureCa: p.caCertificates.signature, authenticationCa: p.caCertificates.authentication,
      signaturePin: p.pins?.signature ?? null, authenticationPin: p.pins?.authentication ?? null,
    })),
    application('text', textAid, textFiles({
      attributes, myNumber: p.myNumber, codeB: b, pin: p.pins?.text ?? null, tries, recordKey: p.recordKeys.record, certificate: certificates.text,
      basicKeyId: named('9000034'), ownKey: freshKey('rsa2048', random), sessionKey: freshKey('rsa2048', random),
    })),
    application('visual', visualAid, visualFiles({
      attributes, birthDate: p.holder.birthDate, expiry: p.expiry, myNumber: p.myNumber, codeB: b, securityCode: p.securityCode, municipality: p.municipality,
      tries, recordKey: p.recordKeys.record, certificate: certificates.visual, basicKeyId: named('9000024'),
      sealedCodes: { keyId: named('9900025'), octets: sealCodes(p.recordKeys, p.myNumber + b) }, ownKey: freshKey('rsa2048', random), portraitSeed: sha256(text(p.cardNumber)),
    })),
    application('common', commonAid, commonFiles({
      cardNumber: p.cardNumber, municipality: p.municipality, expiry: p.expiry, keyId: named('9000012'), key: cardKey, pin: p.pins?.common ?? null,
    })),
    application('juki', jukiAid, jukiFiles(named('9000012'), p.pins?.juki ?? null)),
  ]
  return {
    card: {
      state: 'live', cardNumber: p.cardNumber, atr, blockedWord: p.blockedWord ?? 0x6984, applications,
      objects: dataObjects({ atr, cardNumber: p.cardNumber, municipality: p.municipality, expiry: p.expiry, issuer: named('9000010'), certificates }),
      freeSpace: p.freeSpace, orderKey: p.orderKey, orderCounter: 0, lastReceipt: none, attestation, attestationKey: spkiOf(attestation),
    },
    session: powerOn,
  }
}

const application = (kind: Application['kind'], aid: Uint8Array, files: readonly ElementaryFile[]): Application => ({ kind, aid, files, area: null })

/** The codes encrypted to the issuer, as EF 0003 of the card-face application carries them. */
function sealCodes(keys: RecordKeys, codes: string): Uint8Array {
  const publicKey = keys.root.withKey((k) => createPublicKey(k))
  return Uint8Array.from(publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, text(codes)))
}

const pinForms: Readonly<Record<PinReference, PinForm>> = {
  authentication: { kind: 'digits', length: 4 }, signature: { kind: 'signature' }, text: { kind: 'digits', length: 4 },
  juki: { kind: 'digits', length: 4 }, common: { kind: 'digits', length: 4 },
}

function check(p: Personalisation): void {
  const rules: readonly (readonly [string, boolean])[] = [
    ['holder.name', p.holder.name.length > 0 && text(p.holder.name).length <= 300],
    ['holder.address', p.holder.address.length > 0 && text(p.holder.address).length <= 600],
    ['holder.birthDate', isDate(p.holder.birthDate) && p.holder.birthDate >= '1868-01-25'],
    ['holder.sex', ['1', '2', '9', '0'].includes(p.holder.sex)],
    ['myNumber', /^\d{12}$/.test(p.myNumber)],
    ['cardNumber', /^\d{15}$/.test(p.cardNumber)],
    ['municipality', /^\d{5}$/.test(p.municipality)],
    ['expiry', isDate(p.expiry)],
    ['securityCode', /^\d{4}$/.test(p.securityCode)],
    ['caCertificates', [p.caCertificates.signature, p.caCertificates.authentication].every((c) => c.length <= certificateRoom)],
    ['orderKey', isP256(p.orderKey)],
    ['atr', p.atr === undefined || (p.atr.length >= 2 && p.atr.length <= 33)],
    ['tries', [p.tries?.a ?? 10, p.tries?.b ?? 10].every((n) => Number.isInteger(n) && n >= 1 && n <= 15)],
    ['freeSpace', Object.values(p.freeSpace).every((n) => Number.isSafeInteger(n) && n >= 0)],
    ...Object.entries(p.pins ?? {}).map(([name, value]) => [`pins.${name}`, fits(pinForms[name as PinReference], text(value))] as const),
  ]
  const broken = rules.find(([, holds]) => !holds)
  if (broken !== undefined) throw new PersonalisationError(broken[0])
}

function isP256(spki: Uint8Array): boolean {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

const isDate = (s: string): boolean => /^\d{4}-\d\d-\d\d$/.test(s) && s.slice(5) >= '01-01' && s.slice(5) <= '12-31' && s.slice(8) <= '31'
