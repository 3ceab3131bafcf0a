/**
 * Release of the four items: one statement, hence one transaction. It locks the consent and looks at it again, reads
 * the items from the certificate (of a person too young for one, from the resident record), and writes the log row, the audit leaf and the reasons, or does nothing at all.
 *
 * The lock on the consent is an exclusive one: a withdrawal waits for the release in flight, and a release that waits
 * behind a withdrawal sees it. Under a shared lock an unbroken stream of releases could hold a withdrawal off. The
 * certificate is held still too, so that its lapse falls before or after. Behind the lock the turn of the agreed frequency
 * is taken by a unique key: of two releases that meet, the second breaks on it and leaves nothing. Where every use is
 * allowed, the pace is one instant in a row of its own, moved on behind its lock; nothing goes out where it would be too far.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2第5項
 */
import { and, asc, desc, eq, gte, inArray, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Act } from '../../core/law/act.ts'
import { inForce, isConsentInForce, type AccessLogEntry, type ConsentInForce, type Releases } from '../../core/law/consent/disclosure.ts'
import type { Decision } from '../../core/law/partner/explain.ts'
import { tooFast, tooOften, turnOf, unstated } from '../../core/law/consent/frequency.ts'
import type { Held } from '../../core/law/consent/item.ts'
import { isRefusal, refuse, type Result } from '../../core/law/refusal.ts'
import { after, dayOf } from '../../core/law/time.ts'
import { consentOf } from './consents.ts'
import { leafOf } from '../record/acts.ts'
import { itemsOf } from '../certificate/certificates.ts'
import { generationOf, type Safe } from '../safe.ts'
import { opening } from '../session.ts'
import { openPersonal } from '../person/residents.ts'
import { groundColumns } from '../partner/partners.ts'
import type { Db } from '../client.ts'
import { violated } from '../fault.ts'
import { auditLeaves } from '../tables/audit.ts'
import { certificates } from '../tables/certificates.ts'
import { accessLog, consents } from '../tables/consents.ts'
import { decisions } from '../tables/decisions.ts'
import { partners, standings } from '../tables/partners.ts'
import { residents } from '../tables/register.ts'
import { releasePaces, releaseTurns } from '../tables/turns.ts'
import { openSightings } from './sightings.ts'

export function openReleases(db: Db, safe: Safe): Releases {
  const look = lookStatement(db)
  const release = releaseStatement(db)
  const fromRecord = recordStatement(db)
  const refused = refusedStatement(db)
  return {
    ...openSightings(db),
    async look(partner, consent, at) {
      // Whosever consent it is: its person is to see who tried it.
      const rows = await opening([`tried:${consent}`], () => look.execute({ partner, consent, today: dayOf(at) }))
      const [first] = rows
      return { partner: first === undefined ? null : { standings: rows.flatMap(({ standing }) => standing ?? []) }, consent: first?.consent == null ? null : termsOf(first.consent), certificate: first?.certificate ?? null }
    },
    async release(act, seal, from, entry, why, pace) {
      if (!isConsentInForce(seal)) throw new Error('a consent that nobody checked')
      if (act.key !== null) throw new Error('a release is never repeated: it has no idempotency key')
      const { frequency } = seal.consent
      const values = { ...valuesOf(act, seal, entry), ...whyValues(why), turn: turnOf(frequency, act.at, from ?? 'record '), paid: after(act.at, pace.interval), interval: pace.interval, most: after(act.at, pace.atOnce * pace.interval) }
      // What is logged as handed over must be handed over: a row whose key is not here is as good as not there.
      const execute = () => (from === null
        ? fromRecord.execute({ ...values, generations: safe.generations('personal-data'), source: 'RESIDENT_RECORD', byVersion: frequency === 'ON_CHANGE' })
        : release.execute({ ...values, generations: safe.generations('personal-data'), certificate: from }))
      const attempt = () => execute().catch((thrown: unknown) => {
        if (violated(thrown) === 'release_turns_pk') return tooOften(frequency, act.at)
        throw thrown
      })
      let done = await attempt()
      if (!isRefusal(done) && done.length === 0) {
        await safe.fetch('personal-data')
        done = await attempt()
      }
      if (isRefusal(done)) return done
      const [row] = done
      if (row === undefined) return whyNot(db, act, seal)
      if (!row.allowed) return tooFast((await db.select().from(releasePaces).where(eq(releasePaces.consent, seal.consent.id)))[0]?.until ?? act.at, pace)
      const items = from === null ? openPersonal(safe, seal.consent.person, row.personal!).items : itemsOf(safe, { id: from, personal: row.personal })
      return items === null ? whyNot(db, act, seal) : { ...items, municipality: row.municipality }
    },
    async refused(act, entry, why) {
      if (act.key !== null) throw new Error('a refused release has no idempotency key')
      await refused.execute({ ...leafValues(act), ...entryValues(entry), ...whyValues(why), consent: entry.consent, person: entry.person, items: [...entry.items] })
    },
    ofPerson: async (person, limit) =>
      (await db.select().from(accessLog).where(eq(accessLog.person, person)).orderBy(desc(accessLog.at), desc(accessLog.id)).limit(limit)).map(entryOf),
  }
}

