/**
 * Queue and schedule on one machine. The bell puts a message in; the handler is called with the event that SQS hands to a
 * Lambda; what it names as failed comes again with growing delay, and after the last try is counted as dead. Nothing here
 * is kept: the rows are the truth and the schedule finds what a lost message left.
 */
import { randomUUID } from 'node:crypto'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { Bell, BellMessage } from '../../core/law/world.ts'

export interface Queue {
  readonly bell: Bell
  /** Resolves once nothing waits, nothing runs and no retry is due. */
  idle(): Promise<void>
  /** Messages given up after the last try. */
  readonly dead: number
  /** Waits for what runs; drops what waits. */
  stop(): Promise<void>
}

export interface QueueOptions {
  readonly deliver: (event: SQSEvent) => Promise<SQSBatchResponse>
  readonly tick: () => Promise<void>
  /** Milliseconds between ticks; 0: no schedule. */
  readonly every: number
  readonly tries?: number
  /** Milliseconds before try `n` (2, 3, …). */
  readonly delay?: (n: number) => number
  readonly fault: (error: unknown) => void
}

interface Message { readonly id: string; readonly body: string; readonly tries: number }
const largestBatch = 10

export function startQueue(options: QueueOptions): Queue {
  const { tries = 5, delay = (n) => Math.min(30_000, 100 * 2 ** n) } = options
  let waiting: Message[] = []
  let running: Promise<void> | null = null
  let dead = 0
  let stopped = false
  const retries = new Set<NodeJS.Timeout>()
  let quiet: (() => void)[] = []

  const settled = (): boolean => running === null && waiting.length === 0 && retries.size === 0
  const start = (): void => {
    if (running !== null || stopped || waiting.length === 0) return
    running = drain().finally(() => {
      running = null
      start()
      if (settled()) for (const done of quiet.splice(0)) done()
    })
  }
  const drain = async (): Promise<void> => {
    while (waiting.length > 0 && !stopped) {
      const batch = waiting.splice(0, largestBatch)
      const failed = await options.deliver({ Records: batch.map(toRecord) }).then(
        (answer) => new Set(answer.batchItemFailures.map((f) => f.itemIdentifier)),
        (error: unknown) => {
          options.fault(error)
          return new Set(batch.map((m) => m.id))
        },
      )
      for (const message of batch) if (failed.has(message.id)) again(message)
    }
  }
  const again = (message: Message): void => {
    if (message.tries >= tries) {
      dead++
      options.fault(new Error(`given up after ${tries} tries: ${message.body}`))
      return
    }
    const timer = setTimeout(() => {
      retries.delete(timer)
      waiting.push({ ...message, tries: message.tries + 1 })
      start()
    }, delay(message.tries + 1))
    retries.add(timer)
  }

  let ticking: Promise<void> | null = null
  const clockwork = options.every === 0 ? null : setInterval(() => {
    ticking ??= options.tick().catch(options.fault).finally(() => { ticking = null })
  }, options.every)
  clockwork?.unref()

  return {
    bell: {
      async ring(message: BellMessage) {
        if (stopped) return
        waiting.push({ id: randomUUID(), body: JSON.stringify(message), tries: 1 })
        // After the caller's own work, as a queue would.
        setImmediate(start)
      },
    },
    idle: () => (settled() ? Promise.resolve() : new Promise((resolve) => { quiet = [...quiet, resolve] })),
    get dead() { return dead },
    async stop() {
      stopped = true
      if (clockwork !== null) clearInterval(clockwork)
      for (const timer of retries) clearTimeout(timer)
      retries.clear()
      waiting = []
      await Promise.all([running, ticking])
      for (const done of quiet.splice(0)) done()
    },
  }
}

const toRecord = (message: Message): SQSRecord => ({
  messageId: message.id, receiptHandle: message.id, body: message.body, attributes: { ApproximateReceiveCount: String(message.tries), SentTimestamp: '0', SenderId: 'local', ApproximateFirstReceiveTimestamp: '0' },
  messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:ap-northeast-1:000000000000:bell', awsRegion: 'ap-northeast-1',
})
