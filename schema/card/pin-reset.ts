/**
 * A PIN set anew at a kiosk (アプリとキオスク端末による暗証番号の再設定): the holder proves the other PIN, the kiosk orders the chip.
 *
 * @law 公的個人認証法施行規則 第36条の2・第64条の4
 */
import { orderPinReset, proofLife, provePinReset, resetText, startPinReset, type KioskPin, type PinReset } from '../../core/law/card/pin-reset.ts'
import { after } from '../../core/law/time.ts'
import { act } from '../record/act.ts'
import { builder, enumOf } from '../builder.ts'
import { globalId } from '../node.ts'
import { CardOrderRef } from './order.ts'

const KioskPinEnum = enumOf<KioskPin>('KioskPin', 'A PIN that can be set anew at a kiosk, by who knows the other one.', { signature: '署名用', authentication: '利用者証明用' })
const StateEnum = enumOf<PinReset['state']>('PinResetState', 'Where it stands.', { OPEN: 'Waits for the proof.', PROVEN: 'A kiosk may order it.', USED: 'The order to the chip is out.', FAILED: 'The proof was none: begin anew.' })
const PinResetRef = builder.objectRef<PinReset>('PinReset').implement({
  description: 'A PIN being set anew without the counter (暗証番号の再設定).',
  fields: (t) => ({
    id: t.id({ description: 'Its number, for the kiosk.', resolve: ({ id }) => globalId(id) }),
    pin: t.expose('pin', { type: KioskPinEnum, description: 'Which PIN.' }),
    state: t.expose('state', { type: StateEnum, description: 'Where it stands.' }),
    text: t.string({ description: 'What the card signs under the other PIN: SHA-256 of its UTF-8.', resolve: (reset) => resetText(reset) }),
    digest: t.field({ type: 'Bytes', description: 'SHA-256 of the text.', resolve: (reset, _, { sha256 }) => sha256(resetText(reset)) }),
    proveUntil: t.field({ type: 'DateTime', description: 'Until when a proof is taken.', resolve: ({ startedAt }) => after(startedAt, proofLife) }),
  }),
})

act('startPinReset', {
  description: 'The holder begins to set a PIN anew, knowing the other one. OTHER_PIN_UNKNOWN where the card bears no certificate in force that could prove it: then the counter does it.',
  who: { citizen: ['me'] }, success: PinResetRef, ids: { card: ['card', 'The card.'] },
  fields: (t) => ({ pin: t.field({ type: KioskPinEnum, description: 'Which PIN is to be set anew.' }) }),
  run: ({ world, actor }, input) => startPinReset(world, actor, input),
})
act('provePinReset', {
  description: 'The proof: a signature over the text by the card, under the other PIN. One answer only; a wrong one ends the attempt.',
  who: { citizen: ['me'] }, success: PinResetRef, ids: { reset: ['pinReset', 'The attempt.'] },
  fields: (t) => ({ signature: t.field({ type: 'Bytes', description: 'By the key of the other PIN.' }) }),
  run: ({ world, actor, sha256 }, input) => provePinReset(world, actor, input, sha256),
})
act('orderPinReset', {
  description: 'A kiosk of the agency, with that card in it, asks for the order that lets its PIN be set anew: once, within two hours of the proof.',
  who: { agency: ['card'] }, success: CardOrderRef, ids: { reset: ['pinReset', 'The attempt, as the holder brought it.'] },
  fields: (t) => ({ cardNumber: t.field({ type: 'Text', description: 'As the kiosk read it from the card.' }) }),
  run: ({ world, actor }, input) => orderPinReset(world, actor, input),
})
