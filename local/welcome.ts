/** What a developer reads first: at `/`, and printed when the gateway is up. */
import type { Credential } from './login/credentials.ts'

export const firstQuery = `# Ctrl-Enter sends it. The headers hold a token of the test person "hanako"; it lives five minutes: reload for a new one.
# Partners must prove a key with each request and cannot ask from a page: client/README.md.
{
  serverInfo { stage now today }
  me { cards(first: 1) { nodes { state expiresOn } } }
}
`

export const welcome = (url: string): string => `Mynagate, on this machine only. Not for real data.

  ${url}/graphiql                 try queries here
  ${url}/graphql                  GraphQL, POST
  ${url}/pages/                   pages for people: consent, my card, officers, developers
  ${url}/sandbox/personas         test persons, and what each is for
  ${url}/sandbox/cards            their virtual cards
  ${url}/ocsp                     certificate status, RFC 6960
  ${url}/oauth/.well-known/openid-configuration
`

/** The lines after a start: where, as whom, with what, and something to paste. */
export function started(url: string, data: string, credentials: Readonly<Record<string, Credential>>, token: string, took: number): string[] {
  const names = Object.keys(credentials)
  return [
    `Mynagate answers at ${url} (${(took / 1000).toFixed(1)} s). This machine only; not for real data.`,
    `  try it       ${url}/graphiql`,
    `  clients      ${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}; keys in ${data === 'memory' ? 'memory' : `${data}/keys`}`,
    '  a new token  npx mynagate token hanako; a partner’s request: curl -H @<(npx mynagate headers bank) …',
    `  a card       ${url}/sandbox/cards; into a reader: npm run card -- --persona hanako --vpcd localhost:35963`,
    '  first query, with a token that lives five minutes:',
    `curl -s ${url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '{"query":"{ serverInfo { stage today } }"}'`,
  ]
}
