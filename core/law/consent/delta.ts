/**
 * What an answer to a request would change, shown before it is given: of an extension only the delta, with both ends and
 * the limit that decides the new one.
 *
 * @law 公的個人認証法施行規則 第35条の2
 */
import type { Actor } from '../actor.ts'
import type { ConsentId } from '../ids.ts'
import { isRefusal, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import { draft, type ConsentAction, type ConsentChoice } from './consent.ts'
import { inOrder, type ConsentItem } from './item.ts'
import { term, type Limit } from './term.ts'

export interface ConsentDelta {
  readonly action: ConsentAction
  /** The consent that would end; null for a new one. */
  readonly replaces: ConsentId | null
  readonly added: readonly ConsentItem[]
  readonly kept: readonly ConsentItem[]
  readonly dropped: readonly ConsentItem[]
  /** Null for a new one. */
  readonly untilBefore: Instant | null
  readonly untilAfter: Instant
  readonly limitedBy: Limit
}

export async function readDelta(world: Parameters<typeof draft>[0], actor: Actor, choice: ConsentChoice): Promise<Result<ConsentDelta>> {
  const drafted = await draft(world, actor, choice)
  if (isRefusal(drafted)) return drafted
  const { request, purpose, previous, items, representedUntil } = drafted
  const before = previous?.items ?? []
  const { until, limitedBy } = term(request, purpose, { chosenUntil: choice.chosenUntil, representedUntil }, world.settings.consentStart)
  return {
    action: request.action, replaces: previous?.id ?? null, added: items.filter((i) => !before.includes(i)), kept: items.filter((i) => before.includes(i)), dropped: inOrder(before.filter((i) => !items.includes(i))),
    untilBefore: previous?.until ?? null, untilAfter: until, limitedBy,
  }
}
