/**
 * The issuer of tokens as it describes itself: found at either of its two addresses, and taken only where the description
 * names the very issuer that was asked for. Any server that conforms stands here; nothing but its URL is configured.
 *
 * @rfc 8414 3.1 (path after the well-known part), 3.3 (the issuer must be the same), 5 (OpenID Connect Discovery)
 */
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'

const patience = 3_000
/** Octets of a description that are read; what is longer is none. */
const largest = 64 * 1024

/** Where an issuer may describe itself. */
export function metadataAddresses(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
}

async function keysAddress(issuer: string): Promise<string> {
  const found: string[] = []
  for (const address of metadataAddresses(issuer)) {
    const answer = await fetch(address, { signal: AbortSignal.timeout(patience), redirect: 'error' })
    const metadata = answer.ok ? await described(answer) : null
    if (metadata?.issuer === issuer && typeof metadata.jwks_uri === 'string' && asSafe(metadata.jwks_uri, issuer)) return metadata.jwks_uri
    found.push(`${address}: ${answer.ok ? 'not of this issuer, or without keys' : answer.status}`)
  }
  throw new Error(`the issuer of tokens does not describe itself (${found.join('; ')})`)
}

async function described(answer: Response): Promise<{ readonly issuer?: unknown; readonly jwks_uri?: unknown } | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.length
    // Leaving the loop lets go of the connection.
    if (length > largest) return null
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as object | null
  } catch {
    return null
  }
}

/** Keys are never fetched over less than the issuer itself is: no http behind https. */
const asSafe = (address: string, issuer: string): boolean => URL.canParse(address) && (new URL(address).protocol === 'https:' || new URL(address).protocol === new URL(issuer).protocol)

/** Keys of the issuer, found on first use, cached, and asked for again when an unknown key appears. */
export function issuerKeys(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | null = null
  const discover = async (): Promise<JWTVerifyGetKey> => createRemoteJWKSet(new URL(await keysAddress(issuer)), { timeoutDuration: patience, cooldownDuration: 30_000, cacheMaxAge: 600_000 })
  return async (header, token) => {
    found ??= discover()
    const keys = await found.catch((fault: unknown) => {
      found = null
      throw fault
    })
    return keys(header, token)
  }
}
