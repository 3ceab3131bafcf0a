/**
 * The card in its holder's hand: the printed form, the additions field (追記欄), return and loss, PINs set anew at the
 * counter, and cards that nobody fetched.
 *
 * @law 番号法 第16条の2・第17条 · 番号法施行令 第14条–第15条
 */
import { printApplicationForm, type ApplicationForm } from '../../core/law/card/application.ts'
import { recordNotCollected } from '../../core/law/card/hand-over.ts'
import { addCardNote, readNotes, recordPinReset, reportCardLost, returnCard, type CardNote, type NotedCard, type ResettablePin } from '../../core/law/card/holding.ts'
import { act } from '../record/act.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { CardApplicationRef, CardRef, DocumentEnum } from './card.ts'
import { localId, nullIfRefused } from '../node.ts'

const ofCard = { card: ['card', 'The card.'] } as const
const counter = { municipal: ['card'] } as const

const ApplicationFormRef = builder.objectRef<ApplicationForm>('ApplicationForm').implement({
  description: 'An application form with a QR code (交付申請書), printed for a person at an address.',
  fields: (t) => ({
    formId: t.field({ type: 'ApplicationFormId', description: '申請書ID.', resolve: ({ id }) => id }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: '住所地市町村 at the printing.' }),
    printedAt: t.expose('printedAt', { type: 'DateTime', description: 'When it was printed.' }),
  }),
})
act('printApplicationForm', {
  description: 'The municipality prints a form with a QR code for a resident (交付申請書). It is good for as long as the address stands. 番号法 第16条の2.',
  who: counter, success: ApplicationFormRef, ids: { person: ['person', 'For whom.'] }, run: ({ world, actor }, input) => printApplicationForm(world, actor, input),
})

act('recordNotCollected', {
  description: 'The municipality records that a card was not fetched in time (未受領); the card ends.', who: counter, success: CardApplicationRef, ids: { application: ['cardApplication', 'The application.'] },
  run: ({ world, actor }, input) => recordNotCollected(world, actor, input),
})

const CardNoteRef = builder.objectRef<CardNote>('CardNote').implement({
  description: 'A line of the additions field (追記欄).',
  fields: (t) => ({
    line: t.exposeInt('line', { description: 'From 1.' }),
    text: t.exposeString('text', { description: 'As written, never normalised.' }),
    addedOn: t.expose('addedOn', { type: 'Date', description: 'The day written on the card.' }),
  }),
})
const CardNotesRef = builder.objectRef<NotedCard>('CardNotes').implement({
  description: 'The additions field of a card (追記欄).',
  fields: (t) => ({
    card: t.expose('card', { type: CardRef, description: 'The card.' }),
    notes: t.expose('notes', { type: [CardNoteRef], description: 'What was added, in order.' }),
    linesLeft: t.exposeInt('left', { description: 'Lines left; with none a new card is applied for on the ground NO_NOTE_SPACE.' }),
  }),
})
builder.queryField('cardNotes', (t) => t.field({
  type: CardNotesRef, nullable: true, description: 'The additions field of a card (追記欄). Null where there is no such card, or none that the actor may see.',
  extensions: audience({ citizen: ['me'], municipal: ['card'], agency: ['card'] }), args: { card: t.arg.id({ description: 'The card.' }) },
  resolve: (_, args, { world, actor }) => {
    const card = localId('card', args.card)
    return card === null ? null : nullIfRefused(readNotes(world, actor, card))
  },
}))
act('addCardNote', {
  description: 'The municipality adds a changed item on the face of the card (追記). 番号法 第17条第5項.', who: counter, success: CardNotesRef, ids: ofCard,
  fields: (t) => ({ text: t.field({ type: 'Text', description: 'The line, at most 80 characters.' }) }),
  run: ({ world, actor }, input) => addCardNote(world, actor, input),
})

act('returnCard', {
  description: 'The holder gives the card back at the counter (返納); its certificates lapse with it. 番号法施行令 第15条.', who: counter, success: CardRef, ids: ofCard, run: ({ world, actor }, input) => returnCard(world, actor, input),
})
act('reportCardLost', {
  description: 'Reports a card lost for good (紛失による廃止). It cannot be undone; to stop a card for a while, suspend it.', who: { citizen: ['me'], municipal: ['card'], agency: ['card'] }, success: CardRef, ids: ofCard,
  run: ({ world, actor }, input) => reportCardLost(world, actor, input),
})

const PinEnum = enumOf<ResettablePin>('CardPin', 'A PIN of the card (暗証番号).', { signature: '署名用', authentication: '利用者証明用', text: '券面事項入力補助用', juki: '住民基本台帳用' })
act('recordPinReset', {
  description: 'Records that PINs are set anew at the counter after the identity check (暗証番号の再設定). The chip takes them under an order; their values are on it and nowhere else.', who: counter, success: CardRef, ids: ofCard,
  fields: (t) => ({
    pins: t.field({ type: [PinEnum], description: 'Which PINs.' }),
    documents: t.field({ type: [DocumentEnum], description: 'What was shown.' }),
  }),
  run: ({ world, actor }, input) => recordPinReset(world, actor, input),
})
