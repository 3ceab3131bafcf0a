/**
 * The keys that the gateway signs records of consents with, for everybody who verifies receipts.
 */
import type { ReceiptKey } from '../../core/law/consent/seal.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'

const ReceiptKeyRef = builder.objectRef<ReceiptKey>('ReceiptKey').implement({
  description: 'A key of the gateway for receipts. Keep it from a source of your own: a receipt that brings its key proves nothing.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'SHA-256 of `publicKey`, hex: its name in receipts.' }),
    publicKey: t.field({ type: 'Bytes', description: 'SubjectPublicKeyInfo, DER. ECDSA on P-256 with SHA-256.', resolve: (k) => k.spki }),
    since: t.expose('since', { type: 'DateTime', description: 'When it was first used.' }),
  }),
})

builder.queryField('receiptKeys', (t) => t.field({ type: [ReceiptKeyRef], description: 'The gateway’s keys for receipts, oldest first; receipts of old keys stay good.', extensions: audience('everyone'), resolve: (_, _args, { world }) => world.seals.keys() }))
