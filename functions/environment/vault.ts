/**
 * Secrets that the gateway must be able to read again, kept as envelopes: a data key of its own for each, sealed by KMS under
 * the key for personal data, and AES-256-GCM under it. Purpose and name are bound on both levels, so that an envelope moved to
 * another row opens for nobody. What was opened is remembered for a while, lest each message cost a call.
 *
 * Octets: version 1 · length of the sealed data key (2) · sealed data key · nonce (12) · ciphertext · tag (16).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Random } from '../../core/law/ids.ts'
import type { Vault } from '../../core/law/partner/webhook.ts'
import type { Sealer } from '../../core/pki/kms.ts'

const version = 1
const purpose = 'webhook-secret'
/** Envelopes whose content is remembered. */
const remembered = 500

export function envelopes(sealer: Pick<Sealer, 'dataKey' | 'open'>, random: Random): Vault {
  const opened = new Map<string, Uint8Array>()
  return {
    async seal(secret, name) {
      const { plaintext: key, sealed } = await sealer.dataKey({ purpose, name })
      const nonce = random.bytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(bound(name))
      const text = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()])
      key.fill(0)
      return Uint8Array.from(Buffer.concat([Uint8Array.of(version, sealed.length >> 8, sealed.length & 0xff), sealed, nonce, text]))
    },
    async open(envelope, name) {
      const known = `${name} ${Buffer.from(envelope).toString('base64')}`
      const held = opened.get(known)
      if (held !== undefined) return held
      const { sealed, nonce, text, tag } = parts(envelope)
      const key = await sealer.open(sealed, { purpose, name })
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(bound(name)).setAuthTag(tag)
      const secret = Uint8Array.from(Buffer.concat([decipher.update(text), decipher.final()]))
      key.fill(0)
      if (opened.size >= remembered) opened.clear()
      opened.set(known, secret)
      return secret
    },
  }
}

const bound = (name: string): Buffer => Buffer.from(`${purpose}\0${name}`, 'utf8')

function parts(envelope: Uint8Array): { readonly sealed: Uint8Array; readonly nonce: Uint8Array; readonly text: Uint8Array; readonly tag: Uint8Array } {
  const length = ((envelope[1] ?? 0) << 8) | (envelope[2] ?? 0)
  const [from, end] = [3 + length, envelope.length - 16]
  if (envelope[0] !== version || length === 0 || end < from + 12) throw new RangeError('not an envelope of this vault')
  return { sealed: envelope.subarray(3, from), nonce: envelope.subarray(from, from + 12), text: envelope.subarray(from + 12, end), tag: envelope.subarray(end) }
}
