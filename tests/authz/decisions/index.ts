/** All decisions, by noun. Each is read and reviewed where it stands; this file only puts them side by side. */
import { ofRoot, ofType, type Decisions, type OfRoot, type OfType } from '../parties.ts'
import { cards } from './card.ts'
import { certificates } from './certificate.ts'
import { consents } from './consent.ts'
import { partners } from './partner.ts'
import { person } from './person.ts'
import { records } from './record.ts'
import { space } from './space.ts'

const nouns: readonly Decisions[] = [person, cards, certificates, consents, partners, space, records]

function joined<T, R>(part: keyof Decisions, read: (decision: T) => R): ReadonlyMap<string, R> {
  const all = new Map<string, R>()
  for (const noun of nouns) {
    for (const [name, decision] of Object.entries(noun[part])) {
      if (all.has(name)) throw new Error(`decided twice: ${name}`)
      all.set(name, read(decision as T))
    }
  }
  return all
}
export const types: ReadonlyMap<string, OfType> = joined('types', ofType)
export const roots: ReadonlyMap<string, OfRoot> = joined('roots', ofRoot)
