/**
 * Release of the four items: one statement, hence one transaction. It locks the consent and looks at it again, reads
 * the items from the certificate, and writes the log row and the audit leaf, or does nothing at all.
 *
 * The lock on the consent is an exclusive one: a withdrawal waits for the release in flight, and a release that waits
 * behind a withdrawal sees it. Under a shared lock an unbroken stream of releases could hold a withdrawal off. The
 * certificate is held still too, so that its lapse falls before or after.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2第5項
 */
import { desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Act } from '../../core/law/act.ts'
import { inForce, isConsentInForce, type AccessLogEntry, type ConsentInForce, type Releases } from '../../core/law/consent/disclosure.ts'
import type { CertificateId } from '../../core/law/ids.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { dayOf } from '../../core/law/time.ts'
import { leafOf } from '../record/acts.ts'
import { itemsOf } from '../certificate/certificates.ts'
import type { Db } from '../client.ts'
import { auditLeaves } from '../tables/audit.ts'
import { certificates } from '../tables/certificates.ts'
import { accessLog, consents } from '../tables/consents.ts'

export function openReleases(db: Db): Releases {
  const release = releaseStatement(db)
  const refused = refusedStatement(db)
  return {
    async release(act, seal, certificate, entry) {
      if (!isConsentInForce(seal)) throw new Error('a consent that nobody checked')
      if (act.key !== null) throw new Error('a release is never repeated: it has no idempotency key')
      const [row] = await release.execute(valuesOf(act, seal, certificate, entry))
      const items = row === undefined ? null : itemsOf(row)
      return items ?? whyNot(db, act, seal)
    },
    async refused(act, entry) {
      if (act.key !== null) throw new Error('a refused release has no idempotency key')
      await refused.execute({ ...leafValues(act), ...entryValues(entry), consent: entry.consent, person: entry.person, items: [...entry.items] })
    },
    ofPerson: async (person, limit) =>
      (await db.select().from(accessLog).where(eq(accessLog.person, person)).orderBy(desc(accessLog.at), desc(accessLog.id)).limit(limit)).map(entryOf),
  }
}

function entryOf(row: typeof accessLog.$inferSelect): AccessLogEntry {
  const { certificate: _, ...entry } = row
  return entry
}

/** Nothing was read and nothing written; what is found now says why. */
async function whyNot(db: Db, act: Act, seal: ConsentInForce): Promise<Result<FourInformation>> {
  const [consent] = await db.select().from(consents).where(eq(consents.id, seal.consent.id))
  return refuse(consent === undefined || inForce(consent, act.at) === null ? 'CONSENT_NOT_IN_FORCE' : 'AWAITING_NEW_CERTIFICATE')
}

const value = sql.placeholder
/** Names of columns as a statement's own text. */
const columns = (...names: readonly string[]): SQL => sql.join(names.map((name) => sql.identifier(name)), sql`, `)

const leafColumns = columns('at', 'kind', 'actor', 'subject', 'facts', 'leaf_hash')
const leafRow = sql`${value('at')}::bigint, ${value('kind')}::text, ${value('actor')}::text, ${value('subject')}::text, ${value('facts')}::jsonb, ${value('leafHash')}::bytea`

function releaseStatement(db: Db) {
  const locked = db.$with('locked', {
    consent: sql`consent`, purpose: sql`purpose`, person: sql`person`, partner: sql`partner`, consented: sql`consented`, certificate: sql`certificate`,
    name: certificates.name, nameSubstitutes: certificates.nameSubstitutes, address: certificates.address, addressSubstitutes: certificates.addressSubstitutes,
    birthDate: certificates.birthDate, sex: certificates.sex,
  }).as(sql`
    select ${consents.id} as consent, ${consents.purpose} as purpose, ${consents.person} as person, ${consents.partner} as partner, ${consents.items} as consented, ${certificates.id} as certificate,
      ${certificates.name}, ${certificates.nameSubstitutes}, ${certificates.address}, ${certificates.addressSubstitutes}, ${certificates.birthDate}, ${certificates.sex}
    from ${consents} join ${certificates} on ${certificates.person} = ${consents.person}
    where ${consents.id} = ${value('consent')} and ${consents.partner} = ${value('partner')} and ${consents.state} = 'IN_FORCE'
      and ${consents.from} <= ${value('at')}::bigint and ${consents.until} >= ${value('at')}::bigint
      and ${certificates.id} = ${value('certificate')} and ${certificates.kind} = 'signature' and ${certificates.state} = 'VALID' and ${certificates.expiresOn} >= ${value('today')}::date
    for no key update of ${consents} for share of ${certificates}`)
  const logged = db.$with('logged', {}).as(sql`
    insert into ${accessLog} (${columns('id', 'at', 'partner', 'consent', 'purpose', 'person', 'certificate', 'items', 'outcome', 'request_id')})
    select ${value('id')}::text, ${value('at')}::bigint, partner, consent, purpose, person, certificate, consented, ${value('outcome')}::text, ${value('requestId')}::text from locked`)
  const leaf = db.$with('leaf', {}).as(sql`insert into ${auditLeaves} (${leafColumns}) select ${leafRow} from locked`)
  return db
    .with(locked, logged, leaf)
    .select({
      name: locked.name, nameSubstitutes: locked.nameSubstitutes, address: locked.address, addressSubstitutes: locked.addressSubstitutes, birthDate: locked.birthDate, sex: locked.sex,
    })
    .from(locked)
    .prepare('releases_release')
}

function refusedStatement(db: Db) {
  const logged = db.$with('logged', {}).as(sql`
    insert into ${accessLog} (${columns('id', 'at', 'partner', 'consent', 'purpose', 'person', 'items', 'outcome', 'request_id')})
    values (${value('id')}::text, ${value('at')}::bigint, ${value('partner')}::text, ${value('consent')}::text, ${value('purpose')}::text, ${value('person')}::text, ${value('items')}::text[], ${value('outcome')}::text, ${value('requestId')}::text)`)
  const leaf = db.$with('leaf', {}).as(sql`insert into ${auditLeaves} (${leafColumns}) values (${leafRow})`)
  return db.with(logged, leaf).select({ done: sql<number>`1` }).from(sql`(values (1)) as done`).prepare('releases_refused')
}

function leafValues(act: Act) {
  const { facts, ...rest } = leafOf(act)
  return { ...rest, facts: JSON.stringify(facts) }
}

const entryValues = ({ id, partner, purpose, outcome, requestId }: AccessLogEntry) => ({ id, partner, purpose, outcome, requestId })

const valuesOf = (act: Act, seal: ConsentInForce, certificate: CertificateId, entry: AccessLogEntry) => ({
  ...leafValues(act), ...entryValues(entry), consent: seal.consent.id, certificate, today: dayOf(act.at),
})
