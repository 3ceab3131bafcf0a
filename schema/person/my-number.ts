/**
 * Attempts to read a My Number (個人番号) from a chip. The number is in no argument and no answer: it stays on the terminal of
 * the body that read it.
 *
 * @law 番号法 第9条・第19条・第20条
 */
import { chipOutcomes, myNumberReadings, readMyNumber, type ChipOutcome, type MyNumberReading, type ReadingResult } from '../../core/law/person/my-number.ts'
import { statutoryUses, type StatutoryUse } from '../../core/law/card/numbers.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { act, orRefused } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId } from '../node.ts'

const entitled: Audience = { municipal: ['my_number'], agency: ['my_number'], ministry: ['my_number'] }

const UseEnum = enumOf<StatutoryUse>('StatutoryUse', 'What a My Number may be used for; consent adds nothing to the list (番号法 第9条).', statutoryUses)
const OutcomeEnum = enumOf<ChipOutcome>('ChipOutcome', 'What the terminal saw.', {
  READ: 'Read, with a right check digit.', PIN_REFUSED: 'The chip refused the PIN.', UNREADABLE: 'The chip gave nothing that is a My Number.',
} satisfies Record<(typeof chipOutcomes)[number], string>)
const ResultEnum = enumOf<ReadingResult>('MyNumberReadingResult', 'How an attempt ended.', {
  READ: 'Read.', PIN_REFUSED: 'The chip refused the PIN.', UNREADABLE: 'The chip gave nothing that is a My Number.', CARD_NOT_USABLE: 'No card in use.', NOT_ENTITLED: 'Not a use of this body.',
})

const ReadingRef = builder.objectRef<MyNumberReading>('MyNumberReading').implement({
  description: 'An attempt to read a My Number from a chip. It holds no number.',
  fields: (t) => ({
    id: t.id({ description: 'The attempt.', resolve: ({ id }) => globalId(id) }),
    use: t.expose('use', { type: UseEnum, description: 'The statutory use named.' }),
    result: t.expose('result', { type: ResultEnum, description: 'How it ended.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})
const ReadingsRef = builder.objectRef<{ readonly readings: readonly MyNumberReading[] }>('MyNumberReadings').implement({
  description: 'Attempts of one body, newest first.', fields: (t) => ({ readings: t.expose('readings', { type: [ReadingRef], description: 'At most 100.' }) }),
})

builder.queryField('myNumberReadings', (t) => t.field({
  type: orRefused('MyNumberReadingsPayload', ReadingsRef), description: 'The attempts of the own body’s officers (特定個人情報の利用の記録).', extensions: audience(entitled),
  resolve: async (_, __, { world, actor }) => {
    const readings = await myNumberReadings(world, actor, 100)
    return isRefusal(readings) ? readings : { readings }
  },
}))

act('readMyNumber', {
  description: 'An officer of an entitled body records a reading of a My Number from the chip, naming a statutory use. Every attempt is kept, also one that is refused; the number is not.',
  who: entitled, success: ReadingRef, ids: { card: ['card', 'The card.'] },
  fields: (t) => ({
    use: t.field({ type: UseEnum, description: 'The statutory use.' }),
    outcome: t.field({ type: OutcomeEnum, description: 'What the terminal saw.' }),
  }),
  run: ({ world, actor }, input) => readMyNumber(world, actor, input),
})
