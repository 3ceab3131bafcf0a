/**
 * The public keys of a partner's client: registered, in use, retired.
 *
 * @rfc 7517 · 7523 3
 */
import { readKeys, registerKey, retireKey, type ClientKeys, type PartnerKey } from '../../core/law/partner/key.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'

const UseEnum = enumOf<PartnerKey['use']>('KeyUse', 'What a key is for.', { sig: 'The client’s assertions are signed with it.', enc: 'Releases are encrypted to it.' })

const KeyRef = builder.objectRef<PartnerKey>('ClientKey').implement({
  description: 'A public key of a client.',
  fields: (t) => ({
    kid: t.exposeString('kid', { description: 'Its name, never given to another key of this client.' }),
    alg: t.exposeString('alg', { description: 'ES256, PS256 or EdDSA for assertions; ECDH-ES or RSA-OAEP-256 for encryption.' }),
    use: t.expose('use', { type: UseEnum, description: 'What it is for.' }),
    fetched: t.boolean({ description: 'Whether it comes from the client’s address of keys.', resolve: (key) => key.source === 'URI' }),
    registeredAt: t.expose('registeredAt', { type: 'DateTime', description: 'Since when it holds.' }),
    retiresAt: t.expose('retiresAt', { type: 'DateTime', nullable: true, description: 'From when on it holds no more.' }),
    lastFetchedAt: t.expose('lastFetchedAt', { type: 'DateTime', nullable: true, description: 'When it was last seen at that address.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'When an access token was last given for an assertion by it.' }),
  }),
})

const ClientKeysRef = builder.objectRef<ClientKeys>('ClientKeys').implement({
  description: 'The keys of the client that asks.',
  fields: (t) => ({
    client: t.exposeString('client', { description: 'The client.' }),
    keys: t.expose('keys', { type: [KeyRef], description: 'All it ever had, oldest first.' }),
    jwksUri: t.string({ nullable: true, description: 'Where its keys are fetched from, every ten minutes.', resolve: ({ address }) => address?.uri ?? null }),
    jwksLastFetchedAt: t.field({ type: 'DateTime', nullable: true, description: 'When that was last tried.', resolve: ({ address }) => address?.lastFetchedAt ?? null }),
    jwksLastOutcome: t.string({ nullable: true, description: '200, or why it could not be read. Then the keys stay as they are.', resolve: ({ address }) => address?.lastOutcome ?? null }),
  }),
})

const who: Audience = { partner: [] }

builder.queryField('keys', (t) => t.field({
  type: ClientKeysRef, nullable: true, description: 'The public keys of the client that asks: when each was registered, fetched and used.', extensions: audience(who),
  resolve: async (_, _args, { world, actor }) => {
    const found = await readKeys(world, actor)
    return isRefusal(found) ? null : found
  },
}))

act('registerKey', {
  description: 'Registers a public key of the client that asks, or the address that all its keys are fetched from. Register the new key, sign with it, then retire the old one: both hold meanwhile.', who, success: ClientKeysRef,
  fields: (t) => ({
    jwk: t.field({ type: 'LongText', required: false, description: 'RFC 7517, as JSON, with `kid` and `alg`; public members only.' }),
    jwksUri: t.field({ type: 'Text', required: false, description: 'https. A key that is gone from there retires a day later.' }),
  }),
  run: ({ world, actor }, input) => registerKey(world, actor, { ...input, jwk: input.jwk ?? null, jwksUri: input.jwksUri ?? null }),
})
act('retireKey', {
  description: 'Retires a key: it holds for another day, in which both are good, or ends at once where it leaked. The last one that the client can prove itself with cannot be retired.', who, success: ClientKeysRef,
  fields: (t) => ({
    kid: t.field({ type: 'Text', description: 'The name of the key.' }),
    leaked: t.boolean({ required: false, description: 'Whether somebody else may have it: then there is no overlap.' }),
  }),
  run: ({ world, actor }, input) => retireKey(world, actor, { ...input, leaked: input.leaked ?? false }),
})
