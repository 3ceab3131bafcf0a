/**
 * What every page is given and answers: one request of a browser, the person behind it, and the parts of the house it may
 * use. A page knows the gateway as any client does, through {@link Asking}.
 */
import type { Asking } from './anybody.ts'
import type { Html } from './html.ts'
import type { Words } from './words.ts'

/** Somebody who is logged in. Its gateway carries a token of its own and no right beyond it. */
export interface Session {
  readonly kind: 'citizen' | 'officer'
  /** Bound to this session; every form carries it. */
  readonly csrf: string
  readonly gateway: Asking
  /** The municipality of a municipal officer. */
  readonly municipality: string | null
  /** How the browser reaches the card that logged in; null where it does not. */
  readonly card: string | null
}

export interface Challenge { readonly id: string; readonly message: string }
export interface CardAnswer { readonly challenge: string; readonly certificate: string; readonly signature: string }
/** Somebody or a card to be chosen, on stages without real persons. */
export interface Choice { readonly name: string; readonly about: string }

export interface Found {
  readonly session: Session
  /** The cookie's new text, where the tokens were renewed meanwhile. */
  renewed(): Promise<string | null>
}
/** `failed` names what did not hold; `actor`: the provider logged somebody in who may not come in here. */
export type Finished = { readonly session: string; readonly next: string } | { readonly failed: 'state' | 'issuer' | 'code' | 'nonce' | 'id-token' | 'age' | 'denied' | 'actor'; readonly next: string }

/** Logging in at an OpenID provider, and who is. What these give and take are texts for cookies, sealed. */
export interface Sessions {
  /** Whether anybody can log in here; false where no provider is connected. */
  readonly open: boolean
  /** Where to send the browser, and what it has to bring back. */
  begin(kind: Session['kind'], next: string): Promise<{ readonly to: string; readonly pending: string }>
  finish(answer: URLSearchParams, pending: string | null): Promise<Finished>
  find(cookie: string): Promise<Found | null>
  end(cookie: string): Promise<void>
  /** Where virtual cards answer; null where the browser has a reader of its own. */
  readonly cards: { readonly door: string } | null
}

/** The authorization server of one machine, where it has to know who somebody is. */
export interface SignIn {
  readonly cards: { readonly door: string; readonly choices: readonly Choice[] }
  readonly officers: readonly Choice[]
  /** As what somebody logs in; null where that is over. */
  asked(uid: string): Promise<Session['kind'] | null>
  /** What the card has to sign. */
  challenge(): Promise<Challenge>
  /** Where to go on; null where the card's answer does not hold. */
  card(uid: string, answer: CardAnswer): Promise<string | null>
  officer(uid: string, name: string): Promise<string | null>
}

/** 基本4情報 as the signing certificate bears them. */
export type Information = 'NAME' | 'BIRTH_DATE' | 'SEX' | 'ADDRESS'
export type Items = Readonly<Record<Information, string>>
/** What can be consented to: the four, and questions about them that are answered with yes or no. */
export type Item = Information | 'IS_ADULT' | 'LIVES_IN_MUNICIPALITY'

export interface Parts {
  readonly stage: string
  /** Where these pages answer: scheme, host, port. */
  readonly origin: string
  /** Issuer of access tokens. */
  readonly issuer: () => Promise<string>
  readonly sessions: Sessions
  /** Null where a provider elsewhere asks. */
  readonly signIn: SignIn | null
  /** The gateway without a token: what it tells anybody. */
  readonly open: Asking
  /** The items in a signing certificate; null where it bears none. */
  readonly itemsOf: (certificate: string) => Items | null
  /** Test persons, on stages without real ones. */
  readonly personas: () => Promise<readonly Choice[]>
  /** Test partners who can be played; null where there are none. */
  readonly partners: { readonly choices: readonly Choice[]; as(name: string): Asking | null } | null
  readonly token: () => string
  readonly now: () => number
}

export interface Preferences { readonly lang: 'ja' | 'en'; readonly furigana: boolean; readonly easy: boolean }

export interface Visit extends Preferences {
  readonly path: string
  /** Path and query: where to come back to. */
  readonly here: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly session: Session | null
  /** What a login that is under way has to be held against. */
  readonly pending: string | null
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
  /** A login begins; null: it is over. */
  readonly pending?: string | null
  /** For the log; no value of a person. */
  readonly note?: { readonly event: string; readonly facts: Readonly<Record<string, string>> }
  readonly preferences?: Preferences
}
export type Page = (visit: Visit) => Reply | Promise<Reply>

export const see = (location: string, more: Partial<Reply> = {}): Reply => ({ status: 303, body: '', location, ...more })
