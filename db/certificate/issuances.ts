/**
 * Applications for certificates (発行申請) and the two transactions of an issue: what will be signed is stored before the
 * key is asked, and of several signatures the first one stored is the certificate.
 *
 * @law 公的個人認証法 第3条・第22条
 */
import { createHash } from 'node:crypto'
import { and, asc, eq, inArray, lt, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Act } from '../../core/law/act.ts'
import type { CertificateKind, CertificateRecord, InSmartphone } from '../../core/law/certificate/certificate.ts'
import type { CertificateApplicationId, ConsentId } from '../../core/law/ids.ts'
import { isAttribute } from '../../core/law/consent/item.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import type { CertificateApplication, CertificateApplicationState, Issuances } from '../../core/law/certificate/issuance.ts'
import type { Reservation } from '../../core/law/certificate/issue.ts'
import { endsNothing, type Decide } from '../../core/law/card/deadline.ts'
import { bears, registryOf, residentOn } from '../../core/law/person/departure.ts'
import { isRefusal, refuse, type Result } from '../../core/law/refusal.ts'
import type { Revocation } from '../../core/law/certificate/revocation.ts'
import { dayOf } from '../../core/law/time.ts'
import { perform } from '../record/acts.ts'
import { sealedExpiry } from '../card/expiry.ts'
import { itemsOf, recordColumns, recordOf, sealedItems, smartphoneOf } from './certificates.ts'
import type { Db, Tx } from '../client.ts'
import { restore, store, type Stored } from '../json.ts'
import { holdStill } from '../card/deadlines.ts'
import { abandon, expire, holdIssuer, lapse } from '../card/lapse.ts'
import { announce } from '../partner/outbox.ts'
import { residentOf } from '../person/residents.ts'
import type { Safe } from '../safe.ts'
import { cards } from '../tables/cards.ts'
import { consents } from '../tables/consents.ts'
import { caIncidents, certificateApplications as applications, certificates, crlShards } from '../tables/certificates.ts'
import { residents } from '../tables/register.ts'

export function openIssuances(db: Db, safe: Safe): Issuances {
  const load = db.select().from(applications).where(eq(applications.id, sql.placeholder('id'))).prepare('issuances_load')
  const reservation = db
    .select({ ...recordColumns, tbs: certificates.tbs, expected: certificates.expected })
    .from(certificates)
    .where(and(eq(certificates.application, sql.placeholder('application')), eq(certificates.state, 'RESERVED')))
    .prepare('issuances_reservation')
  const certificateOf = db
    .select(recordColumns)
    .from(certificates)
    .where(and(eq(certificates.application, sql.placeholder('application')), sql`${certificates.der} is not null`))
    .prepare('issuances_certificate_of')
  const certificate = async (application: CertificateApplicationId): Promise<CertificateRecord | null> => {
    const [row] = await certificateOf.execute({ application })
    return row === undefined ? null : recordOf(safe, row)
  }
  const unfinished = db
    .select({ id: applications.id })
    .from(applications)
    .where(sql`${applications.state} in ('NOTIFIED', 'RESERVED')`)
    .orderBy(asc(applications.id))
    .limit(sql.placeholder('limit'))
    .prepare('issuances_unfinished')
  const overdue = db
    .select({ id: applications.id })
    .from(applications)
    .innerJoin(certificates, eq(certificates.application, applications.id))
    .where(and(eq(applications.state, 'RESERVED'), lt(certificates.issuedAt, sql.placeholder('before'))))
    .orderBy(asc(applications.id))
    .limit(sql.placeholder('limit'))
    .prepare('issuances_overdue')
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      return row === undefined ? null : applicationOf(safe, row)
    },
    ofCard: async (card) => (await db.select().from(applications).where(eq(applications.card, card)).orderBy(asc(applications.id))).map((row) => applicationOf(safe, row)),
    create: (act, application) =>
      perform(db, act, { certificate_applications_open: 'APPLICATION_OPEN' }, async (tx) => {
        await tx.insert(applications).values(rowOf(safe, application))
      }),
    advance: (act, from, application) => perform(db, act, { certificate_applications_key: 'KEY_UNFIT' }, (tx) => advance(tx, safe, act, from, application)),
    reserve: (act, id, prepared, decide) => perform(db, act, { certificates_serial: 'CONFLICT', certificates_application: 'CONFLICT' }, (tx) => reserve(tx, safe, act, id, prepared, decide)),
    async reservation(id) {
      const [row] = await reservation.execute({ application: id })
      if (row === undefined || row.tbs === null || row.expected === null) return null
      const { tbs, expected, ...record } = row
      return { record: recordOf(safe, record), tbs: safe.openOctets('certificates.tbs', record.id, tbs), expectation: restore(safe.open<Stored<Reservation['expectation']>>('certificates.expected', record.id, expected)) }
    },
    async complete(act, id, der, supersede) {
      const done = await perform(db, act, {}, (tx) => complete(tx, safe, act, id, der, supersede))
      return isRefusal(done) ? ((await certificate(id)) ?? done) : done
    },
    certificateOf: certificate,
    deliver: (act, id, at) =>
      perform(db, act, {}, async (tx) => {
        const moved = await tx.update(applications).set({ state: 'DELIVERED' }).where(and(eq(applications.id, id), eq(applications.state, 'ISSUED'))).returning({ id: applications.id })
        if (moved.length === 0) return refuse('CONFLICT')
        await tx.update(certificates).set({ deliveredAt: at }).where(eq(certificates.application, id))
      }),
    overdue: async (before, limit) => (await overdue.execute({ before, limit })).map((row) => row.id),
    unfinished: async (limit) => (await unfinished.execute({ limit })).map((row) => row.id),
  }
}

