/**
 * Evaluates a request against a role's policy and a key's policy, as IAM does for KMS: a Deny anywhere ends it; the key's
 * policy has to allow; where it allows the account instead of the caller, the caller's own policy has to allow as well.
 * Throws on an operator it does not know, rather than skip a condition.
 */
export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}
export interface Policy { readonly Version: string; readonly Statement: readonly Statement[] }
export interface Request {
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
}
export type Verdict = 'allowed' | 'denied' | 'not allowed'

export const list = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : typeof value === 'string' ? [value] : value)
export const parsePolicy = (policy: unknown): Policy => {
  const { Version, Statement } = (typeof policy === 'string' ? JSON.parse(policy) : policy) as { Version: string; Statement: Statement | Statement[] }
  return { Version, Statement: [Statement].flat() }
}

export function evaluate(request: Request, own: readonly Policy[], key: Policy): Verdict {
  const asked = { ...request, context: { 'aws:PrincipalArn': request.principal, ...request.context } }
  const mine = own.flatMap((policy) => policy.Statement).filter((s) => covers(s, asked))
  const keys = key.Statement.filter((s) => covers(s, asked)).map((statement) => ({ statement, how: principalOf(statement, request.principal) })).filter(({ how }) => how !== null)
  if (mine.some((s) => s.Effect === 'Deny') || keys.some(({ statement }) => statement.Effect === 'Deny')) return 'denied'
  const allowing = keys.filter(({ statement }) => statement.Effect === 'Allow').map(({ how }) => how)
  if (allowing.includes('caller')) return 'allowed'
  return allowing.includes('account') && mine.some((s) => s.Effect === 'Allow') ? 'allowed' : 'not allowed'
}

/** Whom a statement of a key's policy means: the caller, or the caller's account, which leaves it to the caller's policy. */
function principalOf({ Effect, Principal }: Statement, caller: string): 'caller' | 'account' | null {
  const named = Principal === '*' ? ['*'] : list(Principal?.['AWS'])
  if (named.includes('*') || named.includes(caller)) return 'caller'
  const account = caller.split(':')[4]!
  if (!named.includes(account) && !named.includes(`arn:aws:iam::${account}:root`)) return null
  return Effect === 'Deny' ? 'caller' : 'account'
}

function covers(statement: Statement, { action, resource, context }: Request): boolean {
  const fits = (patterns: string | readonly string[] | undefined, value: string, not: string | readonly string[] | undefined): boolean => (not === undefined ? list(patterns).some((p) => like(p, value)) : !list(not).some((p) => like(p, value)))
  return fits(statement.Action, action, statement.NotAction) && fits(statement.Resource, resource, statement.NotResource) && conditionsHold(statement.Condition ?? {}, context ?? {})
}

/** `*` and `?`, action names without regard to case. */
const like = (pattern: string, value: string): boolean => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(value)

type Test = (given: string | undefined, wanted: readonly string[]) => boolean
const positive = (same: (a: string, b: string) => boolean): Test => (given, wanted) => given !== undefined && wanted.some((w) => same(w, given))
const negative = (same: (a: string, b: string) => boolean): Test => (given, wanted) => given === undefined || !wanted.some((w) => same(w, given))
const equal = (a: string, b: string): boolean => a === b
const exact = (pattern: string, value: string): boolean => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(value)
const tests: Readonly<Record<string, Test>> = {
  StringEquals: positive(equal), StringNotEquals: negative(equal), StringLike: positive(exact), StringNotLike: negative(exact),
  ArnEquals: positive(exact), ArnLike: positive(exact), ArnNotEquals: negative(exact), ArnNotLike: negative(exact), Bool: positive(equal),
  Null: (given, wanted) => wanted.includes(String(given === undefined)),
  DateLessThan: (given, wanted) => given !== undefined && wanted.some((w) => Date.parse(given) < Date.parse(w)),
}

function conditionsHold(conditions: NonNullable<Statement['Condition']>, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(conditions).every(([operator, fields]) => {
    const test = tests[operator]
    if (test === undefined) throw new Error(`an operator that is not known here: ${operator}`)
    return Object.entries(fields).every(([name, wanted]) => test(context[name], list(wanted)))
  })
}
