/**
 * `mynagate debug`: what is wrong with a token, an assertion or a proof, against the gateway that runs on the data folder or
 * the one at `--url`. The keys it needs are the issuer's published ones, and the public half of a test client's.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { debug, lines, type DebugKind, type Expected } from '../../client/debug.ts'
import { keyName } from './credentials.ts'

export interface DebugOptions {
  readonly data: string
  /** Where the gateway answers. */
  readonly gateway: string
  readonly client?: string | undefined
  readonly token?: string | undefined
  readonly method?: string | undefined
  /** What a proof was made for; the GraphQL endpoint where absent. */
  readonly to?: string | undefined
}

/** Lines to print, and whether everything held. */
export async function debugLines(kind: DebugKind, text: string, options: DebugOptions, now: number): Promise<{ readonly lines: readonly string[]; readonly good: boolean }> {
  const read = async <T>(url: string): Promise<T> => (await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json()) as T
  const { resource, authorization_servers: [issuer = ''] } = await read<{ resource: string; authorization_servers: string[] }>(new URL('/.well-known/oauth-protected-resource', options.gateway).href)
  const { jwks_uri: published } = await read<{ jwks_uri: string }>(`${issuer}/.well-known/openid-configuration`)
  const client = options.client ?? claimed(text)
  const keys = kind === 'token' ? (await read<{ keys: JWK[] }>(published)).keys : kind === 'assertion' ? keyOf(options.data, client) : undefined
  const expected: Expected = {
    issuer, audience: resource, method: options.method ?? 'POST', url: options.to ?? new URL('/graphql', resource).href, now,
    ...(keys === undefined ? {} : { keys }), ...(client === undefined ? {} : { clientId: client }), ...(options.token === undefined ? {} : { token: options.token }),
  }
  const finding = await debug(kind, text, expected)
  return { lines: lines(finding), good: finding.checks.every((c) => c.passed) }
}

/** As which client it comes, by its own word. */
function claimed(text: string): string | undefined {
  try {
    const { iss } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8')) as { iss?: unknown }
    return typeof iss === 'string' && /^[\w-]+$/.test(iss) ? iss : undefined
  } catch {
    return undefined
  }
}

function keyOf(data: string, client: string | undefined): readonly JWK[] | undefined {
  const file = client === undefined ? null : join(data, keyName(client))
  if (file === null || !existsSync(file)) return undefined
  const { d: _, ...publicKey } = JSON.parse(readFileSync(file, 'utf8')) as JWK
  return [publicKey]
}
