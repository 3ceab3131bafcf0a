/** What the gateway tells a person about itself, as the person's pages show it and the export takes it along. */
import { placeArguments, placeVariables, pageInfo, whole, type Listed, type Place } from '../paging.ts'
import type { Item, Session } from '../visit.ts'
import type { Words } from '../words.ts'

export interface Named { readonly name: string; readonly nameEn: string }
interface Area { readonly label: string; readonly purpose: string; readonly operator: string; readonly legalBasis: { readonly name?: string; readonly article?: string; readonly notice?: string; readonly number?: string } }
export interface Card { readonly id: string; readonly state: keyof Words['me']['cardStates']; readonly madeOn: string; readonly expiresOn: string; readonly installations: readonly { readonly id: string; readonly state: keyof Words['me']['areaStates']; readonly grant: Area | null }[] }
export interface Certificate { readonly id: string; readonly kind: keyof Words['me']['kinds']; readonly state: keyof Words['me']['certificateStates']; readonly issuedAt: string; readonly expiresOn: string }
export interface Consent { readonly id: string; readonly items: readonly Item[]; readonly from: string; readonly until: string; readonly state: Exclude<keyof Words['me']['consentStates'], 'OVER'>; readonly represented: boolean; readonly grant: string; readonly limitedBy: keyof Words['limits']; readonly partner: (Named & { readonly contact: string }) | null; readonly purpose: { readonly name: string; readonly version: number } | null }
export interface Entry { readonly id: string; readonly at: string; readonly items: readonly Item[]; readonly released: boolean; readonly refusal: string | null; readonly partner: Named | null }
export interface Login { readonly at: string; readonly subject: string; readonly partner: Named | null }
interface Linked { readonly id: string; readonly linkedAt: string; readonly endedAt: string | null; readonly state: 'LINKED' | 'ENDED'; readonly partner: Named | null }
interface Extension { readonly id: string; readonly action: 'MERGE' | 'REPLACE'; readonly requestedAt: string; readonly expiresAt: string; readonly partner: Named | null; readonly purpose: { readonly name: string } | null }
export interface Rest { readonly links: readonly Linked[]; readonly extensions: readonly Extension[]; readonly notices: readonly { readonly messageJa: string; readonly messageEn: string }[] }

interface Lists { readonly cards: Card; readonly certificates: Certificate; readonly consents: Consent; readonly accessLog: Entry; readonly logins: Login }
type List = keyof Lists

export const consentFields = 'id items from until state limitedBy represented grant partner { name nameEn contact } purpose { name version }'
const fields: Readonly<Record<List, string>> = {
  cards: 'id state madeOn expiresOn installations { id state grant { label purpose operator legalBasis { ... on Ordinance { name article } ... on MinisterialRule { notice } ... on MinisterConfirmation { number } ... on JpkiVerifierStatus { number } } } }',
  certificates: 'id kind state issuedAt expiresOn', consents: consentFields, accessLog: 'id at items released refusal partner { name nameEn }', logins: 'at subject partner { name nameEn }',
}
const documentOf = (list: List, more = ''): string => `query (${placeVariables}) { me { ${list}(${placeArguments}) { nodes { ${fields[list]} ${more} } ${pageInfo} } } }`
const restDocument = '{ me { links { id linkedAt endedAt state partner { name nameEn } } extensions { id action requestedAt expiresAt partner { name nameEn } purpose { name } } notices { messageJa messageEn } } }'

type Read<L extends List> = { readonly me: Readonly<Record<L, Listed<Lists[L]>>> }

/** One page of a list. */
export const readPage = async <L extends List>(session: Session, list: L, place: Place): Promise<Listed<Lists[L]>> =>
  (await session.gateway.query<Read<L>>(documentOf(list), { ...place })).data.me[list]

/** All of it, however long. */
export const readWhole = <L extends List>(session: Session, list: L): Promise<Lists[L][]> => whole(session.gateway, documentOf(list), (data: Read<L>) => data.me[list])

/** Why something was not given, in the gateway's words, by its code. */
export async function readReasons(session: Session, lang: 'ja' | 'en'): Promise<ReadonlyMap<string, string>> {
  const { data } = await session.gateway.query<{ errorCatalogue: readonly { readonly code: string; readonly userMessageJa: string; readonly userMessageEn: string }[] }>('{ errorCatalogue { code userMessageJa userMessageEn } }')
  return new Map(data.errorCatalogue.map(({ code, userMessageJa, userMessageEn }) => [code, lang === 'ja' ? userMessageJa : userMessageEn]))
}

export const readRest = async (session: Session): Promise<Rest> => (await session.gateway.query<{ me: Rest }>(restDocument)).data.me

/** Every entry of every list, and the receipt of each consent. */
export async function readEverything(session: Session): Promise<object> {
  const [cards, certificates, accessLog, logins, { links, extensions, notices }] = [await readWhole(session, 'cards'), await readWhole(session, 'certificates'), await readWhole(session, 'accessLog'), await readWhole(session, 'logins'), await readRest(session)]
  const kept = await whole(session.gateway, documentOf('consents', 'receipt'), (data: { readonly me: { readonly consents: Listed<Consent & { readonly receipt: string | null }> } }) => data.me.consents)
  return { cards, certificates, consents: kept.map(({ receipt: _, ...consent }) => consent), accessLog, logins, links, extensions, notices, receipts: kept.map(({ receipt }) => receipt) }
}
