/**
 * Who may ask, as seen from a tenant: a person (the holder) with all that is its own, the municipality it lives in and the
 * partner it consented to. And the words in which decisions name them.
 */
import type { Scope } from '../../core/law/actor.ts'

/** Each with the wider words that it falls under. */
export const parties = {
  anonymous: [],
  holder: ['citizen'],
  /** Of the other tenant: a person like the holder, who has nothing to do with it. */
  otherCitizen: ['citizen'],
  /** 法定代理人 of the holder where that is a minor; there is none elsewhere. */
  guardian: ['citizen'],
  /** The holder consented to it. It acts through a platform. */
  partner: ['client', 'inStanding'],
  /** A verifier in its own right: the platform that the partner acts through. It has its own tenant's consents and none of these. */
  otherPartner: ['client', 'inStanding', 'ownRight'],
  /** Its standing is suspended (法 第18条第6項). */
  suspendedPartner: ['client'],
  /** An officer of the municipality that the holder lives in and that holds its card. */
  counter: ['municipal', 'officer'],
  otherCounter: ['municipal', 'officer'],
  /** An officer of the prefecture of that municipality. */
  prefecture: ['prefectural', 'officer'],
  otherPrefecture: ['prefectural', 'officer'],
  /** An officer of an organ of the state (国の行政機関). */
  organ: ['national', 'officer'],
  agency: ['officer'],
  ministry: ['officer'],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type Party = keyof typeof parties
export const partyNames = Object.keys(parties) as Party[]

/** A token: whose, with which scopes; `strong`: the person showed the card a moment ago. */
export interface Token { readonly party: Party; readonly scopes: ReadonlySet<Scope>; readonly strong: boolean }

/**
 * `holder:me counter:card|area agency:card+register`: the holder with the scope `me`, the counter with one of two, the agency
 * with both. No scope: any token of theirs. `holder:me*`: only after a login with card or passkey a moment ago.
 */
interface Term { readonly word: string; readonly anyOf: readonly (readonly Scope[])[]; readonly strong: boolean }
const read = new Map<string, readonly Term[]>()
export function termsOf(rule: string): readonly Term[] {
  const known = read.get(rule)
  if (known !== undefined) return known
  const terms = rule.split(' ').filter((term) => term !== '').map((term): Term => {
    const [, word = '', scopes = '', star = ''] = /^([a-zA-Z]+)(?::([a-z_:|+]+))?(\*?)$/.exec(term) ?? []
    if (!words.has(word)) throw new Error(`a decision names nobody: ${term}`)
    return { word, anyOf: scopes === '' ? [[]] : scopes.split('|').map((all) => all.split('+') as Scope[]), strong: star === '*' }
  })
  read.set(rule, terms)
  return terms
}
const words: ReadonlySet<string> = new Set([...partyNames, ...Object.values(parties).flat(), 'everyone', 'token'])

export const isCalled = (party: Party, word: string): boolean =>
  word === party || word === 'everyone' || (word === 'token' && party !== 'anonymous') || (parties[party] as readonly string[]).includes(word)

/** Whether a decision lets this token in. */
export const lets = (rule: string, { party, scopes, strong }: Token): boolean =>
  termsOf(rule).some((term) => isCalled(party, term.word) && (!term.strong || strong) && term.anyOf.some((all) => all.every((scope) => scopes.has(scope))))

// ---------------------------------------------------------------- decisions

/** Of a type: who sees a tenant's, field by field; fields decided otherwise by name, several in one key. No decision stands for a field that it does not name. */
export interface OfType {
  readonly fields: string
  readonly sees: string
  readonly but?: Readonly<Record<string, string>>
  /** Who sees one as the answer to an act of its own, and not else. */
  readonly acting?: string
  /** Only while the consent is in force. */
  readonly inForce?: true
  /** It comes with some answers only. */
  readonly sometimes?: true
}
/** Of a root field asked about what is a tenant's: who is answered. `own`: it is about whoever asks; only to those named it shows what is this tenant's. */
export interface OfRoot { readonly who: string; readonly own?: string; readonly inForce?: true }
/** `[who, fields]` where there is nothing more to say. */
export interface Decisions { readonly types: Readonly<Record<string, readonly [string, string] | OfType>>; readonly roots: Readonly<Record<string, string | OfRoot>> }

export const own = (who: string, shows = 'holder partner counter'): OfRoot => ({ who, own: shows })
export const whileInForce = (who: string): OfRoot => ({ who, inForce: true })
export const ofType = (decision: readonly [string, string] | OfType): OfType => ('sees' in decision ? decision : { sees: decision[0], fields: decision[1] })
export const fieldsOf = ({ fields, but = {} }: OfType): string[] => [fields, ...Object.keys(but)].join(' ').split(' ')
export const ofRoot = (decision: string | OfRoot): OfRoot => (typeof decision === 'string' ? { who: decision } : decision)
export const ofField = (decision: OfType, field: string): string => Object.entries(decision.but ?? {}).find(([names]) => names.split(' ').includes(field))?.[1] ?? decision.sees
