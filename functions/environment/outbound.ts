/**
 * The way out to addresses that partners name. Where a name leads is looked up once, every answer is judged, and the
 * connection goes to the address that was judged: a name that answers otherwise the second time gains nothing. No redirect
 * is followed, nothing of an answer is kept but its status, and all of it has an end.
 *
 * @rfc 6890 (special-purpose addresses) · 9110 15
 */
import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { request as http } from 'node:http'
import { request as https } from 'node:https'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import type { Due, HandOver } from '../../core/law/partner/webhook.ts'
import { traceHeaders } from './trace.ts'

export interface OutboundRules {
  /** Plain HTTP and addresses of this machine: for the offline edition and tests, never in production. */
  readonly inside: boolean
  /** Milliseconds for looking the name up, and for all that follows. */
  readonly patience: number
  readonly resolve: (name: string) => Promise<readonly { readonly address: string }[]>
}

export const resolver = (name: string): Promise<{ address: string }[]> => lookup(name, { all: true, verbatim: true })

const closed = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16],
  ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) closed.addSubnet(net, bits, 'ipv4')

/** Of IPv6 only the global unicast block is open, less what inside it leads back: mapped, translated, tunnelled, documentation. */
const openV6 = new BlockList()
openV6.addSubnet('2000::', 3, 'ipv6')
const closedV6 = new BlockList()
for (const [net, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) closedV6.addSubnet(net, bits, 'ipv6')

/** Whether an address is one of the open internet. */
export function isPublic(address: string): boolean {
  if (isIPv6(address)) return openV6.check(address, 'ipv6') && !closedV6.check(address, 'ipv6')
  return isIP(address) === 4 && !closed.check(address, 'ipv4')
}

export const noAnswer = 'no answer in time'
const late = Symbol('late')

/** A name server that never answers is an endpoint that never does. */
async function inTime<T>(patience: number, looking: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([looking, new Promise<typeof late>((done) => { timer = setTimeout(done, patience, late) })])
  } finally {
    clearTimeout(timer)
  }
}

/** Why not, or the addresses to connect to. */
export async function mayReach(rules: OutboundRules, text: string): Promise<string | readonly string[]> {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.username !== '' || url.password !== '') return 'not an address'
  if (url.protocol !== 'https:' && !(rules.inside && url.protocol === 'http:')) return 'not https'
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const found = isIP(name) === 0 ? await inTime(rules.patience, rules.resolve(name).then((all) => all.map((a) => a.address), () => null)) : [name]
  if (found === late) return noAnswer
  if (found === null || found.length === 0) return 'the name leads nowhere'
  return rules.inside || found.every(isPublic) ? found : 'the name leads to an address that is not of the open internet'
}

/**
 * The MAC over id, time and body as sent, in the form of Standard Webhooks: `v1,<base64>`.
 * @rfc 2104
 */
export const signatureOf = (secret: Uint8Array, id: string, timestamp: number, body: string): string => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`


export function outbound(rules: OutboundRules): HandOver {
  return async (due, secrets, body, at) => {
    const addresses = await mayReach(rules, due.url)
    if (typeof addresses === 'string') return { delivered: false, outcome: addresses, ...(addresses === noAnswer ? { silent: true } : {}) }
    const timestamp = Math.floor(at / 1000)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'user-agent': 'Mynagate', ...traceHeaders(false), 'webhook-id': due.id, 'webhook-timestamp': timestamp, 'webhook-signature': secrets.map((secret) => signatureOf(secret, due.id, timestamp, body)).join(' ') }
    const outcome = await post(due, addresses[0]!, headers, body, rules.patience)
    return { delivered: /^2\d\d$/.test(outcome), outcome, silent: outcome === noAnswer }
  }
}

/** The status, or why there was none. */
function post({ url }: Due, address: string, headers: Readonly<Record<string, string | number>>, body: string, patience: number): Promise<string> {
  const to = new URL(url)
  const family = isIPv6(address) ? 6 : 4
  const lookup: LookupFunction = (_name, options, done) => (options.all === true ? done(null, [{ address, family }]) : done(null, address, family))
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(patience)
    const sent = (to.protocol === 'https:' ? https : http)(to, { method: 'POST', headers, lookup, agent: false, signal, maxHeaderSize: 8_192 }, (answer) => {
      resolve(String(answer.statusCode ?? 0))
      // Nothing it says is read.
      answer.destroy()
    })
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(signal.aborted ? noAnswer : `no connection (${error.code ?? error.name})`))
    sent.end(body)
  })
}
