/**
 * What the authorization server of this machine needs so that people log in at it, for the pages alone: who they are, what
 * the pages may do for them, and where it asks. Everything else of the code flow is the library's, under FAPI 2.0.
 *
 * @rfc 6749 4.1 · 9126 · OpenID Connect Core 3.1
 */
import type { JWK } from 'jose'
import type Provider from 'oidc-provider'
import type { Configuration } from 'oidc-provider'
import { scopes } from '../../core/law/actor.ts'
import type { TestClient } from './authorization-server.ts'

/** The pages as a client of the authorization server. */
export interface PagesClient { readonly publicKey: JWK; readonly redirectUri: string }
export const pagesClientId = 'pages'

/** Seconds; sessions of the pages end after fifteen minutes. */
export const lives = { Interaction: 600, AuthorizationCode: 60, IdToken: 300, RefreshToken: 900, Grant: 900, Session: 900 } as const

export interface Interactions {
  /** Which scopes are asked for; null where nothing is asked any more. */
  asked(uid: string): Promise<readonly string[] | null>
  /** Logs this account in; where the browser goes on. Only the browser that began can go on there. */
  finish(uid: string, account: string): Promise<string>
}

type Metadata = NonNullable<Configuration['clients']>[number]
export const pagesMetadata = ({ publicKey, redirectUri }: PagesClient): Metadata => ({
  client_id: pagesClientId, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], redirect_uris: [redirectUri], token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: publicKey.alg as 'ES256', jwks: { keys: [publicKey as never] }, dpop_bound_access_tokens: true, require_pushed_authorization_requests: true, id_token_signed_response_alg: 'ES256',
  scope: ['openid', ...scopes].join(' '),
})

/** Accounts are the test persons and officers, by the names of their own clients. */
export const codeFlow = (clients: readonly TestClient[], audience: string): Pick<Configuration, 'scopes' | 'claims' | 'conformIdTokenClaims' | 'findAccount' | 'loadExistingGrant' | 'issueRefreshToken' | 'interactions'> => {
  const accounts = new Map(clients.filter(({ claim }) => !('partner' in claim)).map((client) => [client.id, client]))
  return {
    scopes: ['openid', ...scopes],
    claims: { openid: ['sub', 'mynagate'] },
    // For whom the pages act stands in the ID token, as in the access token.
    conformIdTokenClaims: false,
    findAccount: (_ctx, id) => {
      const account = accounts.get(id)
      return account === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, mynagate: account.claim }) }
    },
    /** The pages are the gateway's own: nobody is asked twice. They get what the account has, and no more. */
    async loadExistingGrant(ctx) {
      const accountId = ctx.oidc.session!.accountId!
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client!.clientId, accountId })
      const asked = String(ctx.oidc.params!['scope'] ?? '').split(' ')
      const held = accounts.get(accountId)?.scope.split(' ') ?? []
      grant.addOIDCScope(asked.join(' '))
      grant.addResourceScope(audience, asked.filter((scope) => held.includes(scope)).join(' '))
      grant.rejectResourceScope(audience, asked.filter((scope) => scope !== 'openid' && !held.includes(scope)).join(' '))
      await grant.save()
      return grant
    },
    issueRefreshToken: async (_ctx, client) => client.clientId === pagesClientId,
    interactions: { url: (_ctx, { uid }) => `/pages/signin?${new URLSearchParams({ uid }).toString()}` },
  }
}

export const interactionsOf = (provider: Provider): Interactions => ({
  async asked(uid) {
    const interaction = /^[\w-]{10,100}$/.test(uid) ? await provider.Interaction.find(uid) : undefined
    return interaction === undefined ? null : String(interaction.params['scope'] ?? '').split(' ')
  },
  async finish(uid, account) {
    const interaction = await provider.Interaction.find(uid)
    if (interaction === undefined) throw new Error('the interaction is over')
    // Somebody else was logged in at the provider in this browser: not any more.
    const before = interaction.session?.uid === undefined ? undefined : await provider.Session.findByUid(interaction.session.uid)
    if (before !== undefined && before.accountId !== account) {
      Object.assign(before, { accountId: undefined, authorizations: {} })
      await before.persist()
    }
    interaction.result = { login: { accountId: account } }
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1000))
    return interaction.returnTo
  },
})
