/**
 * Test clients: who may be played against the gateway on this machine, each with a key of its own in the data folder. They
 * authenticate as any client does; what makes them test clients is only that their private keys lie here.
 */
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Scope } from '../../core/law/actor.ts'
import type { Claim, TestClient } from './authorization-server.ts'
import type { Folder } from '../folder.ts'

/** Somebody to be played. */
export interface Role {
  /** Name and client id. */
  readonly name: string
  readonly about: string
  readonly scope: readonly Scope[]
  readonly claim: Claim
}

/** What a client program needs to act as somebody, and for whom that is. */
export interface Credential {
  readonly clientId: string
  readonly about: string
  /** All that it may ask for. */
  readonly scope: string
  readonly claim: Claim
  /** Private key, ES256. */
  readonly key: JWK
  /** Where the key is. */
  readonly file: string
}

export const keyName = (name: string): string => `keys/${name}.jwk.json`

export async function credentialsFor(roles: readonly Role[], folder: Folder): Promise<Readonly<Record<string, Credential>>> {
  const all = await Promise.all(roles.map(async (role): Promise<[string, Credential]> => {
    const key = await folder.keep<JWK>(keyName(role.name), async () => {
      const { privateKey } = await generateKeyPair('ES256', { extractable: true })
      return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: role.name }
    })
    const { name, about, scope, claim } = role
    return [name, { clientId: name, about, scope: scope.join(' '), claim, key, file: folder.place(keyName(name)) }]
  }))
  return Object.fromEntries(all)
}

export const publicClient = ({ clientId, key, scope, claim }: Credential): TestClient => {
  const { d: _, ...publicKey } = key
  return { id: clientId, publicKey, scope, claim }
}
