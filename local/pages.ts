/** The door for people on one machine: its sessions are played with virtual cards, and any loopback address may be returned to. */
import { randomBytes } from 'node:crypto'
import type { Log } from '../functions/environment.ts'
import { freshnessOf, itemsIn } from '../functions/environment/pages.ts'
import { pagesDoor, type PagesDoor } from '../functions/pages.ts'
import { anybodyAt, issuerAt } from '../web/anybody.ts'
import { localSessions, type SessionOptions } from './sessions.ts'

/** Test partners run where their developers do: loopback addresses count as registered. */
export const onLoopback = (address: string): boolean => /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?\/[^#]*$/.test(address)

export function localPages({ log, ...options }: SessionOptions & { readonly log: Log }): PagesDoor {
  const { url, personas, now = Date.now } = options
  const open = anybodyAt(url)
  return pagesDoor({
    log,
    parts: {
      stage: 'local', origin: new URL(url).origin, issuer: () => issuerAt(url), sessions: localSessions(options), open, mayReturnTo: (_, address) => onLoopback(address), itemsOf: itemsIn,
      freshness: () => freshnessOf(url, open), personas: personas.map(({ name, about }) => ({ name, about })), token: () => randomBytes(24).toString('base64url'), now,
    },
  })
}
