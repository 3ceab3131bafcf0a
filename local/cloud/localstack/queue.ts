/**
 * The queue on LocalStack: the bell rings over SQS, and what a Lambda's event source would do is done here: messages are
 * fetched, handed over as one event, taken away where they succeeded and given back where they failed. After five tries
 * SQS itself puts a message to the dead letters.
 */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda'
import { sendTo, sqsBell, type AwsAccess } from '../../../functions/environment/aws.ts'
import type { Queue, QueueOptions } from '../queue.ts'

export interface SqsUrls { readonly queue: string; readonly deadLetters: string }
type Sqs = (action: string, input: object) => Promise<Record<string, unknown>>

export const sqsOf = (access: AwsAccess, endpoint: string): Sqs => async (action, input) => {
  const answer = await sendTo(access, 'sqs', { method: 'POST', url: new URL('/', endpoint), headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` }, body: Buffer.from(JSON.stringify(input)) }, 60_000)
  if (!answer.ok) throw new Error(`SQS answered ${answer.status} to ${action}`)
  const text = await answer.text()
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

interface Message { readonly MessageId: string; readonly ReceiptHandle: string; readonly Body: string; readonly Attributes?: Readonly<Record<string, string>> }
/** As the stack's redrive policy has it. */
const tries = 5
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** What waits, what is being worked on, what was given up: as SQS counts them. */
export async function countsOf(sqs: Sqs, queue: string): Promise<{ readonly waiting: number; readonly inWork: number }> {
  const { Attributes = {} } = (await sqs('GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] })) as { Attributes?: Readonly<Record<string, string>> }
  const of = (name: string): number => Number(Attributes[`ApproximateNumberOfMessages${name}`] ?? 0)
  return { waiting: of('') + of('Delayed'), inWork: of('NotVisible') }
}

export const queueOf = (access: AwsAccess, { queue }: SqsUrls, lost: (fault: unknown) => void) => (options: QueueOptions): Queue => {
  const { deliver, fault, every, delay = (n) => Math.min(30_000, 100 * 2 ** n) } = options
  const sqs = sqsOf(access, queue)
  let [stopped, dead] = [false, 0]
  let ticking: Promise<void> | null = null

  async function round(): Promise<boolean> {
    const { Messages = [] } = (await sqs('ReceiveMessage', { QueueUrl: queue, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], WaitTimeSeconds: 0 })) as { Messages?: readonly Message[] }
    if (Messages.length === 0) return false
    const answer: SQSBatchResponse = await deliver({ Records: Messages.map(toRecord) }).catch((error: unknown) => {
      fault(error)
      return { batchItemFailures: Messages.map(({ MessageId }) => ({ itemIdentifier: MessageId })) }
    })
    const failed = new Set(answer.batchItemFailures.map((f) => f.itemIdentifier))
    for (const message of Messages) {
      const asked = { QueueUrl: queue, ReceiptHandle: message.ReceiptHandle }
      if (!failed.has(message.MessageId)) {
        await sqs('DeleteMessage', asked)
        continue
      }
      const received = Number(message.Attributes?.['ApproximateReceiveCount'] ?? 1)
      if (received >= tries) {
        dead++
        fault(new Error(`given up after ${tries} tries: ${message.Body}`))
      }
      await sqs('ChangeMessageVisibility', { ...asked, VisibilityTimeout: received >= tries ? 0 : Math.ceil(delay(received + 1) / 1_000) })
    }
    return true
  }
  const listening = (async () => {
    while (!stopped) {
      const heard = await round().catch((error: unknown) => {
        if (!stopped) fault(error)
        return false
      })
      if (!heard) await pause(100)
    }
  })()
  const clockwork = every === 0 ? null : setInterval(() => {
    ticking ??= options.tick().catch(fault).finally(() => { ticking = null })
  }, every)
  clockwork?.unref()

  return {
    bell: sqsBell(access, queue, lost),
    async idle() {
      for (;;) {
        const { waiting, inWork } = await countsOf(sqs, queue)
        if (stopped || waiting + inWork === 0) return
        await pause(50)
      }
    },
    get dead() { return dead },
    async stop() {
      stopped = true
      if (clockwork !== null) clearInterval(clockwork)
      await Promise.all([listening, ticking])
    },
  }
}

const toRecord = ({ MessageId, ReceiptHandle, Body, Attributes = {} }: Message): SQSRecord => ({
  messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: { ...Attributes, ApproximateReceiveCount: Attributes['ApproximateReceiveCount'] ?? '1', SentTimestamp: Attributes['SentTimestamp'] ?? '0', SenderId: Attributes['SenderId'] ?? '', ApproximateFirstReceiveTimestamp: Attributes['ApproximateFirstReceiveTimestamp'] ?? '0' },
  messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:ap-northeast-1:000000000000:bell', awsRegion: 'ap-northeast-1',
})
