/**
 * Whether a key's policy lets its account do something. Who asks is somebody of the account whose own rights are `authorize`'s
 * to judge: the policy must allow the account or everybody, and deny neither. A statement that is bound to one role, or to
 * anything that the request does not say, allows nothing here; a Deny whose condition is not known denies.
 */
interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}
export interface Asked {
  readonly account: string
  /** `kms:Sign` */
  readonly action: string
  readonly context: Readonly<Record<string, string>>
}

const list = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : typeof value === 'string' ? [value] : value)
const like = (pattern: string, value: string): boolean => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(value)

export function policyAllows(policy: string, asked: Asked): boolean {
  const { Statement: said } = JSON.parse(policy) as { readonly Statement: Statement | readonly Statement[] }
  const covering = [said].flat().filter((s) => meansAccount(s, asked.account) && coversAction(s, asked.action))
  if (covering.some((s) => s.Effect === 'Deny' && holds(s, asked) !== false)) return false
  return covering.some((s) => s.Effect === 'Allow' && holds(s, asked) === true)
}

function meansAccount({ Principal: principal }: Statement, account: string): boolean {
  if (principal === '*') return true
  return list(principal?.['AWS']).some((who) => who === '*' || who === account || who === `arn:aws:iam::${account}:root`)
}

const coversAction = ({ Action, NotAction }: Statement, action: string): boolean =>
  NotAction === undefined ? list(Action).some((pattern) => like(pattern, action)) : !list(NotAction).some((pattern) => like(pattern, action))

/** Null where a condition cannot be judged from what the request says. */
function holds({ Condition }: Statement, { context }: Asked): boolean | null {
  let unknown = false
  for (const [operator, fields] of Object.entries(Condition ?? {})) {
    for (const [name, wanted] of Object.entries(fields)) {
      if (!name.startsWith('kms:')) { unknown = true; continue }
      const given = context[name]
      const equal = given !== undefined && list(wanted).includes(given)
      if (operator === 'StringEquals') { if (!equal) return false }
      else if (operator === 'StringNotEquals') { if (equal) return false }
      else if (operator === 'Null') { if (!list(wanted).includes(String(given === undefined))) return false }
      else unknown = true
    }
  }
  return unknown ? null : true
}
