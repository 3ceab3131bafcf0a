/**
 * Grants of free space: the legal basis, who decides, what an end would touch.
 *
 * @law 番号法 第18条
 */
import type { Grant, GrantEnd, GrantState, LegalBasis, Pending, Population, Quota, VerifierProvision } from '../../core/law/space/basis.ts'
import { approveGrant, endGrant, reachOfOrdinance, repealOrdinance, resumeGrant, suspendGrant, type OrdinanceReach, type Repealed as RepealedOrdinance } from '../../core/law/space/decision.ts'
import { listGrants, octetsOf, readEvidence, readGrant, readRadius, requestGrant, type BlastRadius } from '../../core/law/space/grant.ts'
import { fromHex, toHex } from '../../core/law/ids.ts'
import { refuse } from '../../core/law/refusal.ts'
import { publicBody } from '../../core/law/person/bodies.ts'
import { act, type InputFields } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { deciders, SignedDecisionInput, SignedDecisionRef } from './decision.ts'
import { connectionOf, pageArgs, pageOf } from '../connection.ts'
import { askable, globalId, localId, Node, nullIfRefused } from '../node.ts'

type Basis<K extends LegalBasis['kind']> = Extract<LegalBasis, { kind: K }>

const officers: Audience = { municipal: ['area'], prefectural: ['area'], national: ['area'], agency: ['area', 'area:approve'], ministry: ['area', 'area:approve'] }

const GrantStateEnum = enumOf<GrantState>('GrantState', 'Where the grant stands.', { REQUESTED: '申請.', APPROVED: '承認.', SUSPENDED: '停止.', ENDED: '終了.' })
const Ordinance = builder.objectRef<Basis<'ordinance'>>('Ordinance').implement({
  description: 'An ordinance (条例) of a municipality or prefecture.',
  fields: (t) => ({
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: 'Whose ordinance.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    article: t.exposeString('article', { description: 'The article that provides for the use.' }),
    promulgatedOn: t.expose('promulgatedOn', { type: 'Date', description: '公布日.' }),
    url: t.string({ nullable: true, description: 'Where its text can be read (例規集), https.', resolve: (o) => o.url ?? null }),
  }),
})
const MinisterialRule = builder.objectRef<Basis<'ministerial-rule'>>('MinisterialRule').implement({
  description: 'A rule of the competent ministers (主務大臣の定め).',
  fields: (t) => ({ notice: t.exposeString('notice', { description: 'The notice (告示).' }), issuedOn: t.expose('issuedOn', { type: 'Date', description: 'Its day.' }) }),
})
const MinisterConfirmation = builder.objectRef<Basis<'minister-confirmation'>>('MinisterConfirmation').implement({
  description: 'A confirmation by the competent ministers (主務大臣の確認).',
  fields: (t) => ({
    number: t.exposeString('number', { description: 'Its number.' }), confirmedOn: t.expose('confirmedOn', { type: 'Date', description: 'Its day.' }),
    procedure: t.exposeString('procedure', { description: 'The procedure that was confirmed (事務取扱要領).' }),
  }),
})
const VerifierProvisionEnum = enumOf<VerifierProvision>('VerifierProvision', 'By which provision of 公的個人認証法 a body verifies.', { 'article-17-1': '第17条第1項.', 'article-17-5': '第17条第5項.', 'article-36-1': '第36条第1項.' })
const JpkiVerifier = builder.objectRef<Basis<'jpki-verifier'>>('JpkiVerifierStatus').implement({
  description: 'The standing of a verifier (署名検証者・利用者証明検証者).',
  fields: (t) => ({
    provision: t.expose('provision', { type: VerifierProvisionEnum, description: 'By which provision.' }), number: t.exposeString('number', { description: '届出番号.' }),
    notifiedOn: t.expose('notifiedOn', { type: 'Date', description: 'Its day.' }),
  }),
})
const typeOfBasis: Readonly<Record<LegalBasis['kind'], string>> = { ordinance: 'Ordinance', 'ministerial-rule': 'MinisterialRule', 'minister-confirmation': 'MinisterConfirmation', 'jpki-verifier': 'JpkiVerifierStatus' }
const LegalBasisRef = builder.unionType('LegalBasis', { description: 'On what an area may be used (番号法 第18条).', types: [Ordinance, MinisterialRule, MinisterConfirmation, JpkiVerifier], resolveType: (basis) => typeOfBasis[basis.kind] })

