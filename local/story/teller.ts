/**
 * Tells the story act by act: title, article, and every check with its outcome. A check that fails is told and counted;
 * the story goes on as far as it can, and its exit code says whether every check held.
 */
export interface Told { readonly act: number; readonly title: string; readonly basis: string; readonly checks: { readonly what: string; readonly held: boolean; readonly found?: string }[] }

export interface Teller {
  /** One act. `basis` is the article or the convention it rests on. */
  act(title: string, basis: string, play: (check: Check) => Promise<void>): Promise<void>
  readonly told: readonly Told[]
  readonly failed: number
  readonly held: number
}
/** Records whether what should be is so; `found` is said where it is not. */
export type Check = (what: string, held: boolean, found?: unknown) => void

export function teller(say: (line: string) => void): Teller {
  const told: Told[] = []
  let failed = 0
  let held = 0
  return {
    told,
    get failed() { return failed },
    get held() { return held },
    async act(title, basis, play) {
      const act: Told = { act: told.length + 1, title, basis, checks: [] }
      told.push(act)
      say(`\n${String(act.act).padStart(2)}. ${title}  [${basis}]`)
      const check: Check = (what, ok, found) => {
        act.checks.push({ what, held: ok, ...(ok || found === undefined ? {} : { found: show(found) }) })
        if (ok) held++
        else failed++
        say(`    ${ok ? '✓' : '✗'} ${what}${ok || found === undefined ? '' : `\n      found: ${show(found)}`}`)
      }
      try {
        await play(check)
      } catch (error) {
        check('the act went through', false, error instanceof Error ? (error.stack ?? error.message) : error)
        throw new StoryBroken(act)
      }
    },
  }
}

/** What follows builds on the act that broke: telling on would only add noise. */
export class StoryBroken extends Error {
  constructor(act: Told) {
    super(`the story broke in act ${act.act}: ${act.title}`)
    this.name = 'StoryBroken'
  }
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)))
