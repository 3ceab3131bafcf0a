/**
 * What every page is given and answers: one request of a browser, the person behind it, and the parts of the house it may
 * use. A page knows the gateway as any client does, through {@link Gateway}.
 */
import type { Gateway } from '../client/gateway.ts'
import type { Html } from './html.ts'
import type { Words } from './words.ts'

/** Somebody who is logged in. Its gateway carries a token of its own and no right beyond it. */
export interface Session {
  readonly kind: 'citizen' | 'officer'
  /** Bound to this session; every form carries it. */
  readonly csrf: string
  readonly gateway: Gateway
  /** The municipality of a municipal officer. */
  readonly municipality: string | null
  /** How the browser reaches the card that logged in; null where it does not. */
  readonly card: string | null
}

export interface Challenge { readonly id: string; readonly message: string }
export interface CardAnswer { readonly challenge: string; readonly certificate: string; readonly signature: string; readonly card: string | null }
/** Somebody or a card to be chosen, on stages without real persons. */
export interface Choice { readonly name: string; readonly about: string }

/** Logging in, and who is. In the cloud an OIDC provider stands behind it; on one machine the card itself. */
export interface Sessions {
  /** Whether anybody can log in here; false where no login is connected. */
  readonly open: boolean
  /** What the card has to sign. */
  challenge(): Promise<Challenge>
  /** The id of a new session, for a cookie; null where the card's answer does not hold. */
  login(answer: CardAnswer): Promise<string | null>
  find(id: string): Promise<Session | null>
  end(id: string): Promise<void>
  /** Where virtual cards answer and which there are; null where the browser has a reader of its own. */
  readonly cards: { readonly door: string; readonly choices: readonly Choice[] } | null
  /** Officers who can be played; empty in production. */
  readonly officers: readonly Choice[]
  enter(officer: string): Promise<string | null>
}

/** 基本4情報 as the signing certificate bears them. */
export type Item = 'NAME' | 'BIRTH_DATE' | 'SEX' | 'ADDRESS'
export type Items = Readonly<Record<Item, string>>

export interface Parts {
  readonly stage: string
  /** Where these pages answer: scheme, host, port. */
  readonly origin: string
  /** Issuer of access tokens. */
  readonly issuer: () => Promise<string>
  readonly sessions: Sessions
  /** The gateway without a token: what it tells anybody. */
  readonly open: Pick<Gateway, 'query'>
  /** Whether a partner registered this address to send browsers back to. */
  readonly mayReturnTo: (partner: string, address: string) => boolean
  /** The items in a signing certificate; null where it bears none. */
  readonly itemsOf: (certificate: string) => Items | null
  /** The lists and answers of the authorities, and until when each is good. */
  readonly freshness: () => Promise<readonly Freshness[]>
  readonly personas: readonly Choice[]
  readonly token: () => string
  readonly now: () => number
}
export interface Freshness { readonly what: string; readonly at: string | null; readonly until: string | null }

export interface Preferences { readonly lang: 'ja' | 'en'; readonly furigana: boolean; readonly easy: boolean }

export interface Visit extends Preferences {
  readonly path: string
  /** Path and query: where to come back to. */
  readonly here: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly session: Session | null
  /** What a form of this page must carry. */
  readonly csrf: string
  readonly words: Words
  /** A text of the dictionary, with readings where the person asked for them. */
  readonly say: (text: string) => Html
  readonly parts: Parts
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly type?: string
  readonly location?: string
  readonly download?: string
  /** Opens this session. */
  readonly session?: string
  /** Ends the one there is. */
  readonly leave?: true
  readonly preferences?: Preferences
}
export type Page = (visit: Visit) => Reply | Promise<Reply>

export const see = (location: string, more: Partial<Reply> = {}): Reply => ({ status: 303, body: '', location, ...more })