async function advance(tx: Tx, safe: Safe, act: Act, from: CertificateApplicationState, application: CertificateApplication): Promise<Result<void>> {
  const { id, ...columns } = rowOf(safe, application)
  const moved = await tx.update(applications).set(columns).where(and(eq(applications.id, id), eq(applications.state, from))).returning({ id: applications.id })
  if (moved.length === 0) return refuse('CONFLICT')
  if (from === 'RESERVED' && application.state === 'ABANDONED') await abandon(tx, eq(certificates.application, id), act.at)
}

/**
 * T1. The register is locked and compared once more: between the decision and this line the person may have moved, and
 * nothing may be reserved with items that are no longer the person's. Nor while something of the person has ended that
 * nobody carried out: cards and certificates are held still from the look to the reservation.
 */
async function reserve(tx: Tx, safe: Safe, act: Act, id: CertificateApplicationId, { record, tbs, expectation }: Reservation, decide: Decide): Promise<Result<void>> {
  const [row] = await tx.select().from(residents).where(eq(residents.person, record.person)).for('share')
  const resident = row === undefined ? null : residentOn(residentOf(safe, row), dayOf(act.at))
  if (resident === null || registryOf(resident) !== record.shard) return refuse('CONFLICT', { field: 'municipality' })
  if (record.items !== null && !bears(resident, record.items, record.smartphone !== null)) return refuse('CONFLICT', { field: 'items' })
  if (!endsNothing(decide(await holdStill(tx, record.person)))) return refuse('CONFLICT', { field: 'deadline' })
  const { items, revocation: _, der: __, smartphone, expiresBy, ...columns } = record
  if (smartphone !== null && !(await holdParent(tx, smartphone))) return refuse('PARENT_NOT_LIVE')
  const moved = await tx.update(applications).set({ state: 'RESERVED' }).where(and(eq(applications.id, id), eq(applications.state, 'NOTIFIED'))).returning({ id: applications.id })
  if (moved.length === 0) return refuse('CONFLICT')
  await holdIssuer(tx, record.issuer, 'shared')
  const [personal, sealedTbs] = [sealedItems(safe, record.id, items), safe.sealOctets('certificates.tbs', record.id, tbs)]
  await tx.insert(certificates).values({ ...columns, expiry: sealedExpiry(safe, 'certificates.expiry', record.id, expiresBy), personal, ...smartphone, application: id, tbs: sealedTbs, expected: safe.seal('certificates.expected', record.id, store(expectation)) })
  const incident = await tx.select({ issuer: caIncidents.issuer }).from(caIncidents).where(eq(caIncidents.issuer, record.issuer))
  if (incident.length > 0) return refuse('ISSUER_AWAY')
}

/**
 * T2. The card is held still while the certificate is stored, so that neither its end nor a suspension can fall between;
 * the present live certificate of the same person and kind lapses in the same transaction. Who comes second gets what is
 * stored, and leaves no second leaf of an issue that did not happen.
 */
