/**
 * What must hold of the archive after any crash, read with plain SQL and opened: unique serials; at most one certificate for each
 * application and each key; nothing in force that is not stored, and nothing stored that was not reserved first; OCSP
 * never good for what is not stored; CRL numbers that only rise.
 */
import type pg from 'pg'
import type { Safe } from '../../db/safe.ts'
import { parseCertificate } from '../../core/pki/parse.ts'
import { tbsOf } from '../../core/pki/certificate.ts'
import { answerFor } from '../../core/law/certificate/status.ts'
import type { Statuses } from '../../core/law/certificate/status.ts'
import type { IssuerKeyId, SerialNumber } from '../../core/law/ids.ts'

interface Row { readonly id: string; readonly application: string; readonly issuer: string; readonly serial: string; readonly state: string; readonly der: Buffer | null; readonly tbs: Buffer | null; readonly app_state: string }

/** Violations, in words; empty where all holds. */
export async function violations(client: pg.Client, safe: Safe, statuses: Statuses): Promise<string[]> {
  const found: string[] = []
  const rows = (await client.query<Row>(`select c.id, c.application, c.issuer, c.serial, c.state, c.der, c.tbs, a.state as app_state
    from certificates c join certificate_applications a on a.id = c.application`)).rows.map((row) => ({
    ...row, der: row.der === null ? null : safe.openOctets('certificates.der', row.id, row.der), tbs: row.tbs === null ? null : safe.openOctets('certificates.tbs', row.id, row.tbs),
  }))
  const once = (what: string, keys: readonly string[]): void => {
    const seen = new Set<string>()
    for (const key of keys) {
      if (seen.has(key)) found.push(`${what} twice: ${key}`)
      seen.add(key)
    }
  }
  once('serial', rows.map((r) => `${r.issuer} ${r.serial}`))
  once('certificate for application', rows.map((r) => r.application))
  const stored = rows.filter((r) => r.der !== null)
  once('certificate for key', stored.map((r) => Buffer.from(parseCertificate(r.der!).spki).toString('hex')))
  for (const row of rows) {
    const answer = answerFor(await statuses.find(row.issuer as IssuerKeyId, row.serial as SerialNumber))
    if (row.der === null) {
      if (row.state === 'VALID' || row.state === 'HELD') found.push(`${row.id} in force without bytes`)
      if (answer.status === 'good') found.push(`${row.id} is good to OCSP without bytes`)
      if (row.app_state === 'ISSUED' || row.app_state === 'DELIVERED') found.push(`${row.id}: application ${row.app_state} without bytes`)
      if (row.tbs === null) found.push(`${row.id} reserved without the bytes to sign`)
    } else {
      const certificate = parseCertificate(row.der)
      if (certificate.serial !== row.serial) found.push(`${row.id}: stored bytes have another serial`)
      if (row.tbs !== null && Buffer.compare(tbsOf(row.der), row.tbs) !== 0) found.push(`${row.id}: signed bytes differ from the reserved ones`)
      if (row.app_state !== 'ISSUED' && row.app_state !== 'DELIVERED') found.push(`${row.id} stored, but its application is ${row.app_state}`)
      if (row.state === 'VALID' && answer.status !== 'good') found.push(`${row.id} valid, but ${answer.status} to OCSP`)
    }
  }
  return found
}

/** Numbers of each list in the order in which they were published must rise. */
export async function fallingNumbers(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ subject: string; facts: { number: string } }>(`select subject, facts from audit_leaves where kind = 'crl.publish' order by id`)
  const last = new Map<string, bigint>()
  const found: string[] = []
  for (const { subject, facts } of rows) {
    const number = BigInt(facts.number)
    if (number <= (last.get(subject) ?? -1n)) found.push(`list ${subject}: number ${number} after ${last.get(subject)}`)
    last.set(subject, number)
  }
  return found
}
