/**
 * What the archive throws. The database's own errors quote statements, parameters and whole rows; those hold values of
 * persons and must not reach a log line. Here only code, table and constraint go on.
 */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault'
  /** SQLSTATE, or the driver's code (ECONNREFUSED …); null where there was none. */
  readonly code: string | null
  readonly constraint: string | null
  readonly table: string | null

  constructor(facts: { readonly code: string | null; readonly constraint: string | null; readonly table: string | null }) {
    super(`archive: ${[facts.code ?? 'no code', facts.table, facts.constraint].filter((part) => part !== null).join(' ')}`)
    this.code = facts.code
    this.constraint = facts.constraint
    this.table = facts.table
  }
}

type DatabaseError = Error & { readonly code?: unknown; readonly constraint?: unknown; readonly table?: unknown }
const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** The facts of an error that came from a database or its driver; null for any other. */
function factsOf(error: unknown): ConstructorParameters<typeof ArchiveFault>[0] | null {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const { code, constraint, table } = e as DatabaseError
    if (typeof code === 'string') return { code, constraint: textOrNull(constraint), table: textOrNull(table) }
  }
  return error instanceof Error && 'query' in error ? { code: null, constraint: null, table: null } : null
}

export function withoutValues(error: unknown): unknown {
  if (error instanceof ArchiveFault) return error
  const facts = factsOf(error)
  return facts === null ? error : new ArchiveFault(facts)
}

/** Name of the constraint that said no: unique (23505), check (23514), foreign key (23503) or exclusion (23P01). */
export function violated(error: unknown): string | null {
  const facts = factsOf(error)
  return facts !== null && facts.code !== null && ['23505', '23514', '23503', '23P01'].includes(facts.code) ? facts.constraint : null
}

/** The same store, whose faults carry no values. */
export function withoutValuesInFaults<S extends object>(store: S): S {
  const guarded = Object.entries(store).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member]
    const method = member as (...args: unknown[]) => Promise<unknown>
    return [name, async (...args: unknown[]) => {
      try {
        return await method.apply(store, args)
      } catch (error) {
        throw withoutValues(error)
      }
    }]
  })
  return Object.fromEntries(guarded) as S
}
