/**
 * One name for everything that one knock brings about. It comes with the request (W3C Trace Context), with the message
 * (the trace header that SQS keeps) or from the runtime (X-Ray), else it is made here; it stands in every line of the log
 * and goes with every request onward. The two forms name the same trace: X-Ray's root is the W3C id with its first eight
 * digits set off.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

export interface Trace {
  /** 32 hex digits. */
  readonly id: string
  /** 16 hex digits: this knock. */
  readonly span: string
  readonly sampled: boolean
}

const under = new AsyncLocalStorage<Trace>()
export const currentTrace = (): Trace | null => under.getStore() ?? null
export const within = <T>(trace: Trace, run: () => T): T => under.run(trace, run)

/** `00-<trace>-<span>-<flags>`; anything else, and ids of zeros, is nobody's. */
export function parseTraceparent(text: unknown): Pick<Trace, 'id' | 'sampled'> | null {
  const [, id = '', span = '', flags = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(typeof text === 'string' ? text : '') ?? []
  return id === '' || /^0+$/.test(id) || /^0+$/.test(span) ? null : { id, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** `Root=1-<8>-<24>;Parent=<16>;Sampled=1`, in any order. */
export function parseXray(text: unknown): Pick<Trace, 'id' | 'sampled'> | null {
  const [, first, rest] = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/.exec(typeof text === 'string' ? text : '') ?? []
  return first === undefined || rest === undefined ? null : { id: `${first}${rest}`, sampled: /(?:^|;)\s*Sampled=1(?:;|$)/.test(String(text)) }
}

interface Source {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly Records?: readonly { readonly attributes?: Readonly<Record<string, string | undefined>> }[]
}

/** Of an event as the runtime hands it over. `runtime`: what X-Ray says of this invocation. */
export function traceOf(event: unknown, runtime: string | undefined, random: (n: number) => Buffer = randomBytes): Trace {
  const { headers, Records } = (typeof event === 'object' && event !== null ? event : {}) as Source
  const come = parseTraceparent(headers?.['traceparent']) ?? parseXray(headers?.['x-amzn-trace-id']) ?? parseXray(Records?.[0]?.attributes?.['AWSTraceHeader']) ?? parseXray(runtime)
  return { ...(come ?? { id: random(16).toString('hex'), sampled: false }), span: random(8).toString('hex') }
}

/** Members of a line of the log. */
export const traceFacts = (): Readonly<Record<string, string>> => {
  const trace = currentTrace()
  return trace === null ? {} : { trace: trace.id, span: trace.span }
}
export const xrayOf = ({ id, span, sampled }: Trace): string => `Root=1-${id.slice(0, 8)}-${id.slice(8)};Parent=${span};Sampled=${sampled ? 1 : 0}`
/** Headers of a request onward: one that stays in AWS gets both forms. */
export function traceHeaders(toAws: boolean): Readonly<Record<string, string>> {
  const trace = currentTrace()
  if (trace === null) return {}
  return { traceparent: `00-${trace.id}-${trace.span}-${trace.sampled ? '01' : '00'}`, ...(toAws ? { 'x-amzn-trace-id': xrayOf(trace) } : {}) }
}

/** The same handler, under the trace of each event. */
export const traced = <E extends unknown[], R>(handler: (...event: E) => Promise<R>, runtime: () => string | undefined): ((...event: E) => Promise<R>) => (...event) => within(traceOf(event[0], runtime()), () => handler(...event))