export const QuotaRef = builder.objectRef<Quota>('AreaQuota').implement({
  description: 'How much of the chip the area may use, in octets.',
  fields: (t) => ({
    code: t.exposeInt('code', { description: 'For code.' }), data: t.exposeInt('data', { description: 'For records.' }), volatile: t.exposeInt('volatile', { description: 'For volatile memory.' }),
  }),
})
const PopulationRef = builder.objectRef<Population>('AreaPopulation').implement({
  description: 'For whose cards an area is.',
  fields: (t) => ({
    municipalities: t.field({ type: ['MunicipalityCode'], nullable: true, description: 'Of residents of these; several use it together (共同利用). Null: any card that its holder brings.', resolve: (p) => (p.kind === 'residents' ? [...p.municipalities] : null) }),
  }),
})
const Radius = builder.objectRef<BlastRadius>('BlastRadius').implement({
  description: 'What an end would touch now.',
  fields: (t) => ({ installations: t.exposeInt('installations', { description: 'Installations on chips.' }), cards: t.exposeInt('cards', { description: 'Cards.' }) }),
})
const PendingActEnum = enumOf<Pending['act']>('PendingDecision', 'What waits for a second person.', { resume: 'Resuming.', end: 'Ending.', repeal: 'Ending with its ordinance, that is to be repealed (`repealOrdinance`).' })
const GrantEndEnum = enumOf<GrantEnd>('GrantEnd', 'Why a grant ended.', { 'not-approved-in-time': 'Nobody approved it within 72 hours.', revoked: '取消し.', 'ordinance-repealed': '条例の廃止.' })
const SuspensionEnum = enumOf<NonNullable<Grant['suspendedFor']>>('GrantSuspension', 'Why a grant is suspended.', { officer: 'By an officer.', expired: '期間満了.' })

const PinPolicy = builder.objectRef<NonNullable<Grant['pin']>>('AreaPinPolicy').implement({
  description: 'The PIN of the area.', fields: (t) => ({ digits: t.exposeInt('digits', { description: 'Digits, 4–8.' }), tries: t.exposeInt('tries', { description: 'Tries before it blocks, 1–10.' }) }),
})
const Records = builder.objectRef<Grant['records']>('AreaRecords').implement({
  description: 'The records of the area.', fields: (t) => ({ count: t.exposeInt('count', { description: 'How many, 1–254.' }), size: t.exposeInt('size', { description: 'Octets of each, 1–254.' }) }),
})

