/**
 * The log of acts: signed heads and proofs that one grew out of another are for everybody, the proof of an act for who did
 * it, the log itself for those who audit.
 *
 * @rfc 9162 2.1 · C2SP tlog-checkpoint
 */
import { proveAct, proveGrowth, readEntries, type ActProof, type AuditEntry, type GrowthProof, type StoredCheckpoint } from '../../core/law/record/audit.ts'
import { agrees, readTallies, type ToldTally } from '../../core/law/record/ledger.ts'
import { agreesWithTrail, type TrailDay } from '../../core/law/record/trail.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { orRefused } from './act.ts'
import { anyToken, audience, type Audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { requestError } from '../errors.ts'
import { nullIfRefused } from '../node.ts'

const auditors: Audience = { agency: ['audit'], ministry: ['audit'] }
const largestStretch = 1_000

const EntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  description: 'An act in the log. It holds no value of a person: names of things and of who acted, and facts of the procedure.',
  fields: (t) => ({
    position: t.expose('position', { type: 'LogSize', description: 'Its place, from 0.' }),
    body: t.exposeString('body', { description: 'Canonical JSON of actor, at, facts, kind and subject. Its leaf hash is SHA-256 of 00 and these octets.' }),
    leafHash: t.expose('leafHash', { type: 'Bytes', description: 'The leaf hash.' }),
  }),
})

const CheckpointRef = builder.objectRef<StoredCheckpoint>('AuditCheckpoint').implement({
  description: 'A signed head of the log.',
  fields: (t) => ({
    size: t.expose('size', { type: 'LogSize', description: 'How many acts it covers.' }),
    root: t.expose('root', { type: 'Bytes', description: 'Root of their Merkle tree (RFC 9162).' }),
    at: t.expose('at', { type: 'DateTime', description: 'When the head was taken.' }),
    note: t.string({ description: 'The signed note (C2SP tlog-checkpoint, ECDSA P-256). Keep it: it is what a later log is held against.', resolve: (c) => c.signed!.note }),
    key: t.field({ type: 'Bytes', description: 'SubjectPublicKeyInfo of the key that signed it. Trust the one you were given when you began, not this one.', resolve: (c) => c.signed!.key }),
  }),
})

const ProofRef = builder.objectRef<ActProof>('AuditProof').implement({
  description: 'That an act stands in the log (RFC 9162 2.1.3).',
  fields: (t) => ({
    entry: t.expose('entry', { type: EntryRef, description: 'The act.' }),
    checkpoint: t.expose('checkpoint', { type: CheckpointRef, description: 'The head it is proved against.' }),
    path: t.expose('path', { type: ['Bytes'], description: 'Hashes from the leaf’s sibling up.' }),
  }),
})

const GrowthRef = builder.objectRef<GrowthProof>('AuditConsistency').implement({
  description: 'That the larger log begins with the very acts of the smaller one (RFC 9162 2.1.4).',
  fields: (t) => ({
    from: t.expose('from', { type: 'LogSize', description: 'Size of the smaller log.' }),
    to: t.expose('to', { type: 'LogSize', description: 'Size of the larger log.' }),
    fromRoot: t.expose('fromRoot', { type: 'Bytes', description: 'Root of the smaller.' }),
    toRoot: t.expose('toRoot', { type: 'Bytes', description: 'Root of the larger.' }),
    path: t.expose('path', { type: ['Bytes'], description: 'The proof.' }),
  }),
})

const TrailRef = builder.objectRef<TrailDay>('SignatureTrail').implement({
  description: 'What the key service says that a key signed on one day, and how often it was asked.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The day.' }),
    signed: t.exposeInt('signed', { description: 'Signatures in the record of the key service.' }),
    askedAtLeast: t.exposeInt('askedLeast', { description: 'How often it was asked, what may have been signed after midnight left out.' }),
    askedAtMost: t.exposeInt('askedMost', { description: 'How often it was asked, with what may have been signed after the midnight before.' }),
    agrees: t.boolean({ description: 'Whether the number of signatures lies between the two.', resolve: agreesWithTrail }),
  }),
})

