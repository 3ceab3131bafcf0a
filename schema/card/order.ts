/**
 * Orders to a chip: what only the issuer may do on a card. The terminal asks, waits for the authority's signature, gives
 * the order to the chip and hands its receipt in.
 */
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import { completeOrder, readOrder, requestCardOrder, type CardOrder, type CounterOperation, type OrderState } from '../../core/law/card/order.ts'
import { refuse } from '../../core/law/refusal.ts'
import { act } from '../record/act.ts'
import { builder, enumOf } from '../builder.ts'
import { CardCertificateKindEnum } from '../certificate/issuance.ts'
import { askable, Node } from '../node.ts'

type Kind = CardOrder['operation']['kind']
type Pin = Extract<CardOrder['operation'], { kind: 'UNBLOCK' }>['pin']

const OrderStateEnum = enumOf<OrderState>('CardOrderState', 'Where the order stands.', {
  REQUESTED: 'Waits for the signature of the authority.', SIGNED: 'Can be given to the chip.', DONE: 'The chip did it, by its receipt.', REFUSED_BY_CARD: 'The chip refused it, by its receipt.',
})
const OperationEnum = enumOf<Kind>('CardOperation', 'What the chip is ordered to do.', {
  PERSONALISE: 'Make keys, take certificates and PINs.', UNBLOCK: 'Restore the tries of a PIN (暗証番号の再設定).', UNBLOCK_AREA: 'Restore the tries of the PIN of an area.', INSTALL: '空き領域への搭載.', WRITE_AREA: 'Open an area for writing.',
  LOCK: 'Lock an area.', UNLOCK: 'Unlock an area.', DELETE: 'Remove an area.', DESTROY_KEYS: 'Erase private keys after a lapse.',
})
const PinEnum = enumOf<Pin>('PinReference', 'Which PIN (暗証番号).', { authentication: '利用者証明用', signature: '署名用', text: '券面事項入力補助用', juki: '住民基本台帳用', common: '共通' })

const SignedOrder = builder.objectRef<NonNullable<CardOrder['signed']>>('SignedCardOrder').implement({
  description: 'The order as the chip reads it.',
  fields: (t) => ({
    order: t.expose('order', { type: 'Bytes', description: 'The order.' }),
    signature: t.expose('signature', { type: 'Bytes', description: 'The authority’s signature over it.' }),
  }),
})

export const CardOrderRef = builder.objectRef<CardOrder>('CardOrder').implement({
  description: 'An order to the chip of a card. Officers of the municipality that holds the card, and of the agency, may read it.', interfaces: [Node],
  fields: (t) => ({
    cardNumber: t.exposeString('cardNumber', { description: 'The chip it is for.' }),
    operation: t.field({ type: OperationEnum, description: 'What it orders.', resolve: (order) => order.operation.kind }),
    counter: t.exposeInt('counter', { description: 'Rises with each order to a card: the chip refuses an old one.' }),
    state: t.expose('state', { type: OrderStateEnum, description: 'Where it stands.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    signed: t.expose('signed', { type: SignedOrder, nullable: true, description: 'What the terminal gives to the chip; null until signed.' }),
    receipt: t.expose('receipt', { type: 'Bytes', nullable: true, description: 'What the chip answered.' }),
  }),
})
askable('cardOrder', CardOrderRef, { municipal: ['card', 'area'], agency: ['card', 'area'] }, 'An order to a chip.', ({ world, actor }, id) => readOrder(world, actor, id))

const Personalise = builder.inputType('PersonaliseInput', {
  description: 'Opens the chip for keys, certificates and PINs.', fields: (t) => ({ certificates: t.field({ type: [CardCertificateKindEnum], description: 'For which certificates keys are made.' }) }),
})
const Operation = builder.inputType('CounterOperationInput', {
  description: 'What is ordered: one of these.', isOneOf: true,
  fields: (t) => ({
    personalise: t.field({ type: Personalise, required: false, description: 'Opens the chip for keys, certificates and PINs.' }),
    unblock: t.field({ type: PinEnum, required: false, description: 'Restores the tries of this PIN and lets it be set anew.' }),
  }),
})

act('requestCardOrder', {
  description: 'An officer asks for an order to the chip of a card at the counter.', who: { municipal: ['card'] }, success: CardOrderRef, ids: { card: ['card', 'The card.'] },
  fields: (t) => ({ operation: t.field({ type: Operation, description: 'What the chip shall do.' }) }),
  run: async ({ world, actor }, { operation: { personalise, unblock }, ...rest }) => {
    const kinds: readonly CardCertificateKind[] = personalise?.certificates ?? []
    if (personalise != null && (kinds.length === 0 || new Set(kinds).size !== kinds.length)) return refuse('MALFORMED_INPUT', { field: 'operation.personalise.certificates' })
    const operation: CounterOperation | null = personalise != null ? { kind: 'PERSONALISE', certificates: kinds } : unblock != null ? { kind: 'UNBLOCK', pin: unblock } : null
    return operation === null ? refuse('MALFORMED_INPUT', { field: 'operation' }) : requestCardOrder(world, actor, { ...rest, operation })
  },
})
act('completeCardOrder', {
  description: 'Hands in the receipt of the chip.', who: { municipal: ['card', 'area'], agency: ['card', 'area'] }, success: CardOrderRef, ids: { order: ['cardOrder', 'The order.'] },
  fields: (t) => ({ receipt: t.field({ type: 'Bytes', description: 'The receipt, as it came out of the chip.' }) }),
  run: ({ world, actor }, input) => completeOrder(world, actor, input),
})
