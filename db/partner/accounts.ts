/**
 * Links between persons and accounts of partners, and passkeys. What ends forgets what it held: the hash of the account, the
 * public key.
 */
import { and, desc, eq } from 'drizzle-orm'
import type { AccountLinks } from '../../core/law/partner/account.ts'
import type { Passkeys } from '../../core/law/partner/passkey.ts'
import { refuse } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db } from '../client.ts'
import type { Safe } from '../safe.ts'
import { announceUnlinked } from './outbox.ts'
import { accountLinks, enrolments, passkeys } from '../tables/accounts.ts'

/** What stands for the account of a link that is not ended. */
export const accountIndex = (safe: Safe, account: Uint8Array | null): Uint8Array | null => (account === null ? null : safe.index('account_links.account', account))

export function openAccountLinks(db: Db, safe: Safe): AccountLinks {
  return {
    load: async (id) => (await db.select().from(accountLinks).where(eq(accountLinks.id, id)))[0] ?? null,
    ofAccount: async (partner, account) => (await db.select().from(accountLinks).where(and(eq(accountLinks.partner, partner), eq(accountLinks.account, safe.index('account_links.account', account)), eq(accountLinks.state, 'LINKED'))))[0] ?? null,
    ofPerson: (person) => db.select().from(accountLinks).where(eq(accountLinks.person, person)).orderBy(desc(accountLinks.linkedAt), desc(accountLinks.id)),
    end: (act, id, by, at) =>
      perform(db, act, {}, async (tx) => {
        const ended = await tx.update(accountLinks).set({ state: by, endedAt: at, account: null }).where(and(eq(accountLinks.id, id), eq(accountLinks.state, 'LINKED'))).returning({ id: accountLinks.id })
        if (ended.length === 0) return refuse('CONFLICT')
        if (by === 'ENDED_BY_PERSON') await announceUnlinked(tx, id, at)
        return undefined
      }),
  }
}

export function openPasskeys(db: Db): Passkeys {
  return {
    offer: (act, enrolment) => perform(db, act, {}, async (tx) => {
      await tx.insert(enrolments).values(enrolment)
    }),
    loadEnrolment: async (id) => (await db.select().from(enrolments).where(eq(enrolments.id, id)))[0] ?? null,
    enrol: (act, id, passkey) =>
      perform(db, act, { passkeys_credential: 'PASSKEY_INVALID' }, async (tx) => {
        const spent = await tx.update(enrolments).set({ state: 'SPENT' }).where(and(eq(enrolments.id, id), eq(enrolments.state, 'OPEN'))).returning({ id: enrolments.id })
        if (spent.length === 0) return refuse('CONFLICT')
        if (passkey !== null) await tx.insert(passkeys).values(passkey)
        return undefined
      }),
    load: async (id) => (await db.select().from(passkeys).where(eq(passkeys.id, id)))[0] ?? null,
    byCredential: async (partner, credential) => (await db.select().from(passkeys).where(and(eq(passkeys.partner, partner), eq(passkeys.credential, credential))))[0] ?? null,
    ofPerson: (person) => db.select().from(passkeys).where(eq(passkeys.person, person)).orderBy(desc(passkeys.enrolledAt), desc(passkeys.id)),
    remove: (act, id, at) =>
      perform(db, act, {}, async (tx) => {
        const removed = await tx.update(passkeys).set({ state: 'REMOVED', removedAt: at, publicKey: new Uint8Array(0) }).where(and(eq(passkeys.id, id), eq(passkeys.state, 'ENROLLED'))).returning({ id: passkeys.id })
        return removed.length === 0 ? refuse('CONFLICT') : undefined
      }),
  }
}