const TallyRef = builder.objectRef<ToldTally>('SignatureTally').implement({
  description: 'What was asked of a signing key, and what is there that carries its signature.',
  fields: (t) => ({
    key: t.exposeString('key', { description: '`card-orders`, `checkpoint`, or the key id of a certification authority.' }),
    asked: t.exposeInt('asked', { description: 'How often it was asked; written down before asking.' }),
    distinct: t.exposeInt('distinct', { description: 'For how many different texts: a repeat after a crash asks for the same again.' }),
    stored: t.exposeInt('stored', { description: 'Certificates, lists, responders’ certificates, orders, checkpoints or records of consents that carry a signature of it.' }),
    agrees: t.boolean({ description: 'Whether the two agree, apart from what may be on its way.', resolve: agrees }),
    trail: t.expose('trail', { type: TrailRef, nullable: true, description: 'Held against the record of the key service (CloudTrail), of the last day that was reckoned. Null where none is kept, or it was not asked about this key.' }),
  }),
})

const ActReference = builder.inputType('ActReference', {
  description: 'An act: one of these.', isOneOf: true,
  fields: (t) => ({
    idempotencyKey: t.field({ type: 'IdempotencyKey', required: false, description: 'One’s own, by the key it was done under.' }),
    position: t.field({ type: 'LogSize', required: false, description: 'Any, by its place in the log; for those who audit.' }),
  }),
})

builder.queryField('auditProof', (t) => t.field({
  type: ProofRef, nullable: true, description: 'The proof that an act stands in the log. Null where there is none of that name, or no checkpoint covers it yet: ask again after some seconds.', extensions: audience(anyToken),
  args: { act: t.arg({ type: ActReference, description: 'The act.' }) },
  resolve: (_, { act }, { world, actor }) => {
    const which = act.idempotencyKey != null ? { key: act.idempotencyKey } : act.position != null ? { position: act.position } : null
    return which === null ? null : nullIfRefused(proveAct(world, actor, which))
  },
}))
builder.queryField('auditConsistency', (t) => t.field({
  type: orRefused('AuditConsistencyPayload', GrowthRef), description: 'The proof that a log grew out of an earlier one.', extensions: audience('everyone'),
  args: { from: t.arg({ type: 'LogSize', description: 'Size of the earlier one, from 1.' }), to: t.arg({ type: 'LogSize', description: 'Size of the later one, at most that of the newest checkpoint.' }) },
  resolve: (_, { from, to }, { world }) => proveGrowth(world, from, to),
}))
builder.queryField('auditCheckpoint', (t) => t.field({
  type: CheckpointRef, nullable: true, description: 'The newest signed head of the log, or the smallest of at least that size. Null before the first.', extensions: audience('everyone'),
  args: { size: t.arg({ type: 'LogSize', required: false, description: 'The smallest that covers so many acts.' }) },
  resolve: (_, { size }, { world }) => world.audit.checkpoint(size ?? undefined),
}))
builder.queryField('auditEntries', (t) => t.field({
  type: [EntryRef], description: 'A stretch of the log in order, what a copy of it is made from. Not a connection: places never change.', extensions: audience(auditors),
  args: { from: t.arg({ type: 'LogSize', description: 'First place.' }), first: t.arg.int({ description: `How many, 1–${largestStretch}.` }) },
  resolve: async (_, { from, first }, context) => {
    if (first < 1 || first > largestStretch) throw requestError('BAD_USER_INPUT', { context, detail: `first is 1 to ${largestStretch}.` })
    const entries = await readEntries(context.world, context.actor, from, first)
    return isRefusal(entries) ? [] : entries
  },
}))
builder.queryField('signatureTallies', (t) => t.field({
  type: [TallyRef], description: 'The account of signatures, key by key, as of now.', extensions: audience(auditors),
  resolve: async (_, _args, { world, actor }) => {
    const tallies = await readTallies(world, actor)
    return isRefusal(tallies) ? [] : tallies
  },
}))
