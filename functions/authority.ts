/**
 * The authority: sole holder of the CA keys. Woken by the queue, where a message is only a bell, and by schedule; both do
 * the same work on the rows, any number of times: issue, sign orders, publish lists, renew responders, and finish what a
 * crash left behind.
 *
 * @law 公的個人認証法 第3条第6項・第22条第6項
 */
import type { EventBridgeEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { parseId, type CertificateApplicationId } from '../core/law/ids.ts'
import { abandonOverdue, finishUnfinished, issueCertificate } from '../core/law/certificate/issue.ts'
import { signOrders } from '../core/law/card/order.ts'
import { isRefusal, textOf } from '../core/law/refusal.ts'
import { renewResponders } from '../core/law/certificate/responder.ts'
import { publishDueCrls } from '../core/law/certificate/status.ts'
import type { BellMessage } from '../core/law/world.ts'
import { authorityEnvironment, lazily, type AuthorityEnvironment } from './environment.ts'

export type Schedule = Pick<EventBridgeEvent<string, unknown>, 'detail-type'>
export type AuthorityDoor = (event: SQSEvent | Schedule) => Promise<SQSBatchResponse>

/** How much one invocation takes on; the schedule comes again. */
const portion = 100

export function authorityDoor(environment: AuthorityEnvironment): AuthorityDoor {
  const { world, log } = environment
  const fault = (event: string) => (subject: string, error: unknown) => log('error', event, { subject, fault: String(error) })

  const orders = async (): Promise<void> => {
    while ((await signOrders(world, portion)) === portion);
  }
  const lists = async (): Promise<void> => void (await publishDueCrls(world, fault('crl.failed')))

  /** Issues one. A refusal by the law ends it; one that passes with time, or a fault, brings the bell again. */
  async function issue(application: CertificateApplicationId): Promise<void> {
    const issued = await issueCertificate(world, application)
    if (!isRefusal(issued)) return
    log('warn', 'issue.refused', { application, code: issued.code })
    if (textOf(issued.code).retryable) throw new Error(issued.code)
  }

  async function bell(event: SQSEvent): Promise<SQSBatchResponse> {
    const once = new Map<'orders' | 'crl', Promise<void>>()
    const work = (message: BellMessage): Promise<void> => {
      if (message.wake === 'issue') {
        const id = parseId('certificateApplication', message.application)
        return id === null ? Promise.reject(new Error('not an application')) : issue(id)
      }
      const started = once.get(message.wake) ?? (message.wake === 'orders' ? orders() : lists())
      once.set(message.wake, started)
      return started
    }
    const failed: string[] = []
    for (const record of event.Records) {
      try {
        await work(parseBell(record.body))
      } catch (error) {
        log('error', 'bell.failed', { message: record.messageId, fault: String(error) })
        failed.push(record.messageId)
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  }

  /** Each part on its own: one that fails must not keep the others from their deadlines. */
  async function schedule(): Promise<SQSBatchResponse> {
    const parts: Record<string, () => Promise<unknown>> = {
      'responders.failed': () => renewResponders(world),
      'orders.failed': orders,
      'unfinished.failed': () => finishUnfinished(world, portion, fault('issue.failed')),
      'overdue.failed': () => abandonOverdue(world, portion),
      'lists.failed': lists,
    }
    const faults: unknown[] = []
    for (const [event, run] of Object.entries(parts)) {
      await run().catch((error: unknown) => {
        log('error', event, { fault: String(error) })
        faults.push(error)
      })
    }
    if (faults.length > 0) throw new AggregateError(faults, 'the authority could not do all that was due')
    return { batchItemFailures: [] }
  }

  return (event) => ('Records' in event ? bell(event) : schedule())
}

export const handler: AuthorityDoor = lazily(async () => authorityDoor(await authorityEnvironment()))

/** Throws on anything but a bell: the message then ends in the dead letters, where somebody looks. */
function parseBell(body: string): BellMessage {
  const message = JSON.parse(body) as Partial<Record<'wake' | 'application', unknown>>
  if (message.wake === 'issue' && typeof message.application === 'string') return { wake: 'issue', application: message.application }
  if (message.wake === 'orders' || message.wake === 'crl') return { wake: message.wake }
  throw new Error('not a message of the bell')
}
