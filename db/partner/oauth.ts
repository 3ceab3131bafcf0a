/**
 * Storage of the offline edition's authorization server, and the memory for single-use tokens. The records are the
 * protocol library's own and are kept unread; the shapes fit its adapter.
 *
 * @rfc 7523 3 · 9449 11.1 (a token is taken once)
 */
import { and, eq, gt, isNull, lte, or, sql } from 'drizzle-orm'
import type { Instant } from '../../core/law/time.ts'
import type { Db } from '../client.ts'
import { oauthRecords, replayedTokens } from '../tables/partners.ts'

export interface OAuthRecord {
  readonly payload: Readonly<Record<string, unknown>>
  readonly expiresAt: Instant | null
  readonly grantId: string | null
  readonly uid: string | null
  readonly userCode: string | null
  readonly consumed: Instant | null
}

/** A record whose time is over is not found, pruned or not. */
export interface OAuthRecords {
  find(model: string, id: string, at: Instant): Promise<OAuthRecord | null>
  findByUid(model: string, uid: string, at: Instant): Promise<OAuthRecord | null>
  findByUserCode(model: string, userCode: string, at: Instant): Promise<OAuthRecord | null>
  upsert(model: string, id: string, record: Omit<OAuthRecord, 'consumed'>): Promise<void>
  /** False where it was used up before or is not there: of two at once, one gets true. */
  consume(model: string, id: string, at: Instant): Promise<boolean>
  destroy(model: string, id: string): Promise<void>
  /** Removes everything that came of one grant; returns how much. */
  revokeGrant(grantId: string): Promise<number>
  prune(at: Instant): Promise<number>
}

export interface SeenTokens {
  /** True the first time within the token's life; false for a replay. */
  take(issuer: string, jti: string, expiresAt: Instant, at: Instant): Promise<boolean>
  /** Whether it was taken; a later `take` may still come second. */
  seen(issuer: string, jti: string, at: Instant): Promise<boolean>
  prune(at: Instant): Promise<number>
}

const columns = {
  payload: oauthRecords.payload, expiresAt: oauthRecords.expiresAt, grantId: oauthRecords.grantId, uid: oauthRecords.uid, userCode: oauthRecords.userCode, consumed: oauthRecords.consumed,
}

export function openOAuth(db: Db): OAuthRecords {
  const alive = (at: Instant) => or(isNull(oauthRecords.expiresAt), gt(oauthRecords.expiresAt, at))
  const by = async (model: string, column: typeof oauthRecords.id | typeof oauthRecords.uid | typeof oauthRecords.userCode, value: string, at: Instant): Promise<OAuthRecord | null> =>
    (await db.select(columns).from(oauthRecords).where(and(eq(oauthRecords.model, model), eq(column, value), alive(at))))[0] ?? null
  return {
    find: (model, id, at) => by(model, oauthRecords.id, id, at),
    findByUid: (model, uid, at) => by(model, oauthRecords.uid, uid, at),
    findByUserCode: (model, userCode, at) => by(model, oauthRecords.userCode, userCode, at),
    async upsert(model, id, record) {
      await db.insert(oauthRecords).values({ model, id, ...record }).onConflictDoUpdate({ target: [oauthRecords.model, oauthRecords.id], set: record })
    },
    consume: async (model, id, at) =>
      (await db.update(oauthRecords).set({ consumed: at }).where(and(eq(oauthRecords.model, model), eq(oauthRecords.id, id), isNull(oauthRecords.consumed))).returning({ id: oauthRecords.id })).length === 1,
    async destroy(model, id) {
      await db.delete(oauthRecords).where(and(eq(oauthRecords.model, model), eq(oauthRecords.id, id)))
    },
    revokeGrant: async (grantId) => (await db.delete(oauthRecords).where(eq(oauthRecords.grantId, grantId)).returning({ id: oauthRecords.id })).length,
    prune: async (at) => (await db.delete(oauthRecords).where(lte(oauthRecords.expiresAt, at)).returning({ id: oauthRecords.id })).length,
  }
}

export function openSeenTokens(db: Db): SeenTokens {
  return {
    // A row that has run out may be taken again; its token is refused for its age.
    take: async (issuer, jti, expiresAt, at) =>
      (await db
        .insert(replayedTokens)
        .values({ issuer, jti, expiresAt })
        .onConflictDoUpdate({ target: [replayedTokens.issuer, replayedTokens.jti], set: { expiresAt }, setWhere: sql`${replayedTokens.expiresAt} <= ${at}::bigint` })
        .returning({ jti: replayedTokens.jti })).length === 1,
    seen: async (issuer, jti, at) =>
      (await db.select({ jti: replayedTokens.jti }).from(replayedTokens).where(and(eq(replayedTokens.issuer, issuer), eq(replayedTokens.jti, jti), gt(replayedTokens.expiresAt, at)))).length === 1,
    prune: async (at) => (await db.delete(replayedTokens).where(lte(replayedTokens.expiresAt, at)).returning({ jti: replayedTokens.jti })).length,
  }
}
