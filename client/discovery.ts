/**
 * An authorization server as it describes itself, at either of the two addresses where it may; taken only where it names
 * the very issuer that was asked for, so that no server is taken for another.
 *
 * @rfc 8414 3.1, 3.3, 5 (OpenID Connect Discovery)
 */

/** Where an issuer may describe itself. */
export function metadataAddresses(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
}

/** Null where it does so nowhere. */
export async function metadataOf<T extends { readonly issuer: string }>(issuer: string, patience = 5_000): Promise<T | null> {
  for (const address of metadataAddresses(issuer)) {
    const answer = await fetch(address, { signal: AbortSignal.timeout(patience), redirect: 'error', headers: { accept: 'application/json' } })
    const metadata = answer.ok ? ((await answer.json().catch(() => null)) as T | null) : null
    if (metadata?.issuer === issuer) return metadata
  }
  return null
}
