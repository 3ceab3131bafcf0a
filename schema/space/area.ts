/**
 * Areas on chips: installed, written, locked and removed by orders with receipts; what the register says held against
 * what a terminal found.
 *
 * @law 番号法 第18条
 */
import { readDrift, type Drift, type DriftKind } from '../../core/law/space/drift.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { readOrder } from '../../core/law/card/order.ts'
import { confirmInstallation, grantOfInstallation, orderArea, orderInstallation, readInstallation, type AreaOrder, type Installation, type InstallationState } from '../../core/law/space/slot.ts'
import { act } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { GrantRef, QuotaRef } from './grant.ts'
import { askable, globalId, localId, Node, nullIfRefused } from '../node.ts'

const InstallationStateEnum = enumOf<InstallationState>('InstallationState', 'Where the installation stands.', {
  ORDERED: 'The chip was ordered to make the area; its space is reserved.', INSTALLED: '搭載済, by the chip’s receipt.', LOCKED: 'Locked on the chip (停止), by its receipt.',
  ENDING: 'The right is gone; the area is still on the chip and is to be removed.', REFUSED_BY_CARD: 'The chip refused; the space is free again.', REMOVED: '削除済.', ENDED: 'Gone with the card.',
})

export const InstallationRef = builder.objectRef<Installation>('Installation').implement({
  description: 'An area on the chip of a card.', interfaces: [Node],
  fields: (t) => ({
    state: t.expose('state', { type: InstallationStateEnum, description: 'Where it stands.' }),
    grant: t.field({ type: GrantRef, nullable: true, description: 'The right it rests on.', resolve: (i, _, { world, actor }) => nullIfRefused(grantOfInstallation(world, actor, i.id)) }),
    card: t.id({ description: 'The card it is on.', resolve: (i) => globalId(i.card) }),
    order: t.id({ description: 'The order to the chip that is under way or was last answered: ask `cardOrder` for it.', resolve: (i) => globalId(i.order) }),
    orderSigned: t.boolean({ nullable: true, description: 'Whether that order can be given to the chip.', resolve: async (i, _, { world, actor }) => { const order = await nullIfRefused(readOrder(world, actor, i.order)); return order === null ? null : order.state === 'SIGNED' } }),
    quota: t.expose('quota', { type: QuotaRef, description: 'The space it takes.' }),
  }),
})
askable('installation', InstallationRef, { citizen: ['me'], municipal: ['area'], agency: ['area', 'area:approve'], ministry: ['area', 'area:approve'] }, 'An area on a chip.', ({ world, actor }, id) => readInstallation(world, actor, id))

// ---------------------------------------------------------------- acts

const counter: Audience = { municipal: ['area'], agency: ['area'] }
const ids = { installation: ['installation', 'The area.'] } as const

act('orderInstallation', {
  description: 'Reserves the space on a card and orders its chip to make the area (搭載).', who: counter, success: InstallationRef, ids: { grant: ['grant', 'The grant, approved.'], card: ['card', 'The card, in use.'] },
  run: ({ world, actor }, input) => orderInstallation(world, actor, input),
})
const orders: Readonly<Record<string, readonly [AreaOrder, string]>> = {
  orderAreaWrite: ['write', 'Orders the chip to open the installed area for writing its records.'],
  orderAreaUnblock: ['unblock', 'Orders the chip to restore the tries of the area’s PIN.'],
  orderAreaLock: ['lock', 'Orders the chip to lock the area (停止).'],
  orderAreaUnlock: ['unlock', 'Orders the chip to unlock the area; the right must be in force.'],
  orderAreaRemoval: ['remove', 'Orders the chip to remove the area (削除); also one whose order the chip never carried out, which frees its space.'],
}
for (const [name, [what, description]] of Object.entries(orders)) act(name, { description, who: counter, success: InstallationRef, ids, run: ({ world, actor }, input) => orderArea(world, actor, { ...input, what }) })

act('confirmInstallation', {
  description: 'Hands in the receipt of the chip: it decides what became of the area.', who: counter, success: InstallationRef, ids,
  fields: (t) => ({ receipt: t.field({ type: 'Bytes', description: 'The receipt, as it came out of the chip.' }) }),
  run: ({ world, actor }, input) => confirmInstallation(world, actor, input),
})

const DriftKindEnum = enumOf<DriftKind>('AreaDriftKind', 'How register and chip differ.', {
  ORPHAN: 'On the chip, unknown to the register.', MISSING_RECEIPT: 'The chip did what it was ordered; its receipt was never handed in.', UNANSWERED_ORDER: 'Ordered, not on the chip: the order was never given to it, or refused as old. Order the removal, then the area again.', MISSING_AREA: 'In the register, not on the chip.',
})
const DriftRef = builder.objectRef<Drift>('AreaDrift').implement({
  description: 'A difference between the register and a chip.',
  fields: (t) => ({
    kind: t.expose('kind', { type: DriftKindEnum, description: 'How they differ.' }), aid: t.exposeString('aid', { description: 'The area, by its AID.' }),
    installation: t.id({ nullable: true, description: 'The installation, where the register has one.', resolve: (d) => (d.installation === null ? null : globalId(d.installation)) }),
  }),
})
builder.queryField('areaDrift', (t) => t.field({
  type: [DriftRef], nullable: true, description: 'Holds what a terminal found on a chip against the register. Null where the card is none that the actor may see.', extensions: audience(counter),
  args: { card: t.arg.id({ description: 'The card.' }), present: t.arg({ type: ['Text'], description: 'AIDs that answered on the chip, hex.' }) },
  resolve: async (_, { card, present }, { world, actor }) => {
    const id = localId('card', card)
    const drift = id === null ? null : await readDrift(world, actor, id, present)
    return drift === null || isRefusal(drift) ? null : drift
  },
}))
