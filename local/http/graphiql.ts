/**
 * GraphiQL, offline: one page with everything inline, no reference to anything outside. Imported when somebody opens it;
 * it weighs nine megabytes and belongs in no bundle.
 */
export interface GraphiqlPage {
  readonly query: string
  /** A token for trying things out; it lives five minutes and the page says so. */
  readonly token: string
}

export async function graphiqlPage({ query, token }: GraphiqlPage): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL({
    endpoint: '/graphql', title: 'Mynagate', defaultQuery: query, headers: JSON.stringify({ authorization: `Bearer ${token}` }, null, 2), shouldPersistHeaders: false,
  })
}

/** Scripts and styles of the page itself and nothing else; requests to the gateway alone. */
export const graphiqlPolicy = "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob: data:; style-src 'unsafe-inline'; font-src data:; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