function entryOf(row: typeof accessLog.$inferSelect): AccessLogEntry {
  const { certificate: _, source: __, ...entry } = row
  return entry
}

const termsOf = <R extends Pick<typeof consents.$inferSelect, 'person' | 'representative' | 'frequency'>>({ representative, ...row }: R) => ({ ...row, frequency: row.frequency ?? unstated, givenBy: representative ?? row.person })

/** Nothing was read and nothing written; what is found now says why. */
async function whyNot(db: Db, act: Act, seal: ConsentInForce): Promise<Result<Held>> {
  const [consent] = await db.select().from(consents).where(eq(consents.id, seal.consent.id))
  return refuse(consent === undefined || inForce(consentOf(consent), act.at) === null ? 'CONSENT_NOT_IN_FORCE' : 'AWAITING_NEW_CERTIFICATE')
}

const value = sql.placeholder
/** Names of columns as a statement's own text. */
const columns = (...names: readonly string[]): SQL => sql.join(names.map((name) => sql.identifier(name)), sql`, `)

const leafColumns = columns('at', 'kind', 'actor', 'subject', 'facts', 'leaf_hash')
const leafRow = sql`${value('at')}::bigint, ${value('kind')}::text, ${value('actor')}::text, ${value('subject')}::text, ${value('facts')}::jsonb, ${value('leafHash')}::bytea`

/** What is locked and read; the columns of the source come under their own names. */
const read = {
  consent: sql`consent`, purpose: sql`purpose`, person: sql`person`, partner: sql`partner`, municipality: certificates.shard,
  personal: certificates.personal,
}
const consentColumns = sql`${consents.id} as consent, ${consents.purpose} as purpose, ${consents.person} as person, ${consents.partner} as partner`
const inForceNow = sql`${consents.id} = ${value('consent')} and ${consents.partner} = ${value('partner')} and ${consents.state} = 'IN_FORCE'
      and ${consents.from} <= ${value('at')}::bigint and ${consents.until} >= ${value('at')}::bigint and ${value('items')}::text[] <@ ${consents.items}`

/** That this process has the key of a sealed column. */
const opens = (column: SQLWrapper): SQL => sql`${generationOf(column)} = any(${value('generations')}::integer[])`

/** One for each item; none where every use is allowed. */
const takeTurns = (turn: SQL): SQL => sql`
    insert into ${releaseTurns} (${columns('consent', 'item', 'turn', 'release')})
    select consent, item, ${turn}, ${value('id')}::text from locked, unnest(${value('items')}::text[]) as item where ${value('turn')}::text is not null`

