/**
 * How a session reaches the server: with the statement itself. Outside of a transaction the settings and the statement go
 * out together and are one implicit transaction, one round trip as before; a transaction gets them with its `begin`.
 * Settings are local to the transaction, so that a pooler may hand the connection to anybody afterwards.
 */
// Of the driver its query alone, which both drivers take: the whole of it would cost a door over Neon a sixth of its start.
// @ts-expect-error: the types know the driver as a whole.
import driversQuery from 'pg/lib/query'
// @ts-expect-error: likewise.
import driversWords from 'pg/lib/utils'
import { currentSession, settingsOf, settingsText, type Session } from './session.ts'

// ---------------------------------------------------------------- over the network

/** What drizzle asks of a pool and of a connection, and what both drivers give. */
interface Connection {
  query(config: unknown, values?: unknown): unknown
  release(error?: Error | boolean): void
}
interface Pool {
  query(config: unknown, values?: unknown): Promise<unknown>
  connect(): Promise<Connection>
}

/** The same pool, whose statements and transactions run in the session of who calls. It is read here, before anything waits: a connection's own callbacks run in somebody else's. */
export function walled<P extends object>(pool: P): P {
  const inner = pool as unknown as Pool
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'query') return query
      if (name === 'connect') return connect
      return Reflect.get(target, name)
    },
  })

  async function query(config: unknown, values?: unknown): Promise<unknown> {
    const session = currentSession()
    if (session === null) return inner.query(config, values)
    const connection = await inner.connect()
    try {
      const result = await new Promise((resolve, reject) => {
        connection.query(new StatementInSession(session, config, values, (error, rows) => (error ? reject(error) : resolve(rows))))
      })
      connection.release()
      return result
    } catch (error) {
      // As a pool does: what a statement left behind on the connection is not looked into.
      connection.release(error as Error)
      throw error
    }
  }

  async function connect(): Promise<Connection> {
    const session = currentSession()
    const connection = await inner.connect()
    return session === null ? connection : inTransaction(connection, session)
  }
}

function inTransaction(connection: Connection, session: Session): Connection {
  return {
    release: (error) => connection.release(error),
    async query(config, values) {
      const text = typeof config === 'string' ? config : (config as { readonly text: string }).text
      if (!/^begin\b/.test(text)) return connection.query(config, values)
      try {
        return await connection.query(`${text}; ${literal(session)}`)
      } catch (error) {
        // Nobody gives back a connection whose transaction did not begin.
        connection.release(error as Error)
        throw error
      }
    },
  }
}

const { escapeLiteral } = driversWords as { readonly escapeLiteral: (text: string) => string }
/** For the simple protocol, which has no values: two statements, one round trip. */
function literal(session: Session): string {
  const values = settingsOf(session)
  return settingsText.replace(/\$(\d)/g, (_, n: string) => escapeLiteral(values[Number(n) - 1]!))
}

/** Members of the driver's query that its types leave out. */
interface ProtocolQuery {
  prepare(connection: ProtocolConnection): void
  requiresPreparation(): boolean
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: ProtocolConnection): void
}
interface ProtocolConnection {
  parse(message: { readonly name: string; readonly text: string }): void
  bind(message: { readonly portal: string; readonly statement: string; readonly values: readonly string[]; readonly binary: boolean; readonly valueMapper: (value: string) => string }): void
  execute(message: { readonly portal: string; readonly rows: number }): void
  submittedNamedStatements?: Record<string, string>
}
type Done = (error: Error | undefined, result: unknown) => void
const Query = driversQuery as new (config: unknown, values: unknown, done: Done) => ProtocolQuery

const settingsName = 'mynagate_session'
/** Connections that know the statement of the settings. One on which anything failed is not used again. */
const prepared = new WeakSet<ProtocolConnection>()

/**
 * Parse, Bind and Execute of the settings before those of the statement, and one Sync after both: up to a Sync all is one
 * transaction. Rows of the settings are passed over.
 */
class StatementInSession extends Query {
  readonly #session: Session
  #set = false
  constructor(session: Session, config: unknown, values: unknown, done: Done) {
    super(config, values, done)
    this.#session = session
  }
  override requiresPreparation(): boolean {
    return true
  }
  override prepare(connection: ProtocolConnection): void {
    // Neon's connection is of an earlier make of the same driver and keeps no such list.
    connection.submittedNamedStatements ??= {}
    if (!prepared.has(connection)) {
      connection.parse({ name: settingsName, text: settingsText })
      prepared.add(connection)
    }
    connection.bind({ portal: '', statement: settingsName, values: settingsOf(this.#session), binary: false, valueMapper: (value) => value })
    connection.execute({ portal: '', rows: 0 })
    super.prepare(connection)
  }
  override handleDataRow(message: unknown): void {
    if (this.#set) super.handleDataRow(message)
  }
  override handleCommandComplete(message: unknown, connection: ProtocolConnection): void {
    if (this.#set) super.handleCommandComplete(message, connection)
    this.#set = true
  }
}
