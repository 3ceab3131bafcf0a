/**
 * Where values of people must not be. What comes to a place is searched in pieces as it comes, so that nothing of it is
 * kept; a piece ends where a line or an answer does.
 */
import type { Find, Search } from './search.ts'

export interface Places {
  take(place: string, piece: Buffer | string): void
  /** Searches what is left. */
  end(): void
  readonly finds: Find[]
  /** Octets by place. */
  readonly searched: ReadonlyMap<string, number>
}

const full = 4_000_000

export function placesOf(search: Search): Places {
  const waiting = new Map<string, { pieces: Buffer[]; size: number }>()
  const searched = new Map<string, number>()
  const finds: Find[] = []
  const look = (place: string): void => {
    const held = waiting.get(place)
    if (held === undefined || held.size === 0) return
    finds.push(...search.in(place, Buffer.concat(held.pieces)))
    searched.set(place, (searched.get(place) ?? 0) + held.size)
    waiting.set(place, { pieces: [], size: 0 })
  }
  return {
    finds, searched,
    take(place, piece) {
      const held = waiting.get(place) ?? { pieces: [], size: 0 }
      const octets = typeof piece === 'string' ? Buffer.from(piece) : piece
      held.pieces.push(octets, Buffer.from('\n'))
      held.size += octets.length
      waiting.set(place, held)
      if (held.size > full) look(place)
    },
    end: () => [...waiting.keys()].forEach(look),
  }
}

/** What the process writes to its own outputs, from now on; returns how to end it. */
export function tapOutputs(take: (place: string, piece: string) => void, quiet: (text: string) => boolean): () => void {
  const ends = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const write = stream.write.bind(stream)
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      take(`what the doors write (${name})`, text)
      return quiet(text) ? true : write(chunk, ...rest)
    }) as typeof stream.write
    return () => { stream.write = write }
  })
  return () => ends.forEach((end) => end())
}
