/** What the door for people reads in certificates: the items that a signing certificate bears. */
import { readIssued } from '../../core/pki/certificate.ts'
import { defaultProfileSettings } from '../../core/pki/profile.ts'

interface Items { readonly NAME: string; readonly BIRTH_DATE: string; readonly SEX: (typeof sexes)[keyof typeof sexes]; readonly ADDRESS: string }

const sexes = { 1: 'MALE', 2: 'FEMALE', 3: 'UNKNOWN' } as const

/** As the certificate has them, character for character. Null where it bears none or cannot be read. */
export function itemsIn(certificate: string): Items | null {
  try {
    const { holder } = readIssued(new Uint8Array(Buffer.from(certificate, 'base64')), defaultProfileSettings)
    return holder === null ? null : { NAME: holder.name, BIRTH_DATE: holder.birthDate, SEX: sexes[holder.sex], ADDRESS: holder.address }
  } catch {
    return null
  }
}
