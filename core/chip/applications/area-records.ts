/**
 * What the two bodies named by the deck keep in an area of their own, as one record each. The real layouts are not public:
 * these are ours.
 *
 *   印鑑登録証 (seal registration card)         E1 { C1 registration number, C2 municipality 5 digits, C3 issued YYYYMMDD }
 *   国家公務員身分証 (civil-servant identity)   E2 { C1 organisation UTF-8, C2 staff number, C3 valid until YYYYMMDD }
 */
import { concat, equal } from '../state.ts'
import { readTemplate, readText, text, tlv } from '../tlv.ts'

export interface SealRegistration {
  /** 印鑑登録番号, up to 20 digits, hyphens or letters. */
  readonly registrationNumber: string
  readonly municipality: string
  /** YYYYMMDD */
  readonly issuedOn: string
}
export interface CivilServantIdentity {
  readonly organisation: string
  readonly staffNumber: string
  /** YYYYMMDD */
  readonly validUntil: string
}

/** Throws RangeError on values the layout cannot carry. */
export function encodeSealRegistration(r: SealRegistration): Uint8Array {
  const record = tlv(0xe1, concat(tlv(0xc1, text(r.registrationNumber)), tlv(0xc2, text(r.municipality)), tlv(0xc3, text(r.issuedOn))))
  if (parseSealRegistration(record) === null) throw new RangeError('not a seal registration record')
  return record
}

/** Null for anything but the one encoding of such a record. */
export function parseSealRegistration(record: Uint8Array): SealRegistration | null {
  const [registrationNumber, municipality, issuedOn] = fields(record, 0xe1)
  if (!/^[0-9A-Za-z-]{1,20}$/.test(registrationNumber) || !/^\d{5}$/.test(municipality) || !/^\d{8}$/.test(issuedOn)) return null
  return canonical(record, 0xe1, [registrationNumber, municipality, issuedOn]) ? { registrationNumber, municipality, issuedOn } : null
}

/** Throws RangeError on values the layout cannot carry. */
export function encodeCivilServantIdentity(r: CivilServantIdentity): Uint8Array {
  const record = tlv(0xe2, concat(tlv(0xc1, text(r.organisation)), tlv(0xc2, text(r.staffNumber)), tlv(0xc3, text(r.validUntil))))
  if (parseCivilServantIdentity(record) === null) throw new RangeError('not a civil-servant identity record')
  return record
}

/** Null for anything but the one encoding of such a record. */
export function parseCivilServantIdentity(record: Uint8Array): CivilServantIdentity | null {
  const [organisation, staffNumber, validUntil] = fields(record, 0xe2)
  if (organisation === '' || text(organisation).length > 120 || !/^[0-9A-Za-z-]{1,20}$/.test(staffNumber) || !/^\d{8}$/.test(validUntil)) return null
  return canonical(record, 0xe2, [organisation, staffNumber, validUntil]) ? { organisation, staffNumber, validUntil } : null
}

function fields(record: Uint8Array, tag: number): [string, string, string] {
  const children = readTemplate(record, tag)
  const field = (t: number): string => readText(children?.get(t) ?? new Uint8Array(0)) ?? ''
  return [field(0xc1), field(0xc2), field(0xc3)]
}

const canonical = (record: Uint8Array, tag: number, values: readonly [string, string, string]): boolean =>
  equal(record, tlv(tag, concat(...values.map((v, i) => tlv(0xc1 + i, text(v))))))
