/** The safe for values of persons as tests have it: data keys that follow from what they are for, kept wrapped as real ones are. */
import { createHash } from 'node:crypto'
import { realRandom } from '../../functions/environment.ts'
import { instant, type Instant } from '../../core/law/time.ts'
import type { Db } from '../../db/client.ts'
import { openKeyring, type KeyWrapper } from '../../db/keyring.ts'
import { openSafe, type Safe } from '../../db/safe.ts'

const keyOf = (context: Readonly<Record<string, string>>): Uint8Array => Uint8Array.from(createHash('sha256').update(JSON.stringify(context)).digest())

/** A wrapped key is the word for what it is for. */
export const testWrapper: KeyWrapper = {
  dataKey: async (context) => ({ plaintext: keyOf(context), sealed: Uint8Array.from(Buffer.from(JSON.stringify(context))) }),
  open: async (wrapped, context) => {
    if (Buffer.from(wrapped).toString() !== JSON.stringify(context)) throw new Error('sealed for something else')
    return keyOf(context)
  },
}

export const testSafe = (db: Db, now: () => Instant = () => instant(Date.now()), wrapper: KeyWrapper = testWrapper): Safe => openSafe(openKeyring(db, { wrapper, stage: 'test', now, makes: true }), realRandom)
