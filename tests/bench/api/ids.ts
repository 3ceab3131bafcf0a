/** Ids of the people that are asked for: the n-th copy of the one that the stores made. */
export interface Scene { readonly consent: string; readonly card: string; readonly person: string; readonly certificate: string }

export const digits = 25
/** The id of the n-th copy; 1 is the first. As long as real ones, and as they do, they rise with time; personas begin with 0. */
export const copyOf = (prefix: string, n: number): string => `${prefix}_1${String(n).padStart(digits, '0')}`
export const global = (id: string): string => Buffer.from(id).toString('base64url')
/** Of how many at most something is asked for, evenly among all. */
const mostAsked = 20_000
export const anyAmong = (people: number): number => place(Math.floor(Math.random() * Math.min(people, mostAsked)), people)
export const askedAmong = (people: number): number[] => Array.from({ length: Math.min(people, mostAsked) }, (_, k) => place(k, people))
const place = (k: number, people: number): number => 1 + Math.floor((k * people) / Math.min(people, mostAsked))
/** What the client replaces, as it stands in a request of ours and in one of PostGraphile's. */
export const nobody = copyOf('cns', 0)
/** Which copy a request names; 0 for nobody's. */
export const numberIn = (globalId: string): number => Number(Buffer.from(globalId, 'base64url').toString('latin1').slice('cns_1'.length))

/** The n-th copy's ids for the first's, wherever a statement bears them. */
export const another = ({ consent, person, certificate }: Scene, n: number): ReadonlyMap<unknown, string> => new Map([[consent, copyOf('cns', n)], [person, copyOf('psn', n)], [certificate, copyOf('crt', n)]])