export const GrantRef = builder.objectRef<Grant>('Grant').implement({
  description: 'A right to an area of the free space of cards. The municipality it is for may read it, and who approves.', interfaces: [Node],
  fields: (t) => ({
    municipality: t.expose('municipality', { type: 'MunicipalityCode', nullable: true, description: 'The municipality or prefecture that answers for it; null for a national or private area.' }),
    partner: t.id({ nullable: true, description: 'The partner it is granted to, who is told before it runs out (`grant-expiring`).', resolve: (g) => (g.partner === null ? null : globalId(g.partner)) }),
    signedDecisions: t.field({ type: [SignedDecisionRef], description: 'What officers signed about it, oldest first.', resolve: (g, _, { world, actor }) => readEvidence(world, actor, g.id) }),
    operator: t.exposeString('operator', { description: 'Who runs the area.' }),
    population: t.expose('population', { type: PopulationRef, description: 'For whose cards it is.' }),
    minimumAge: t.exposeInt('minimumAge', { description: 'Younger holders are excluded.' }),
    evidence: t.field({ type: 'Bytes', description: 'SHA-256 over the papers.', resolve: (g) => fromHex(g.evidence) }),
    pendingDecision: t.field({ type: PendingActEnum, nullable: true, description: 'What one person decided and a second has not.', resolve: (g) => g.pending?.act ?? null }),
    repealedOn: t.field({ type: 'Date', nullable: true, description: 'The day of the repeal that waits for a second person, as the first named it.', resolve: (g) => g.pending?.repealedOn ?? null }),
    suspendedFor: t.expose('suspendedFor', { type: SuspensionEnum, nullable: true, description: 'Why it is suspended.' }),
    endedFor: t.expose('endedFor', { type: GrantEndEnum, nullable: true, description: 'Why it ended.' }),
    warnedDaysBefore: t.expose('warned', { type: 'Int', nullable: true, description: 'How many days before its end it was warned of last.' }),
    blastRadius: t.field({ type: Radius, nullable: true, description: 'What an end would touch now: what is shown before, and handed in with, a decision to end it.', resolve: (g, _, { world, actor }) => nullIfRefused(readRadius(world, actor, g.id)) }),
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
askable('grant', GrantRef, officers, 'A grant of an area.', ({ world, actor }, id) => readGrant(world, actor, id))

// ---------------------------------------------------------------- acts

const OrdinanceInput = builder.inputType('OrdinanceInput', {
  description: 'An ordinance (条例).',
  fields: (t) => ({
    municipality: t.field({ type: 'MunicipalityCode', description: 'Whose ordinance: the own.' }), name: t.field({ type: 'Text', description: 'Its name.' }),
    article: t.field({ type: 'Text', description: 'The article that provides for the use.' }), promulgatedOn: t.field({ type: 'Date', description: '公布日.' }),
    url: t.field({ type: 'Text', required: false, description: 'Where its text can be read (例規集): https, without user or password.' }),
  }),
})
const MinisterialRuleInput = builder.inputType('MinisterialRuleInput', {
  description: 'A rule of the competent ministers (主務大臣の定め).', fields: (t) => ({ notice: t.field({ type: 'Text', description: 'The notice (告示).' }), issuedOn: t.field({ type: 'Date', description: 'Its day.' }) }),
})
const MinisterConfirmationInput = builder.inputType('MinisterConfirmationInput', {
  description: 'A confirmation by the competent ministers (主務大臣の確認).', fields: (t) => ({ number: t.field({ type: 'Text', description: 'Its number.' }), confirmedOn: t.field({ type: 'Date', description: 'Its day.' }), procedure: t.field({ type: 'Text', description: 'The procedure that was confirmed (事務取扱要領), with its version.' }) }),
})
const JpkiVerifierInput = builder.inputType('JpkiVerifierInput', {
  description: 'The standing of a verifier.',
  fields: (t) => ({ provision: t.field({ type: VerifierProvisionEnum, description: 'By which provision.' }), number: t.field({ type: 'Text', description: '届出番号.' }), notifiedOn: t.field({ type: 'Date', description: 'Its day.' }) }),
})
const LegalBasisInput = builder.inputType('LegalBasisInput', {
  description: 'The legal basis: one of these.', isOneOf: true,
  fields: (t) => ({
    ordinance: t.field({ type: OrdinanceInput, required: false, description: '条例.' }),
    ministerialRule: t.field({ type: MinisterialRuleInput, required: false, description: '主務大臣の定め.' }),
    ministerConfirmation: t.field({ type: MinisterConfirmationInput, required: false, description: '主務大臣の確認.' }),
    jpkiVerifier: t.field({ type: JpkiVerifierInput, required: false, description: '署名検証者・利用者証明検証者.' }),
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
  if (input.ordinance != null) return { kind: 'ordinance', ...input.ordinance, url: input.ordinance.url ?? null }
  if (input.ministerialRule != null) return { kind: 'ministerial-rule', ...input.ministerialRule }
  if (input.ministerConfirmation != null) return { kind: 'minister-confirmation', ...input.ministerConfirmation }
  return input.jpkiVerifier == null ? null : { kind: 'jpki-verifier', ...input.jpkiVerifier }
}

const RadiusInput = builder.inputType('BlastRadiusInput', {
  description: 'What was shown before the decision. Where it changed meanwhile, nothing is ended.', fields: (t) => ({ installations: t.int({ description: 'Installations.' }), cards: t.int({ description: 'Cards.' }) }),
})

act('requestGrant', {
  description: 'Asks for an area of the free space of cards: a municipality or prefecture by ordinance, an organ of the state by the ministers’ rule, agency or ministry for a private body that was confirmed. 番号法 第18条.',
  who: { municipal: ['area'], prefectural: ['area'], national: ['area'], agency: ['area'], ministry: ['area'] }, success: GrantRef,
  fields: (t) => ({
    basis: t.field({ type: LegalBasisInput, description: 'The legal basis.' }),
    municipalities: t.field({ type: ['MunicipalityCode'], required: false, description: 'For residents of these; several use the area together (共同利用). Absent: of the own municipality, or, of organs of the state, agency and ministry, for any card. A prefecture names municipalities of its own.' }),
    partner: t.id({ required: false, description: 'The partner it is granted to, where it is one.' }),
    operator: t.field({ type: 'Text', required: false, description: 'Who runs the area; the asking body where absent.' }),
    purpose: t.field({ type: 'LongText', description: 'What the area is for.' }),
    label: t.field({ type: 'Text', description: 'Its name on the chip, at most 16 characters.' }),
    aid: t.field({ type: 'Text', description: 'Application identifier, 5–16 octets as hex.' }),
    quota: t.field({ type: QuotaInput, description: 'Its space.' }),
    pin: t.field({ type: PinPolicyInput, required: false, description: 'Its PIN, where reading needs one.' }),
    records: t.field({ type: RecordsInput, description: `Its records; with the ${octetsOf({ count: 0, size: 0 })} octets that the area’s own files take, no more than the space for data.` }),
    minimumAge: t.int({ required: false, description: 'Younger holders are excluded; 15 where absent.' }),
    evidence: t.field({ type: 'Bytes', description: 'SHA-256 over the papers (調査票, 条例, 事務取扱要領).' }),
    validFrom: t.field({ type: 'Date', description: 'First day.' }),
    validUntil: t.field({ type: 'Date', description: 'Last day.' }),
  }),
  run: async ({ world, actor }, { municipalities, ...input }) => {
    const basis = basisOf(input.basis)
    if (basis === null) return refuse('MALFORMED_INPUT', { field: 'basis' })
    const partner = input.partner == null ? null : localId('partner', input.partner)
    if (input.partner != null && (partner === null || (await world.partners.load(partner)) === null)) return refuse('NOT_FOUND', { field: 'partner' })
    const own = actor.kind === 'officer' ? actor.municipality : null
    const population: Population = municipalities != null ? { kind: 'residents', municipalities } : own !== null && actor.kind === 'officer' && actor.role === 'municipal' ? { kind: 'residents', municipalities: [own] } : { kind: 'cards' }
    const operator = input.operator ?? (own !== null ? (publicBody(own)?.name ?? own) : actor.kind === 'officer' ? (actor.organ ?? actor.role) : '')
    return requestGrant(world, actor, { ...input, basis, population, partner, operator, pin: input.pin ?? null, minimumAge: input.minimumAge ?? 15, evidence: toHex(input.evidence) })
  },
})
const ids = { grant: ['grant', 'The grant.'] } as const
const signed = (t: InputFields) => ({ signed: t.field({ type: SignedDecisionInput, required: false, description: 'Signed with the officer’s own card: ask `decisionChallenge`. Refused with DECISION_NOT_SIGNED where it is absent and demanded.' }) })
act('approveGrant', {
  description: 'An officer of agency or ministry approves a grant within 72 hours: other eyes than those that asked, and for a private area of another body. Space is set aside from here on.',
  who: { agency: ['area:approve', 'area'], ministry: ['area:approve', 'area'] }, success: GrantRef, ids, fields: signed, run: ({ world, actor }, input) => approveGrant(world, actor, input),
})
act('suspendGrant', { description: 'Suspends a grant: one person is enough.', who: deciders, success: GrantRef, ids, fields: signed, run: ({ world, actor }, input) => suspendGrant(world, actor, input) })
act('resumeGrant', { description: 'Resumes a suspended grant. The first says so; a second person does it within 72 hours.', who: deciders, success: GrantRef, ids, fields: signed, run: ({ world, actor }, input) => resumeGrant(world, actor, input) })
act('endGrant', {
  description: 'Ends a grant (取消し). The first says so; a second person does it within 72 hours. Each hands in what was shown.', who: deciders, success: GrantRef, ids,
  fields: (t) => ({ seen: t.field({ type: RadiusInput, description: 'The blast radius as it was shown.' }), ...signed(t) }), run: ({ world, actor }, input) => endGrant(world, actor, input),
})

const Reach = builder.objectRef<OrdinanceReach>('OrdinanceReach').implement({
  description: 'What stands on an ordinance.',
  fields: (t) => ({
    grants: t.field({ type: [GrantRef], description: 'The grants.', resolve: (r) => [...r.grants] }),
    installations: t.exposeInt('installations', { description: 'Installations on chips.' }), cards: t.exposeInt('cards', { description: 'Cards.' }),
  }),
})
builder.queryField('ordinanceReach', (t) => t.field({
  type: Reach, nullable: true, description: 'What would end with an ordinance of the own municipality.', extensions: audience({ municipal: ['area'], prefectural: ['area'] }),
  args: { municipality: t.arg({ type: 'MunicipalityCode', description: 'Whose ordinance.' }), name: t.arg({ type: 'Text', description: 'Its name.' }) },
  resolve: (_, args, { world, actor }) => nullIfRefused(reachOfOrdinance(world, actor, args)),
}))
const Repealed = builder.objectRef<RepealedOrdinance>('RepealedOrdinance').implement({
  description: 'The repeal of an ordinance.',
  fields: (t) => ({
    ended: t.field({ type: [GrantRef], description: 'The grants that ended with it: none until a second person said so.', resolve: (r) => [...r.ended] }),
    waiting: t.field({ type: [GrantRef], description: 'The grants that wait for the second person.', resolve: (r) => [...r.waiting] }),
  }),
})
act('repealOrdinance', {
  description: 'Records that the council repealed an ordinance: every grant that stands on it ends. By two: the first says so, the second, within 72 hours, does it.', who: { municipal: ['area'], prefectural: ['area'] }, success: Repealed,
  fields: (t) => ({
    municipality: t.field({ type: 'MunicipalityCode', description: 'Whose ordinance: the own.' }), name: t.field({ type: 'Text', description: 'Its name.' }),
    repealedOn: t.field({ type: 'Date', description: 'The day of its repeal.' }), seen: t.field({ type: RadiusInput, description: 'The reach as it was shown.' }), ...signed(t),
  }),
  run: ({ world, actor }, input) => repealOrdinance(world, actor, input),
})

const GrantConnection = connectionOf('Grant', 'grants', GrantRef)
builder.queryField('grants', (t) => t.field({
  type: GrantConnection, description: 'The grants that the actor may read.', extensions: audience(officers), args: pageArgs,
  resolve: (_, args, context) => pageOf(args, context, (g) => g.id, () => listGrants(context.world, context.actor)),
}))