async function complete(tx: Tx, safe: Safe, act: Act, id: CertificateApplicationId, der: Uint8Array, supersede: Revocation): Promise<Result<CertificateRecord>> {
  const [card] = await tx
    .select({ state: cards.state })
    .from(cards)
    .where(sql`${cards.id} = (select ${applications.card} from ${applications} where ${applications.id} = ${id})`)
    .for('share')
  if (card === undefined) return refuse('NOT_FOUND')
  if (card.state !== 'ACTIVE') return refuse('CARD_NOT_USABLE', { state: card.state })
  // The parent before the application: whoever ends the parent ends its children's applications after it.
  const [hangsOn] = await tx.select({ parent: applications.parent, device: applications.device }).from(applications).where(eq(applications.id, id))
  const on = hangsOn === undefined ? null : smartphoneOf(hangsOn)
  if (on !== null && !(await holdParent(tx, on))) return refuse('PARENT_NOT_LIVE')
  const [moved] = await tx
    .update(applications)
    .set({ state: 'ISSUED' })
    .where(and(eq(applications.id, id), eq(applications.state, 'RESERVED')))
    .returning({ person: applications.person, kind: applications.kind, parent: applications.parent, device: applications.device, publicKey: applications.publicKey })
  if (moved === undefined) return refuse('CONFLICT')
  const smartphone = smartphoneOf(moved)
  const others = and(eq(certificates.person, moved.person), replacedBy(moved.kind, smartphone), sql`${certificates.application} is distinct from ${id}`)
  await expire(tx, others, act.at)
  await lapse(tx, others, supersede)
  const reserved = and(eq(certificates.application, id), eq(certificates.state, 'RESERVED'))
  const [row] = await tx.select({ id: certificates.id }).from(certificates).where(reserved)
  if (row === undefined) return refuse('CONFLICT')
  const [stored] = await tx
    .update(certificates)
    // A phone fetches its certificate itself: nobody hands it over.
    .set({ state: 'VALID', der: safe.sealOctets('certificates.der', row.id, der), sha256: createHash('sha256').update(der).digest('hex').toUpperCase(), publicKey: moved.publicKey, completedAt: act.at, tbs: null, expected: null, ...(smartphone === null ? {} : { deliveredAt: act.at }) })
    .where(reserved)
    .returning(recordColumns)
  if (stored === undefined) return refuse('CONFLICT')
  await tx.insert(crlShards).values({ issuer: stored.issuer, shard: stored.shard }).onConflictDoNothing()
  const record = recordOf(safe, stored)
  const differing = record.kind === 'signature' ? await differingFrom(tx, safe, record) : []
  if (differing.length > 0) await announce(tx, 'attributes-changed', inArray(consents.id, differing), act.at)
  return record
}

/** Consents in force of the person, one of whose items stood otherwise in the certificate that it was signed with. */
async function differingFrom(tx: Tx, safe: Safe, { person, items: now }: CertificateRecord): Promise<ConsentId[]> {
  const signedWith = await tx
    .select({ consent: consents.id, items: consents.items, id: certificates.id, personal: certificates.personal })
    .from(consents)
    .innerJoin(certificates, eq(certificates.id, consents.certificate))
    .where(and(eq(consents.person, person), eq(consents.state, 'IN_FORCE')))
  return signedWith.flatMap((row) => {
    const before = itemsOf(safe, row)
    return before !== null && now !== null && row.items.some((item) => isAttribute(item) && before[item] !== now[item]) ? [row.consent] : []
  })
}

/** The card certificate that a phone's hangs on is held still; false where it is not in force. */
async function holdParent(tx: Tx, { parent }: InSmartphone): Promise<boolean> {
  const [row] = await tx.select({ state: certificates.state }).from(certificates).where(eq(certificates.id, parent)).for('share')
  return row?.state === 'VALID'
}

/** A new certificate takes the place of the one of its kind; one in a phone of all that are in other phones, too. */
const replacedBy = (kind: CertificateKind, smartphone: InSmartphone | null): SQL | undefined =>
  smartphone === null ? eq(certificates.kind, kind) : and(inArray(certificates.kind, ['smartphone-signature', 'smartphone-authentication']), or(eq(certificates.kind, kind), ne(certificates.device, smartphone.device)))

type Row = typeof applications.$inferSelect

function applicationOf(safe: Safe, { parent, device, confirmedBy, confirmedAt, personal, ...rest }: Row): CertificateApplication {
  return {
    ...rest,
    items: safe.open<FourInformation>('certificate_applications.personal', rest.id, personal),
    smartphone: smartphoneOf({ parent, device }),
    confirmation: confirmedBy !== null && confirmedAt !== null ? { officer: confirmedBy, at: confirmedAt } : null,
  }
}

const rowOf = (safe: Safe, { confirmation, items, smartphone, ...rest }: CertificateApplication): Row => ({
  ...rest, personal: safe.seal('certificate_applications.personal', rest.id, items), parent: smartphone?.parent ?? null, device: smartphone?.device ?? null, confirmedBy: confirmation?.officer ?? null, confirmedAt: confirmation?.at ?? null,
})
