/**
 * A world of plain objects for the counter: one municipality, two persons, a partner. Ports that a test does not name
 * throw when touched, so that a resolver which reaches further than it says is seen.
 */
import { createHash } from 'node:crypto'
import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql'
import type { Actor, Citizen, Officer, OfficerRole, PartnerClient, Scope } from '../../core/law/actor.ts'
import type { Card, CardApplication } from '../../core/law/card/card.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { municipalityCode, newId, type IssuerKeyId, type SerialNumber } from '../../core/law/ids.ts'
import { defaultAccess } from '../../core/law/partner/access.ts'
import type { Partner } from '../../core/law/partner/partner.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import type { Resident } from '../../core/law/person/resident.ts'
import { instant, legalDate } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { encryptTo } from '../../functions/environment/encrypt.ts'
import type { Context } from '../../schema/context.ts'
import { toSchema } from '../../schema/index.ts'
import type { Rewind } from '../harness/paths.ts'

export const now = instant(Date.UTC(2026, 3, 1, 3, 0, 0))
let count = 0
/** Not random: each octet is the next number. */
export const rewind: Rewind = { at: () => count, to: (place) => { count = place } }
export const random = { bytes: (n: number) => Uint8Array.from({ length: n }, () => (count = (count + 37) % 251)) }

export const tokyo = municipalityCode('131016')
export const sapporo = municipalityCode('011002')
export const hanako = newId('person', now, random)
export const taro = newId('person', now, random)
export const clinic = newId('partner', now, random)

export const items: FourInformation = { name: '辻󠄀 花子', nameSubstitutes: '0000', birthDate: legalDate('1990-05-05'), sex: 'female', address: '東京都千代田区丸の内1-1', addressSubstitutes: '0'.repeat(13) }
export const resident: Resident = { person: hanako, municipality: tokyo, items, kana: null, nationality: 'japanese', stayUntil: null, state: 'RESIDENT', departure: null, version: 1 }
export const card: Card = {
  id: newId('card', now, random), person: hanako, cardNumber: '123456789012345', municipality: tokyo, state: 'ACTIVE', madeOn: legalDate('2026-01-10'), expiresBy: { limit: 'adult-card', article: 'カード命令 第26条 · 民法 第4条' }, expiresOn: legalDate('2035-05-05'),
  deliveredAt: now, end: null, attestationKey: null,
}
export const application: CardApplication = { id: newId('cardApplication', now, random), person: hanako, municipality: tokyo, channel: 'web', state: 'RECEIVED', receivedAt: now, card: null, handOver: null, form: null, support: null, special: null, photo: true }
export const certificate: CertificateRecord = {
  id: newId('certificate', now, random), kind: 'signature', person: hanako, card: card.id, issuer: 'A'.repeat(40) as IssuerKeyId, serial: '40FF' as SerialNumber, der: Uint8Array.of(0x30, 0), state: 'VALID',
  issuedAt: now, expiresBy: { limit: 'certificate', article: '公的個人認証法施行規則 第13条' }, expiresOn: legalDate('2031-05-05'), deliveredAt: now, shard: tokyo, items, smartphone: null, revocation: null,
}
export const partner: Partner = {
  id: clinic, name: '医療法人つばき会', nameEn: 'Tsubaki Medical', sector: 'tsubaki', contact: 'info@tsubaki.example',
  standings: [{ role: 'signature-verifier', basis: '法第17条第1項', through: null, from: legalDate('2025-10-01'), until: legalDate('2026-09-30'), suspended: false }],
}

const held = (list: readonly Scope[]): ReadonlySet<Scope> => new Set(list)
/** Logged in with the card a moment ago. */
export const citizen = (person = hanako, ...scopes: Scope[]): Citizen => ({ kind: 'citizen', person, scopes: held(scopes.length === 0 ? ['me'] : scopes), assurance: { identity: 'IAL3', authentication: 'AAL3', at: now } })
export const partnerClient = (...scopes: Scope[]): PartnerClient => ({ kind: 'partner', partner: clinic, client: 'tsubaki-web', scopes: held(scopes) })
export const officer = (role: OfficerRole, ...scopes: Scope[]): Officer => ({ kind: 'officer', officer: newId('officer', now, random), role, municipality: role === 'municipal' ? tokyo : null, scopes: held(scopes) })

type Ports = { readonly [K in keyof World]?: Partial<World[K]> }

const municipality = { code: tokyo, name: '千代田区', prefecture: '東京都', municipalityRoman: 'Chiyoda-ku', prefectureRoman: 'Tokyo-to' }
const usual: Ports = {
  clock: { now: () => now }, random, acts: { find: async () => null }, decisions: { note: async () => undefined }, bell: { ring: async () => undefined },
  municipalities: { load: async (code) => (code === tokyo ? municipality : null), list: async () => [{ ...municipality, code: sapporo, name: '札幌市', prefecture: '北海道' }, municipality] },
  residents: { load: async (person) => (person === hanako ? resident : null) },
  cards: { load: async (id) => (id === card.id ? card : null), ofPerson: async (person) => (person === hanako ? [card] : []) },
  cardApplications: { load: async (id) => (id === application.id ? application : null), ofPerson: async (person) => (person === hanako ? [application] : []) },
  certificates: { load: async (id) => (id === certificate.id ? certificate : null), ofCard: async (id) => (id === card.id ? [certificate] : []) },
  grants: { load: async () => null }, installations: { onCard: async () => [], load: async () => null },
  cardNotes: { of: async () => [] },
  deadlines: { look: async () => ({ cards: [], certificates: [], due: [], transfer: null }) },
  partners: { load: async (id) => (id === clinic ? partner : null) }, settings: { access: defaultAccess, noteLines: 4, unagreed: 'every-use' } as never,
  accesses: { load: async (id, usual) => ({ ...usual, partner: id }), document: async () => null }, budgets: { take: async (_, cost, __, usual) => ({ ...usual, granted: true, remaining: usual.capacity - cost }) },
}

const touchy = (name: string, part: object): object => new Proxy(part, {
  get: (target, key) => {
    if (!(key in target) && typeof key === 'string') throw new Error(`the test gave no ${name}.${key}`)
    return Reflect.get(target, key)
  },
})

export function world(ports: Ports = {}): World {
  const names = new Set([...Object.keys(usual), ...Object.keys(ports)]) as Set<keyof World>
  const parts = Object.fromEntries([...names].map((name) => [name, touchy(name, { ...(usual[name] as object), ...(ports[name] as object) })]))
  return touchy('world', parts) as World
}

export const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text, 'utf8').digest())
export const contextFor = (actor: Actor, ports: Ports = {}): Context => ({ actor, world: world(ports), requestId: 'request-1', sha256, encrypt: encryptTo, stage: 'test', docs: (code) => `https://gateway.example/pages/errors#${code}` })

export const schema: GraphQLSchema = toSchema()

/** Runs a document that must be valid. */
export async function ask(actor: Actor, document: string, variables: Readonly<Record<string, unknown>> = {}, ports: Ports = {}): Promise<ExecutionResult> {
  const parsed = parse(document)
  const invalid = validate(schema, parsed)
  if (invalid.length > 0) throw new Error(invalid.map((e) => e.message).join('\n'))
  const result = await execute({ schema, document: parsed, contextValue: contextFor(actor, ports), variableValues: variables })
  return JSON.parse(JSON.stringify(result)) as ExecutionResult
}

export const global = (id: string): string => Buffer.from(id).toString('base64url')