/** Where every use is allowed: the pace is moved on by one use, or not where that is too far. */
const goOn = sql`
    insert into ${releasePaces} (${columns('consent', 'until')})
    select consent, ${value('paid')}::bigint from locked where ${value('turn')}::text is null
    on conflict (consent) do update set until = greatest(${releasePaces.until}, ${value('at')}::bigint) + ${value('interval')}::bigint
    where greatest(${releasePaces.until}, ${value('at')}::bigint) + ${value('interval')}::bigint <= ${value('most')}::bigint
    returning true as moved`
/** What goes out: what is locked, unless it is asked for too fast. */
const goesOut = sql`select * from locked where ${value('turn')}::text is not null or exists (select from paced)`
const allowed = sql<boolean>`exists (select from released)`

/** What is sealed leaves the table only where it goes out. */
const given = (personal: SQLWrapper) => sql<Uint8Array | null>`case when ${allowed} then ${personal} end`.mapWith(certificates.personal)

/** Partner, consent and certificate at once; what is decided on them is looked at again behind the lock. */
function lookStatement(db: Db) {
  const { id, partner, purpose, person, representative, items, frequency, municipality, from, until, limitedBy, state, withdrawnAt, certificate } = consents
  const terms = { id, partner, purpose, person, representative, items, frequency, municipality, from, until, limitedBy, state, withdrawnAt, certificate }
  return db
    .select({ standing: groundColumns, consent: terms, certificate: { id: certificates.id, state: certificates.state, issuedAt: certificates.issuedAt } })
    .from(partners)
    .leftJoin(standings, eq(standings.partner, partners.id))
    .leftJoin(consents, eq(consents.id, value('consent')))
    .leftJoin(certificates, and(eq(certificates.person, consents.person), eq(certificates.kind, 'signature'), inArray(certificates.state, ['VALID', 'HELD']), gte(certificates.expiresOn, value('today'))))
    .where(eq(partners.id, value('partner')))
    .orderBy(asc(standings.role), asc(standings.from))
    .prepare('releases_look')
}

/** Why it was decided so, kept with what was decided. */
const whyColumns = columns('id', 'request_id', 'at', 'partner', 'client', 'person', 'asked', 'outcome', 'grounds')
const whyRow = (person: SQL): SQL => sql`${value('decision')}::text, ${value('requestId')}::text, ${value('at')}::bigint, ${value('partner')}::text, ${value('client')}::text, ${person}, ${value('asked')}::text, ${value('decided')}::text, ${value('grounds')}::jsonb`
const whyValues = ({ id, client, asked, outcome, grounds }: Decision) => ({ decision: id, client, asked, decided: outcome, grounds: JSON.stringify(grounds) })

function releaseStatement(db: Db) {
  const locked = db.$with('locked', { ...read, certificate: sql`certificate` }).as(sql`
    select ${consentColumns}, ${certificates.id} as certificate, ${certificates.shard}, ${certificates.personal}
    from ${consents} join ${certificates} on ${certificates.person} = ${consents.person}
    where ${inForceNow}
      and ${certificates.id} = ${value('certificate')} and ${certificates.kind} = 'signature' and ${certificates.state} = 'VALID' and ${certificates.expiresOn} >= ${value('today')}::date and ${opens(certificates.personal)}
    for no key update of ${consents} for share of ${certificates}`)
  const turns = db.$with('turns', {}).as(takeTurns(sql`${value('turn')}::text`))
  const [paced, released] = [db.$with('paced', {}).as(goOn), db.$with('released', {}).as(goesOut)]
  const logged = db.$with('logged', {}).as(sql`
    insert into ${accessLog} (${columns('id', 'at', 'partner', 'consent', 'purpose', 'person', 'certificate', 'items', 'outcome', 'request_id')})
    select ${value('id')}::text, ${value('at')}::bigint, partner, consent, purpose, person, certificate, ${value('items')}::text[], ${value('outcome')}::text, ${value('requestId')}::text from released`)
  const leaf = db.$with('leaf', {}).as(sql`insert into ${auditLeaves} (${leafColumns}) select ${leafRow} from released`)
  const reasons = db.$with('reasons', {}).as(sql`insert into ${decisions} (${whyColumns}) select ${whyRow(sql`person`)} from released`)
  return db.with(locked, paced, released, logged, turns, leaf, reasons).select({ allowed, personal: given(locked.personal), municipality: locked.municipality }).from(locked).prepare('releases_release')
}

