/** The gateway without a token: what it tells anybody, and who issues tokens for it. */
import type { Gateway } from '../client/gateway.ts'

/** Throws where the gateway answers with errors: what is asked here may be asked by anybody. */
export const anybodyAt = (url: string): Pick<Gateway, 'query'> => ({
  async query<T>(query: string, variables: Readonly<Record<string, unknown>> = {}) {
    const answer = await fetch(new URL('/graphql', url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
    const { data, errors } = (await answer.json()) as { data?: T | null; errors?: readonly unknown[] }
    if (data === undefined || data === null || errors !== undefined) throw new Error(`the gateway answered ${answer.status}`)
    return { data, requestId: answer.headers.get('x-request-id') ?? '' }
  },
})

/** @rfc 9728 2 */
export async function issuerAt(url: string): Promise<string> {
  const { authorization_servers: [issuer] } = (await (await fetch(new URL('/.well-known/oauth-protected-resource', url))).json()) as { authorization_servers: readonly string[] }
  if (issuer === undefined) throw new Error('the gateway names no authorization server')
  return issuer
}
