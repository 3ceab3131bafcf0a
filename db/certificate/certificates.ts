/**
 * Certificates as facts for reading, and what is answered about them. All are single statements, prepared once.
 */
import { and, asc, eq, gte, inArray, sql } from 'drizzle-orm'
import type { CertificateRecord, Certificates, InSmartphone } from '../../core/law/certificate/certificate.ts'
import type { CertificateId, IssuerKeyId, SerialNumber } from '../../core/law/ids.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import type { Revocation } from '../../core/law/certificate/revocation.ts'
import type { Statuses } from '../../core/law/certificate/status.ts'
import { dayOf } from '../../core/law/time.ts'
import type { Db } from '../client.ts'
import { opening, shown } from '../session.ts'
import { certificates } from '../tables/certificates.ts'

/** The columns of a record; the bytes to be signed and what they must say stay where they are. */
export const recordColumns = {
  id: certificates.id, kind: certificates.kind, person: certificates.person, card: certificates.card, issuer: certificates.issuer, serial: certificates.serial,
  der: certificates.der, state: certificates.state, issuedAt: certificates.issuedAt, expiresOn: certificates.expiresOn, deliveredAt: certificates.deliveredAt, shard: certificates.shard,
  name: certificates.name, nameSubstitutes: certificates.nameSubstitutes, address: certificates.address, addressSubstitutes: certificates.addressSubstitutes,
  birthDate: certificates.birthDate, sex: certificates.sex, parent: certificates.parent, device: certificates.device,
  ground: certificates.ground, reason: certificates.reason, occurredAt: certificates.occurredAt, recordedAt: certificates.recordedAt,
}
type FullRow = typeof certificates.$inferSelect
type Row = Pick<FullRow, keyof typeof recordColumns>

export function openCertificates(db: Db): Certificates {
  const load = db.select(recordColumns).from(certificates).where(eq(certificates.id, sql.placeholder('id'))).prepare('certificates_load')
  const ofCard = db.select(recordColumns).from(certificates).where(eq(certificates.card, sql.placeholder('card'))).orderBy(asc(certificates.id)).prepare('certificates_of_card')
  const ofParent = db.select(recordColumns).from(certificates).where(eq(certificates.parent, sql.placeholder('parent'))).orderBy(asc(certificates.id)).prepare('certificates_of_parent')
  const live = db
    .select(recordColumns)
    .from(certificates)
    .where(and(
      eq(certificates.person, sql.placeholder('person')), eq(certificates.kind, sql.placeholder('kind')), inArray(certificates.state, ['VALID', 'HELD']),
      gte(certificates.expiresOn, sql.placeholder('today')),
    ))
    .prepare('certificates_live')
  const bySerial = db
    .select(recordColumns)
    .from(certificates)
    .where(and(eq(certificates.issuer, sql.placeholder('issuer')), eq(certificates.serial, sql.placeholder('serial'))))
    .prepare('certificates_by_serial')
  const first = (rows: readonly Row[]): CertificateRecord | null => (rows[0] === undefined ? null : recordOf(rows[0]))
  return {
    load: async (id) => first(await load.execute({ id })),
    ofParent: async (parent) => (await ofParent.execute({ parent })).map(recordOf),
    ofCard: async (card) => (await ofCard.execute({ card })).map(recordOf),
    live: async (person, kind, at) => first(await live.execute({ person, kind, today: dayOf(at) })),
    async bySerial(issuer, serial) {
      const record = first(await atSerial(issuer, serial, () => bySerial.execute({ issuer, serial })))
      if (record !== null) shown(`linked:${record.card}`)
      return record
    },
  }
}

/** Whoever names issuer and serial was shown the certificate: numbers are random. */
const atSerial = <T>(issuer: IssuerKeyId, serial: SerialNumber, look: () => Promise<T>): Promise<T> => opening([`serial:${issuer}/${serial}`], look)

export function openStatuses(db: Db): Statuses {
  const find = db
    .select({
      state: certificates.state, ground: certificates.ground, reason: certificates.reason, occurredAt: certificates.occurredAt, recordedAt: certificates.recordedAt,
      abandonedAt: certificates.abandonedAt,
    })
    .from(certificates)
    .where(and(eq(certificates.issuer, sql.placeholder('issuer')), eq(certificates.serial, sql.placeholder('serial'))))
    .prepare('statuses_find')
  return {
    async find(issuer, serial) {
      const [row] = await atSerial(issuer, serial, () => find.execute({ issuer, serial }))
      return row === undefined ? null : { state: row.state, revocation: revocationOf(row), abandonedAt: row.abandonedAt }
    },
  }
}

export function recordOf(row: Row): CertificateRecord {
  const { name: _1, nameSubstitutes: _2, address: _3, addressSubstitutes: _4, birthDate: _5, sex: _6, ground: _7, reason: _8, occurredAt: _9, recordedAt: _10, der, parent, device, ...rest } = row
  return { ...rest, der: der ?? new Uint8Array(), items: itemsOf(row), smartphone: smartphoneOf({ parent, device }), revocation: revocationOf(row) }
}

export const smartphoneOf = ({ parent, device }: { readonly parent: CertificateId | null; readonly device: string | null }): InSmartphone | null => (parent === null || device === null ? null : { parent, device })

type ItemColumns = Pick<FullRow, 'name' | 'nameSubstitutes' | 'address' | 'addressSubstitutes' | 'birthDate' | 'sex'>

export function itemsOf({ name, nameSubstitutes, address, addressSubstitutes, birthDate, sex }: ItemColumns): FourInformation | null {
  if (name === null || nameSubstitutes === null || address === null || addressSubstitutes === null || birthDate === null || sex === null) return null
  return { name, nameSubstitutes, birthDate, sex, address, addressSubstitutes }
}

/** All columns null where there are no items; all at once. */
export const itemColumns = (items: FourInformation | null): ItemColumns =>
  items ?? { name: null, nameSubstitutes: null, address: null, addressSubstitutes: null, birthDate: null, sex: null }

function revocationOf({ ground, reason, occurredAt, recordedAt }: Pick<FullRow, 'ground' | 'reason' | 'occurredAt' | 'recordedAt'>): Revocation | null {
  return ground === null || reason === null || occurredAt === null || recordedAt === null ? null : { ground, reason, occurredAt, recordedAt }
}