/** Of a person that a representative consented for; the record is held still as the certificate is. */
function recordStatement(db: Db) {
  const locked = db.$with('locked', { ...read, version: sql`version` }).as(sql`
    select ${consentColumns}, ${residents.municipality} as shard, ${residents.version} as version, ${residents.personal}
    from ${consents} join ${residents} on ${residents.person} = ${consents.person}
    where ${inForceNow} and ${consents.representative} is not null and ${residents.state} = 'RESIDENT' and ${value('today')}::date is not null and ${opens(residents.personal)}
    for no key update of ${consents} for share of ${residents}`)
  const turns = db.$with('turns', {}).as(takeTurns(sql`concat(${value('turn')}::text, case when ${value('byVersion')}::boolean then version end)`))
  const [paced, released] = [db.$with('paced', {}).as(goOn), db.$with('released', {}).as(goesOut)]
  const logged = db.$with('logged', {}).as(sql`
    insert into ${accessLog} (${columns('id', 'at', 'partner', 'consent', 'purpose', 'person', 'source', 'items', 'outcome', 'request_id')})
    select ${value('id')}::text, ${value('at')}::bigint, partner, consent, purpose, person, ${value('source')}::text, ${value('items')}::text[], ${value('outcome')}::text, ${value('requestId')}::text from released`)
  const leaf = db.$with('leaf', {}).as(sql`insert into ${auditLeaves} (${leafColumns}) select ${leafRow} from released`)
  const reasons = db.$with('reasons', {}).as(sql`insert into ${decisions} (${whyColumns}) select ${whyRow(sql`person`)} from released`)
  return db.with(locked, paced, released, logged, turns, leaf, reasons).select({ allowed, personal: given(locked.personal), municipality: locked.municipality }).from(locked).prepare('releases_from_record')
}

function refusedStatement(db: Db) {
  const logged = db.$with('logged', {}).as(sql`
    insert into ${accessLog} (${columns('id', 'at', 'partner', 'consent', 'purpose', 'person', 'items', 'outcome', 'request_id')})
    values (${value('id')}::text, ${value('at')}::bigint, ${value('partner')}::text, ${value('consent')}::text, ${value('purpose')}::text, ${value('person')}::text, ${value('items')}::text[], ${value('outcome')}::text, ${value('requestId')}::text)`)
  const leaf = db.$with('leaf', {}).as(sql`insert into ${auditLeaves} (${leafColumns}) values (${leafRow})`)
  const reasons = db.$with('reasons', {}).as(sql`insert into ${decisions} (${whyColumns}) values (${whyRow(sql`${value('person')}::text`)})`)
  return db.with(logged, leaf, reasons).select({ done: sql<number>`1` }).from(sql`(values (1)) as done`).prepare('releases_refused')
}

function leafValues(act: Act) {
  const { facts, ...rest } = leafOf(act)
  return { ...rest, facts: JSON.stringify(facts) }
}

const entryValues = ({ id, partner, purpose, outcome, requestId }: AccessLogEntry) => ({ id, partner, purpose, outcome, requestId })

const valuesOf = (act: Act, seal: ConsentInForce, entry: AccessLogEntry) => ({
  ...leafValues(act), ...entryValues(entry), items: [...entry.items], consent: seal.consent.id, today: dayOf(act.at),
})
