/**
 * Reads the address of a partner's keys: the same way out as webhooks take, to the address that was judged and nowhere
 * else; no redirect, an end in time and in size.
 *
 * @rfc 6890 · 7517 5
 */
import { request as http } from 'node:http'
import { request as https } from 'node:https'
import { isIPv6, type LookupFunction } from 'node:net'
import type { FetchText } from '../../core/law/partner/key.ts'
import { mayReach, type OutboundRules } from './outbound.ts'

const largest = 64 * 1024

export const fetchOver = (rules: OutboundRules): FetchText => async (uri) => {
  const addresses = await mayReach(rules, uri)
  if (typeof addresses === 'string') return { text: null, outcome: addresses }
  return read(new URL(uri), addresses[0]!, rules.patience)
}

function read(url: URL, address: string, patience: number): ReturnType<FetchText> {
  const family = isIPv6(address) ? 6 : 4
  const lookup: LookupFunction = (_name, options, done) => (options.all === true ? done(null, [{ address, family }]) : done(null, address, family))
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(patience)
    const failed = (error: NodeJS.ErrnoException): void => resolve({ text: null, outcome: signal.aborted ? 'no answer in time' : `no connection (${error.code ?? error.name})` })
    const sent = (url.protocol === 'https:' ? https : http)(url, { method: 'GET', headers: { accept: 'application/jwk-set+json, application/json', 'user-agent': 'Mynagate' }, lookup, agent: false, signal, maxHeaderSize: 8_192 }, (answer) => {
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > largest) {
          resolve({ text: null, outcome: 'larger than 64 KB' })
          answer.destroy()
        }
      })
      answer.on('error', failed)
      answer.on('end', () => resolve(answer.statusCode === 200 ? { text: Buffer.concat(chunks).toString('utf8'), outcome: '200' } : { text: null, outcome: String(answer.statusCode ?? 0) }))
    })
    sent.on('error', failed)
    sent.end()
  })
}
