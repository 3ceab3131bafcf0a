/** The gateway as pages ask it, with the headers of somebody or of nobody, and who issues tokens for it. */
import type { Gateway } from '../client/gateway.ts'

/** What pages use of a gateway. */
export type Asking = Pick<Gateway, 'query'>
type Headers = (method: string, url: string) => Promise<Readonly<Record<string, string>>>

/** The gateway did not do what it was asked: it or the document is at fault. `status` 401: the token is. */
export class NotAnswered extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the gateway answered ${status}`)
    this.name = 'NotAnswered'
    this.status = status
  }
}

export const anybodyAt = (url: string, headers: Headers = async () => ({})): Asking => ({
  async query<T>(query: string, variables: Readonly<Record<string, unknown>> = {}) {
    const endpoint = new URL('/graphql', url).href
    const answer = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json', ...(await headers('POST', endpoint)) }, body: JSON.stringify({ query, variables }) })
    const { data, errors } = (await answer.json()) as { data?: T | null; errors?: readonly unknown[] }
    if (data === undefined || data === null || errors !== undefined) throw new NotAnswered(answer.status)
    return { data, requestId: answer.headers.get('x-request-id') ?? '' }
  },
})

/** @rfc 9728 2 */
export async function issuerAt(url: string): Promise<string> {
  const { authorization_servers: [issuer] } = (await (await fetch(new URL('/.well-known/oauth-protected-resource', url))).json()) as { authorization_servers: readonly string[] }
  if (issuer === undefined) throw new Error('the gateway names no authorization server')
  return issuer
}
