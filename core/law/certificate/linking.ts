/**
 * What a verifier may ask about a certificate that it holds: its status, with source and time, and the number of the
 * certificate that corresponds to it. The links are those that the law names; through the card, never phone to phone.
 *
 * @law 公的個人認証法 第18条第1項・第4項・第5項 · 第37条第1項・第3項
 */
import { readCrl } from '../../pki/crl.ts'
import type { Certificate } from '../../pki/parse.ts'
import { validateEndEntity } from '../../pki/path.ts'
import { asPartner, type Actor } from '../actor.ts'
import type { CertificateKind, CertificateRecord } from './certificate.ts'
import type { IssuerKeyId, SerialNumber } from '../ids.ts'
import { asking, type AgreedUse } from '../partner/agreement.ts'
import { hasStanding, type Partner, type VerifierRole } from '../partner/partner.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { answerFor, type StatusAnswer } from './status.ts'
import { dayOf, instant, type Instant } from '../time.ts'
import { read, type Purpose } from './verification.ts'
import { provided } from '../statistics/provision.ts'
import type { Provision } from '../statistics/statistics.ts'
import type { Uses } from '../world.ts'

type LinkWorld = Uses<'clock' | 'settings' | 'authorities' | 'certificates' | 'partners' | 'provisions'>

// ---------------------------------------------------------------- status

/** From the register of the issuer (保存期間に係る失効情報), or from the list that it published (失効情報ファイル). */
export type StatusMethod = 'REGISTER' | 'LIST'

export interface StatusReport {
  readonly answer: StatusAnswer
  readonly method: StatusMethod
  /** When the source was made; null where there is none. */
  readonly sourceTime: Instant | null
  /** When the source will have been replaced; null where it is read anew each time. */
  readonly nextUpdate: Instant | null
  /** A stale or missing source answers `unknown`: who checks must not go on. */
  readonly freshness: 'CURRENT' | 'STALE' | 'NONE'
}

const roleFor: Readonly<Record<Purpose, VerifierRole>> = { signature: 'signature-verifier', authentication: 'authentication-verifier' }
const useFor: Readonly<Record<Purpose, AgreedUse>> = { signature: 'verification', authentication: 'login' }
const noSource = (method: StatusMethod): StatusReport => ({ answer: { status: 'unknown' }, method, sourceTime: null, nextUpdate: null, freshness: 'NONE' })

/** Asked with the certificate, not with a number: only who was shown it can ask. */
export async function certificateStatus(world: LinkWorld & Uses<'statuses' | 'crls' | 'releases'>, actor: Actor, input: { readonly certificate: Uint8Array; readonly method: StatusMethod }): Promise<Result<StatusReport>> {
  const partner = await anyVerifier(world, actor)
  if (isRefusal(partner)) return partner
  const asked = identify(world, partner, input.certificate)
  if (isRefusal(asked)) return asked
  const now = world.clock.now()
  if (asked === null) return noSource(input.method)
  await provided(world, partner.name, input.method === 'REGISTER' ? 'revocation-information' : 'revocation-file', 'API')
  const { issuer, serial } = asked
  const record = await world.certificates.bySerial(issuer, serial)
  const told = async (answer: StatusAnswer): Promise<StatusAnswer> => {
    if (answer.status === 'revoked' && record !== null) await world.releases.sawLapse(partner.id, record.id, now)
    return answer
  }
  if (input.method === 'REGISTER') return { answer: await told(answerFor(await world.statuses.find(issuer, serial))), method: 'REGISTER', sourceTime: now, nextUpdate: null, freshness: 'CURRENT' }
  const list = record === null ? null : await world.crls.latest(issuer, record.shard)
  if (list === null) return noSource('LIST')
  const current = now < list.nextUpdate
  return { answer: current ? await told(answerOf(list.der, serial)) : { status: 'unknown' }, method: 'LIST', sourceTime: list.thisUpdate, nextUpdate: list.nextUpdate, freshness: current ? 'CURRENT' : 'STALE' }
}

function answerOf(list: Uint8Array, serial: SerialNumber): StatusAnswer {
  for (const entry of readCrl(list).entries()) if (entry.serial === serial) return { status: 'revoked', at: instant(entry.revokedAt), reason: entry.reason as never }
  return { status: 'good' }
}

// ---------------------------------------------------------------- corresponding certificate

export interface Corresponding { readonly kind: CertificateKind; readonly issuer: IssuerKeyId; readonly serial: SerialNumber }

