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
import type { Safe } from '../safe.ts'
import { opening, shown } from '../session.ts'
import { openedExpiry } from '../card/expiry.ts'
import { certificates } from '../tables/certificates.ts'

/** The columns of a record; the bytes to be signed and what they must say stay where they are. */
export const recordColumns = {
  id: certificates.id, kind: certificates.kind, person: certificates.person, card: certificates.card, issuer: certificates.issuer, serial: certificates.serial,
  der: certificates.der, state: certificates.state, issuedAt: certificates.issuedAt, expiresOn: certificates.expiresOn, expiry: certificates.expiry, deliveredAt: certificates.deliveredAt, shard: certificates.shard,
  personal: certificates.personal, parent: certificates.parent, device: certificates.device,
  ground: certificates.ground, reason: certificates.reason, occurredAt: certificates.occurredAt, recordedAt: certificates.recordedAt,
}
type FullRow = typeof certificates.$inferSelect
type Row = Pick<FullRow, keyof typeof recordColumns>

export function openCertificates(db: Db, safe: Safe): Certificates {
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
  const mark = db
    .select({ issuer: certificates.issuer, serial: certificates.serial, publicKey: certificates.publicKey, sha256: certificates.sha256 })
    .from(certificates)
    .where(eq(certificates.id, sql.placeholder('id')))
    .prepare('certificates_mark')
  const first = (rows: readonly Row[]): CertificateRecord | null => (rows[0] === undefined ? null : recordOf(safe, rows[0]))
  return {
    load: async (id) => first(await load.execute({ id })),
    ofParent: async (parent) => (await ofParent.execute({ parent })).map((row) => recordOf(safe, row)),
    ofCard: async (card) => (await ofCard.execute({ card })).map((row) => recordOf(safe, row)),
    live: async (person, kind, at) => first(await live.execute({ person, kind, today: dayOf(at) })),
    async bySerial(issuer, serial) {
      const record = first(await atSerial(issuer, serial, () => bySerial.execute({ issuer, serial })))
      if (record !== null) shown(`linked:${record.card}`)
      return record
    },
    async markOf(id) {
      const [row] = await mark.execute({ id })
      return row === undefined || row.publicKey === null || row.sha256 === null ? null : { ...row, publicKey: row.publicKey, sha256: row.sha256 }
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

export function recordOf(safe: Safe, row: Row): CertificateRecord {
  const { ground: _1, reason: _2, occurredAt: _3, recordedAt: _4, personal: _5, der, parent, device, expiry, ...rest } = row
  return { ...rest, expiresBy: openedExpiry(safe, 'certificates.expiry', row.id, expiry), der: der === null ? new Uint8Array() : safe.openOctets('certificates.der', row.id, der), items: itemsOf(safe, row), smartphone: smartphoneOf({ parent, device }), revocation: revocationOf(row) }
}

export const smartphoneOf = ({ parent, device }: { readonly parent: CertificateId | null; readonly device: string | null }): InSmartphone | null => (parent === null || device === null ? null : { parent, device })

export const itemsOf = (safe: Safe, { id, personal }: Pick<FullRow, 'id' | 'personal'>): FourInformation | null =>
  (personal === null ? null : safe.open<FourInformation>('certificates.personal', id, personal))

export const sealedItems = (safe: Safe, id: CertificateId, items: FourInformation | null): Uint8Array | null => (items === null ? null : safe.seal('certificates.personal', id, items))

function revocationOf({ ground, reason, occurredAt, recordedAt }: Pick<FullRow, 'ground' | 'reason' | 'occurredAt' | 'recordedAt'>): Revocation | null {
  return ground === null || reason === null || occurredAt === null || recordedAt === null ? null : { ground, reason, occurredAt, recordedAt }
}
