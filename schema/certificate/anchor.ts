/**
 * The trust anchors: the generations of the two certification authorities whose certificates can still be valid. They are
 * public; who verifies outside the gateway pins them by key, never by name, which all generations share.
 */
import type { Authority } from '../../core/law/world.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'

const CertificationAuthority = enumOf<Authority['ca']>('CertificationAuthority', 'One of the two certification authorities.', {
  signature: '署名用認証局.', authentication: '利用者証明用認証局.',
})

const TrustAnchorRef = builder.objectRef<Authority & { readonly current: boolean }>('TrustAnchor').implement({
  description: 'A generation of a certification authority.',
  fields: (t) => ({
    authority: t.expose('ca', { type: CertificationAuthority, description: 'Which of the two.' }),
    keyId: t.expose('keyId', { type: 'KeyId', description: 'SHA-1 of its public key.' }),
    certificate: t.field({ type: 'Bytes', description: 'The self-signed certificate, DER.', resolve: ({ certificate }) => certificate.der }),
    current: t.exposeBoolean('current', { description: 'Whether it is the one that issues now.' }),
  }),
})

builder.queryField('trustAnchors', (t) => t.field({
  type: [TrustAnchorRef], description: 'The pinned certificates of the certification authorities, all generations.', extensions: audience('everyone'),
  resolve: (_, _args, { world: { authorities } }) => authorities.all.map((a) => ({ ...a, current: authorities.current(a.ca).keyId === a.keyId })),
}))
