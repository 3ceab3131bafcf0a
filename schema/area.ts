/**
 * Free space (空き領域): grants of areas, and what is installed on which chip. A grant is asked for by a municipality,
 * approved by other eyes, and put on a chip by an order whose receipt decides.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { readOrder } from '../core/law/order.ts'
import { refuse } from '../core/law/refusal.ts'
import {
  approveGrant, confirmInstallation, orderAreaWrite, orderInstallation, readGrant, readInstallation, requestGrant, type Grant, type GrantState, type Installation, type InstallationState, type LegalBasis, type Quota,
} from '../core/law/slot.ts'
import { act } from './act.ts'
import type { Audience } from './audience.ts'
import { builder, enumOf } from './builder.ts'
import { askable, globalId, Node, nullIfRefused } from './node.ts'

type Basis<K extends LegalBasis['kind']> = Extract<LegalBasis, { kind: K }>

const GrantStateEnum = enumOf<GrantState>('GrantState', 'Where the grant stands.', { REQUESTED: '申請.', APPROVED: '承認.', SUSPENDED: '停止.', ENDED: '終了.' })
const InstallationStateEnum = enumOf<InstallationState>('InstallationState', 'Where the installation stands.', {
  ORDERED: 'The chip was ordered to make the area; its space is reserved.', INSTALLED: '搭載済, by the chip’s receipt.', REFUSED_BY_CARD: 'The chip refused; the space is free again.', REMOVED: '削除済.',
})

const Ordinance = builder.objectRef<Basis<'ordinance'>>('Ordinance').implement({
  description: 'An ordinance (条例) of the municipality.',
  fields: (t) => ({
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: 'Whose ordinance.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    article: t.exposeString('article', { description: 'The article that provides for the use.' }),
    promulgatedOn: t.expose('promulgatedOn', { type: 'Date', description: '公布日.' }),
  }),
})
const MinisterialRule = builder.objectRef<Basis<'ministerial-rule'>>('MinisterialRule').implement({
  description: 'A rule of the competent ministers (主務大臣の定め).',
  fields: (t) => ({ notice: t.exposeString('notice', { description: 'The notice (告示).' }), issuedOn: t.expose('issuedOn', { type: 'Date', description: 'Its day.' }) }),
})
const MinisterConfirmation = builder.objectRef<Basis<'minister-confirmation'>>('MinisterConfirmation').implement({
  description: 'A confirmation by the competent ministers (主務大臣の確認).',
  fields: (t) => ({ number: t.exposeString('number', { description: 'Its number.' }), confirmedOn: t.expose('confirmedOn', { type: 'Date', description: 'Its day.' }) }),
})
const typeOfBasis: Readonly<Record<LegalBasis['kind'], string>> = { ordinance: 'Ordinance', 'ministerial-rule': 'MinisterialRule', 'minister-confirmation': 'MinisterConfirmation' }
const LegalBasisRef = builder.unionType('LegalBasis', { description: 'On what an area may be used (番号法 第18条).', types: [Ordinance, MinisterialRule, MinisterConfirmation], resolveType: (basis) => typeOfBasis[basis.kind] })

const QuotaRef = builder.objectRef<Quota>('AreaQuota').implement({
  description: 'How much of the chip the area may use, in octets.',
  fields: (t) => ({
    code: t.exposeInt('code', { description: 'For code.' }), data: t.exposeInt('data', { description: 'For records.' }), volatile: t.exposeInt('volatile', { description: 'For volatile memory.' }),
  }),
})
const PinPolicy = builder.objectRef<NonNullable<Grant['pin']>>('AreaPinPolicy').implement({
  description: 'The PIN of the area.', fields: (t) => ({ digits: t.exposeInt('digits', { description: 'Digits, 4–8.' }), tries: t.exposeInt('tries', { description: 'Tries before it blocks, 1–10.' }) }),
})
const Records = builder.objectRef<Grant['records']>('AreaRecords').implement({
  description: 'The records of the area.', fields: (t) => ({ count: t.exposeInt('count', { description: 'How many, 1–254.' }), size: t.exposeInt('size', { description: 'Octets of each, 1–254.' }) }),
})

const GrantRef = builder.objectRef<Grant>('Grant').implement({
  description: 'A right to an area of the free space of cards. The municipality it is for may read it, and who approves.', interfaces: [Node],
  fields: (t) => ({
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: 'Whose grant.' }),
    legalBasis: t.expose('basis', { type: LegalBasisRef, description: 'The legal basis. `Refused` has a `basis` of its own.' }),
    purpose: t.exposeString('purpose', { description: 'What the area is for.' }),
    label: t.exposeString('label', { description: 'Its name on the chip.' }),
    aid: t.exposeString('aid', { description: 'Application identifier, hex.' }),
    quota: t.expose('quota', { type: QuotaRef, description: 'Its space.' }),
    pin: t.expose('pin', { type: PinPolicy, nullable: true, description: 'Its PIN, where reading needs one.' }),
    records: t.expose('records', { type: Records, description: 'Its records.' }),
    validFrom: t.expose('validFrom', { type: 'Date', description: 'First day.' }),
    validUntil: t.expose('validUntil', { type: 'Date', description: 'Last day.' }),
    state: t.expose('state', { type: GrantStateEnum, description: 'Where it stands.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
  }),
})
askable('grant', GrantRef, { municipal: ['area'], agency: ['area:approve'], ministry: ['area:approve'] }, 'A grant of an area.', ({ world, actor }, id) => readGrant(world, actor, id))

export const InstallationRef = builder.objectRef<Installation>('Installation').implement({
  description: 'An area on the chip of a card.', interfaces: [Node],
  fields: (t) => ({
    state: t.expose('state', { type: InstallationStateEnum, description: 'Where it stands.' }),
    grant: t.field({ type: GrantRef, nullable: true, description: 'The right it rests on.', resolve: (i, _, { world, actor }) => nullIfRefused(readGrant(world, actor, i.grant)) }),
    card: t.id({ description: 'The card it is on.', resolve: (i) => globalId(i.card) }),
    order: t.id({ description: 'The order to the chip that is under way or was last answered: ask `cardOrder` for it.', resolve: (i) => globalId(i.order) }),
    orderSigned: t.boolean({ nullable: true, description: 'Whether that order can be given to the chip.', resolve: async (i, _, { world, actor }) => { const order = await nullIfRefused(readOrder(world, actor, i.order)); return order === null ? null : order.state === 'SIGNED' } }),
    quota: t.expose('quota', { type: QuotaRef, description: 'The space it takes.' }),
  }),
})
askable('installation', InstallationRef, { municipal: ['area'], agency: ['area:approve'], ministry: ['area:approve'] }, 'An area on a chip.', ({ world, actor }, id) => readInstallation(world, actor, id))

// ---------------------------------------------------------------- acts

const OrdinanceInput = builder.inputType('OrdinanceInput', {
  description: 'An ordinance (条例).',
  fields: (t) => ({
    municipality: t.field({ type: 'MunicipalityCode', description: 'Whose ordinance: the own.' }), name: t.field({ type: 'Text', description: 'Its name.' }),
    article: t.field({ type: 'Text', description: 'The article that provides for the use.' }), promulgatedOn: t.field({ type: 'Date', description: '公布日.' }),
  }),
})
const MinisterialRuleInput = builder.inputType('MinisterialRuleInput', {
  description: 'A rule of the competent ministers (主務大臣の定め).', fields: (t) => ({ notice: t.field({ type: 'Text', description: 'The notice (告示).' }), issuedOn: t.field({ type: 'Date', description: 'Its day.' }) }),
})
const MinisterConfirmationInput = builder.inputType('MinisterConfirmationInput', {
  description: 'A confirmation by the competent ministers (主務大臣の確認).', fields: (t) => ({ number: t.field({ type: 'Text', description: 'Its number.' }), confirmedOn: t.field({ type: 'Date', description: 'Its day.' }) }),
})
const LegalBasisInput = builder.inputType('LegalBasisInput', {
  description: 'The legal basis: one of these.', isOneOf: true,
  fields: (t) => ({
    ordinance: t.field({ type: OrdinanceInput, required: false, description: '条例.' }),
    ministerialRule: t.field({ type: MinisterialRuleInput, required: false, description: '主務大臣の定め.' }),
    ministerConfirmation: t.field({ type: MinisterConfirmationInput, required: false, description: '主務大臣の確認.' }),
  }),
})
const QuotaInput = builder.inputType('AreaQuotaInput', {
  description: 'Space on the chip, in octets.', fields: (t) => ({ code: t.int({ description: 'For code.' }), data: t.int({ description: 'For records.' }), volatile: t.int({ description: 'For volatile memory.' }) }),
})
const PinPolicyInput = builder.inputType('AreaPinPolicyInput', {
  description: 'The PIN of the area.', fields: (t) => ({ digits: t.int({ description: 'Digits, 4–8.' }), tries: t.int({ description: 'Tries before it blocks, 1–10.' }) }),
})
const RecordsInput = builder.inputType('AreaRecordsInput', {
  description: 'The records of the area.', fields: (t) => ({ count: t.int({ description: 'How many, 1–254.' }), size: t.int({ description: 'Octets of each, 1–254.' }) }),
})

function basisOf(input: typeof LegalBasisInput.$inferInput): LegalBasis | null {
  if (input.ordinance != null) return { kind: 'ordinance', ...input.ordinance }
  if (input.ministerialRule != null) return { kind: 'ministerial-rule', ...input.ministerialRule }
  return input.ministerConfirmation == null ? null : { kind: 'minister-confirmation', ...input.ministerConfirmation }
}

const municipal: Audience = { municipal: ['area'] }

act('requestGrant', {
  description: 'A municipality asks for an area of the free space of its residents’ cards. 番号法 第18条.', who: municipal, success: GrantRef,
  fields: (t) => ({
    basis: t.field({ type: LegalBasisInput, description: 'The legal basis.' }),
    purpose: t.field({ type: 'LongText', description: 'What the area is for.' }),
    label: t.field({ type: 'Text', description: 'Its name on the chip, at most 16 characters.' }),
    aid: t.field({ type: 'Text', description: 'Application identifier, 5–16 octets as hex.' }),
    quota: t.field({ type: QuotaInput, description: 'Its space.' }),
    pin: t.field({ type: PinPolicyInput, required: false, description: 'Its PIN, where reading needs one.' }),
    records: t.field({ type: RecordsInput, description: 'Its records; together no more than the space for data.' }),
    validFrom: t.field({ type: 'Date', description: 'First day.' }),
    validUntil: t.field({ type: 'Date', description: 'Last day.' }),
  }),
  run: async ({ world, actor }, input) => {
    const basis = basisOf(input.basis)
    return basis === null ? refuse('MALFORMED_INPUT', { field: 'basis' }) : requestGrant(world, actor, { ...input, basis, pin: input.pin ?? null })
  },
})
act('approveGrant', {
  description: 'An officer of the agency approves a grant: other eyes than those that asked.', who: { agency: ['area:approve'] }, success: GrantRef, ids: { grant: ['grant', 'The grant.'] },
  run: ({ world, actor }, input) => approveGrant(world, actor, input),
})
act('orderInstallation', {
  description: 'Reserves the space on a card and orders its chip to make the area (搭載).', who: municipal, success: InstallationRef, ids: { grant: ['grant', 'The grant, approved.'], card: ['card', 'The card, in use.'] },
  run: ({ world, actor }, input) => orderInstallation(world, actor, input),
})
act('orderAreaWrite', {
  description: 'Orders the chip to open the installed area for writing its records.', who: municipal, success: InstallationRef, ids: { installation: ['installation', 'The installed area.'] },
  run: ({ world, actor }, input) => orderAreaWrite(world, actor, input),
})
act('confirmInstallation', {
  description: 'Hands in the receipt of the chip: it decides whether the area is installed.', who: municipal, success: InstallationRef, ids: { installation: ['installation', 'The area.'] },
  fields: (t) => ({ receipt: t.field({ type: 'Bytes', description: 'The receipt, as it came out of the chip.' }) }),
  run: ({ world, actor }, input) => confirmInstallation(world, actor, input),
})