interface Link { readonly counted: Provision; readonly between: readonly [CertificateKind, CertificateKind]; readonly needs: readonly VerifierRole[]; readonly article: string }
export const links: readonly Link[] = [
  { counted: 'serial card-signing ↔ phone-signing', between: ['signature', 'smartphone-signature'], needs: ['signature-verifier'], article: '公的個人認証法 第18条第4項' },
  { counted: 'serial card-signing ↔ card-authentication', between: ['signature', 'authentication'], needs: ['signature-verifier', 'authentication-verifier'], article: '公的個人認証法 第18条第5項' },
  { counted: 'serial card-authentication ↔ phone-authentication', between: ['authentication', 'smartphone-authentication'], needs: ['authentication-verifier'], article: '公的個人認証法 第37条第3項' },
]
export const linkBetween = (a: CertificateKind, b: CertificateKind): Link | null => links.find(({ between }) => between.includes(a) && between.includes(b) && a !== b) ?? null

/**
 * 対応証明書の発行の番号. The counterpart's period has not ended; whether it has lapsed is not said, and is no condition.
 */
export async function correspondingCertificate(world: LinkWorld, actor: Actor, input: { readonly certificate: Uint8Array; readonly kind: CertificateKind }): Promise<Result<Corresponding>> {
  const partner = await anyVerifier(world, actor)
  if (isRefusal(partner)) return partner
  const asked = identified(world, input.certificate)
  const record = asked === null ? null : await world.certificates.bySerial(asked.issuer, asked.serial)
  if (record === null || Buffer.compare(record.der, input.certificate) !== 0) return refuse('NOT_FOUND')
  const link = linkBetween(record.kind, input.kind)
  if (link === null) return refuse('LINK_NOT_OFFERED')
  const today = dayOf(world.clock.now())
  const lacking = link.needs.find((role) => !hasStanding(partner, role, today, asking(world, 'serial-linking')))
  if (lacking !== undefined) return refuse('PARTNER_NOT_IN_STANDING', { field: lacking })
  const counterpart = (await counterparts(world, record, input.kind)).filter((c) => c.der.length > 0 && c.expiresOn >= today).at(-1)
  if (counterpart === undefined) return refuse('NOT_FOUND')
  await provided(world, partner.name, link.counted, 'API')
  return { kind: counterpart.kind, issuer: counterpart.issuer, serial: counterpart.serial }
}

/** Oldest first. */
async function counterparts(world: Uses<'certificates'>, record: CertificateRecord, kind: CertificateKind): Promise<CertificateRecord[]> {
  if (record.smartphone !== null) {
    const parent = await world.certificates.load(record.smartphone.parent)
    return parent === null ? [] : [parent]
  }
  const all = kind === 'signature' || kind === 'authentication' ? await world.certificates.ofCard(record.card) : await world.certificates.ofParent(record.id)
  return all.filter((c) => c.kind === kind)
}

// ---------------------------------------------------------------- who asks, about what

async function anyVerifier(world: LinkWorld, actor: Actor): Promise<Result<Partner>> {
  const client = asPartner(actor, 'verify')
  if (isRefusal(client)) return client
  const partner = await world.partners.load(client.partner)
  const today = dayOf(world.clock.now())
  return partner !== null && (hasStanding(partner, 'signature-verifier', today) || hasStanding(partner, 'authentication-verifier', today)) ? partner : refuse('PARTNER_NOT_IN_STANDING')
}

/** Null where no pinned authority issued it. Whoever asks must be a verifier of that kind. */
function identify(world: LinkWorld, partner: Partner, der: Uint8Array): Identified | null | Refusal {
  if (read(der) === null) return refuse('MALFORMED_INPUT', { field: 'certificate' })
  const found = identified(world, der)
  return found === null || hasStanding(partner, roleFor[found.ca], dayOf(world.clock.now()), asking(world, useFor[found.ca])) ? found : refuse('PARTNER_NOT_IN_STANDING', { field: roleFor[found.ca] })
}

interface Identified { readonly ca: Purpose; readonly issuer: IssuerKeyId; readonly serial: SerialNumber }

/** By signature under a pinned key, whatever its period says. */
function identified(world: LinkWorld, der: Uint8Array): Identified | null {
  const leaf: Certificate | null = read(der)
  if (leaf === null) return null
  for (const ca of ['signature', 'authentication'] as const) {
    const anchors = world.authorities.all.filter((a) => a.ca === ca).map((a) => a.certificate)
    const { anchorKeyId } = validateEndEntity({ leaf, anchors, at: world.clock.now(), purpose: ca, expectedPolicies: [] })
    if (anchorKeyId !== null) return { ca, issuer: anchorKeyId as IssuerKeyId, serial: leaf.serial as SerialNumber }
  }
  return null
}
