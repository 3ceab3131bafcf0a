/**
 * How a partner may ask: the documents it registered, whether it sends others, and its budget.
 */
import { readAccess, readManifest, registerDocuments, setAccess, type Access, type DocumentRule, type Manifest, type RegisteredDocument } from '../../core/law/partner/access.ts'
import { toHex } from '../../core/law/ids.ts'
import { refuse } from '../../core/law/refusal.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { mostCostly } from '../limits.ts'
import { globalId, localId } from '../node.ts'
import { unfitFor } from '../prepare.ts'
import { act, orRefused } from '../record/act.ts'

const who: Audience = { partner: ['partner'], agency: ['partner'] }

const RuleEnum = enumOf<DocumentRule>('DocumentRule', 'Which documents a partner may send.', { any: 'Registered ones and every other.', registered: 'Registered ones alone, by text or by hash.' })

const DocumentRef = builder.objectRef<RegisteredDocument>('RegisteredDocument').implement({
  description: 'A document that was registered; it never changes.',
  fields: (t) => ({
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its UTF-8 octets, 64 lower-case hex digits. A request names it by `documentId`: "sha256:" and these.' }),
    text: t.exposeString('text', { description: 'The document.' }),
    registeredAt: t.expose('registeredAt', { type: 'DateTime', description: 'When.' }),
  }),
})

const ManifestRef = builder.objectRef<Manifest>('Manifest').implement({
  description: 'The registered documents of a partner (登録文書).',
  fields: (t) => ({
    partner: t.id({ description: 'The partner.', resolve: ({ partner }) => globalId(partner) }),
    documents: t.expose('documents', { type: [DocumentRef], description: 'In the order of registration.' }),
  }),
})

const AccessRef = builder.objectRef<Access>('Access').implement({
  description: 'How a partner may ask.',
  fields: (t) => ({
    partner: t.id({ description: 'The partner.', resolve: ({ partner }) => globalId(partner) }),
    documentRule: t.field({ type: RuleEnum, description: 'Which documents it may send.', resolve: ({ documents }) => documents }),
    budgetCapacity: t.int({ description: 'Points of a full budget.', resolve: ({ budget }) => budget.capacity }),
    budgetPerSecond: t.int({ description: 'Points that come back each second.', resolve: ({ budget }) => budget.perSecond }),
  }),
})

/** Whose: null for the asking partner's own. */
function partnerIn(id: string | null | undefined) {
  if (id === null || id === undefined) return null
  return localId('partner', id) ?? refuse('NOT_FOUND', { field: 'partner' })
}
const isNo = (value: ReturnType<typeof partnerIn>): value is ReturnType<typeof refuse> => typeof value === 'object' && value !== null

builder.queryFields((t) => ({
  manifest: t.field({
    type: orRefused('ManifestPayload', ManifestRef), description: 'The registered documents of a partner.', extensions: audience(who), args: { partner: t.arg.id({ required: false, description: 'Whose. A partner asks for its own and may leave it out.' }) },
    resolve: (_, args, { world, actor }) => {
      const partner = partnerIn(args.partner)
      return isNo(partner) ? partner : readManifest(world, actor, partner)
    },
  }),
  access: t.field({
    type: orRefused('AccessPayload', AccessRef), description: 'How a partner may ask.', extensions: audience(who), args: { partner: t.arg.id({ required: false, description: 'Whose. A partner asks for its own and may leave it out.' }) },
    resolve: (_, args, { world, actor }) => {
      const partner = partnerIn(args.partner)
      return isNo(partner) ? partner : readAccess(world, actor, partner)
    },
  }),
}))

act('registerDocuments', {
  description: 'Registers documents, so that they can be asked by their hash and are made ready once. They must be valid and within the limits; what is there already stays.', who, success: ManifestRef,
  fields: (t) => ({
    partner: t.id({ required: false, description: 'Whose. A partner registers its own and may leave it out.' }),
    documents: t.field({ type: ['LongText'], description: 'The documents, 1–50 at once, 500 in all.' }),
  }),
  run: ({ world, actor, sha256 }, input, { schema }) => {
    const partner = partnerIn(input.partner)
    return isNo(partner) ? Promise.resolve(partner) : registerDocuments(world, actor, { ...input, partner }, (text) => toHex(sha256(text)).toLowerCase(), unfitFor(schema))
  },
})
act('setAccess', {
  description: 'Says which documents a partner may send, and, for the agency, how large its budget is. Takes effect within half a minute.', who, success: AccessRef,
  fields: (t) => ({
    partner: t.id({ required: false, description: 'Whose. A partner sets its own and may leave it out.' }),
    documentRule: t.field({ type: RuleEnum, description: 'Which documents it may send.' }),
    budgetCapacity: t.int({ required: false, description: 'Points of a full budget; with `budgetPerSecond`, or both left as they are.' }),
    budgetPerSecond: t.int({ required: false, description: 'Points that come back each second.' }),
  }),
  run: ({ world, actor }, { documentRule, budgetCapacity = null, budgetPerSecond = null, ...input }) => {
    const partner = partnerIn(input.partner)
    if (isNo(partner)) return Promise.resolve(partner)
    if ((budgetCapacity === null) !== (budgetPerSecond === null)) return Promise.resolve(refuse('MALFORMED_INPUT', { field: 'budgetPerSecond' }))
    return setAccess(world, actor, { idempotencyKey: input.idempotencyKey, partner, documents: documentRule, budget: budgetCapacity === null ? null : { capacity: budgetCapacity, perSecond: budgetPerSecond! } }, mostCostly)
  },
})
