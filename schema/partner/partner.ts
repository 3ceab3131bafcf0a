/**
 * Partners and their legal standing (署名検証者・利用者証明検証者), as everybody they deal with may see it.
 *
 * @law 公的個人認証法 第17条・第36条 · 施行規則 第29条
 */
import type { agreedUses, AgreedMethod, AgreedUse, Agreement } from '../../core/law/partner/agreement.ts'
import type { InputFields } from '../record/act.ts'
import type { Partner, Standing, VerifierRole } from '../../core/law/partner/partner.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import type { Context } from '../context.ts'
import { globalId } from '../node.ts'

export const RoleEnum = enumOf<VerifierRole>('VerifierRole', 'As what a partner acts.', { 'signature-verifier': '署名検証者', 'authentication-verifier': '利用者証明検証者' })

const UseEnum = enumOf<AgreedUse>('AgreedUse', 'What an agreement allows.', { verification: '署名検証.', login: '利用者証明検証.', 'four-information': '最新の利用者情報の提供.', 'serial-linking': '発行の番号の対応.' } satisfies Record<(typeof agreedUses)[number], string>)
const MethodEnum = enumOf<AgreedMethod>('AgreedMethod', 'How what is supplied is asked for.', { CRL: '失効情報ファイル.', OCSP: 'OCSP.', REGISTER: 'By this interface, from the register itself.' })
export const agreementInput = (t: InputFields) => ({
  version: t.field({ type: 'Text', description: 'Its version, as the parties count.' }), concludedOn: t.field({ type: 'Date', description: 'First day.' }), endsOn: t.field({ type: 'Date', description: 'Last day.' }),
  allows: t.field({ type: [UseEnum], description: 'Which uses.' }), methods: t.field({ type: [MethodEnum], description: 'By which methods.' }), cycle: t.field({ type: 'Text', description: '周期: how often.' }),
})
const AgreementRef = builder.objectRef<Agreement>('Agreement').implement({
  description: 'What a verifier and the agency agreed (取決め, 規則 第30条・第31条).',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Its version.' }), concludedOn: t.expose('concludedOn', { type: 'Date', description: 'First day.' }), endsOn: t.expose('endsOn', { type: 'Date', description: 'Last day.' }),
    allows: t.expose('allows', { type: [UseEnum], description: 'Which uses it allows; any other is refused.' }), methods: t.expose('methods', { type: [MethodEnum], description: 'By which methods.' }), cycle: t.exposeString('cycle', { description: '周期: how often.' }),
  }),
})

const StandingRef = builder.objectRef<Standing>('Standing').implement({
  description: 'A ground on which a partner acts: its own accreditation, or the delegation of all confirmation work to a platform operator (規則 第29条).',
  fields: (t) => ({
    role: t.expose('role', { type: RoleEnum, description: 'As what.' }),
    basis: t.exposeString('basis', { description: 'The article.' }),
    from: t.expose('from', { type: 'Date', description: 'First day.' }),
    until: t.expose('until', { type: 'Date', description: 'Last day.' }),
    suspended: t.exposeBoolean('suspended', { description: 'Whether it is suspended; a suspension of one ground stops all.' }),
    endedAt: t.field({ type: 'DateTime', nullable: true, description: 'When it was ended before its last day.', resolve: (standing) => standing.endedAt ?? null }),
    through: t.id({ nullable: true, description: 'The platform operator, for a delegation.', resolve: ({ through }) => (through === null ? null : globalId(through)) }),
    agreement: t.field({ type: AgreementRef, nullable: true, description: 'What was agreed; of a delegation what the platform agreed. Null where none was recorded.', resolve: (standing) => standing.agreement ?? null }),
    reportedAt: t.field({ type: 'DateTime', nullable: true, description: 'When the platform reported the delegation (規則 第29条). Null where that is still owed, or this is none.', resolve: (standing) => standing.reportedAt ?? null }),
  }),
})

export const PartnerRef = builder.objectRef<Partner>('Partner').implement({
  description: 'An organisation that verifies signatures, logs people in or receives consented items (連携事業者).',
  fields: (t) => ({
    id: t.id({ description: 'The partner.', resolve: (partner) => globalId(partner.id) }),
    name: t.exposeString('name', { description: 'Its legal name.' }),
    tradeName: t.string({ nullable: true, description: 'Under which people know it (屋号・商号等); null where that is its legal name.', resolve: (partner) => partner.tradeName ?? null }),
    privacyPolicy: t.string({ nullable: true, description: 'Where it says how it treats personal data (個人情報保護方針); null where the register has none.', resolve: (partner) => partner.privacyPolicy ?? null }),
    nameEn: t.exposeString('nameEn', { description: 'Its name in English.' }),
    contact: t.exposeString('contact', { description: 'Whom to ask about what it received.' }),
    standings: t.expose('standings', { type: [StandingRef], description: 'Its grounds, past ones too.' }),
  }),
})

/** Nothing in it is about a person: whoever holds something of the partner may see it. */
export const partnerOf = ({ world }: Context, id: Partner['id']): Promise<Partner | null> => world.partners.load(id)

builder.queryField('partner', (t) => t.field({
  type: PartnerRef, nullable: true, description: 'The partner that the asking client belongs to.', extensions: audience({ partner: [] }),
  resolve: (_, _args, context) => (context.actor.kind === 'partner' ? partnerOf(context, context.actor.partner) : null),
}))
