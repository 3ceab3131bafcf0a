/** Reading the JSON input of an operation: each field once, by type, with the error KMS would give. */
import { KmsError } from './errors.ts'

export type Input = Readonly<Record<string, unknown>>

const invalid = (text: string): KmsError => new KmsError('ValidationException', text)
const wrongType = (field: string): KmsError => new KmsError('SerializationException', `${field} has the wrong type`)

export function optionalText(input: Input, field: string): string | undefined {
  const value = input[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrongType(field)
  return value
}
export function text(input: Input, field: string): string {
  const value = optionalText(input, field)
  if (value === undefined || value === '') throw invalid(`${field} is required`)
  return value
}
export function optionalNumber(input: Input, field: string): number | undefined {
  const value = input[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(field)
  return value
}
export function flag(input: Input, field: string): boolean {
  const value = input[field]
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw wrongType(field)
  return value
}
export function bytes(input: Input, field: string, longest: number): Uint8Array {
  const value = text(input, field)
  const decoded = Buffer.from(value, 'base64')
  if (decoded.toString('base64') !== value) throw new KmsError('SerializationException', `${field} is not base64`)
  if (decoded.length < 1 || decoded.length > longest) throw invalid(`${field} has ${decoded.length} octets, 1 to ${longest} are allowed`)
  return decoded
}

/** One form whatever the order of the keys: what ciphertexts are bound to. */
export function encryptionContext(input: Input): Uint8Array {
  const value = input.EncryptionContext ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType('EncryptionContext')
  const entries = Object.entries(value as Record<string, unknown>)
  if (entries.some(([, v]) => typeof v !== 'string')) throw wrongType('EncryptionContext')
  return Buffer.from(JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1))))
}
