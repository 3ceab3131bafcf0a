/**
 * The factory of virtual cards: makes the chip of a card that the agency has taken into production, from the register, and
 * keeps it. Made twice it is made once: the second time answers what the first made.
 */
import { createHash } from 'node:crypto'
import { makeChip } from '../../core/chip/make.ts'
import type { RecordKeys } from '../../core/chip/records.ts'
import type { Random } from '../../core/chip/state.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import type { Uses } from '../../core/law/world.ts'
import type { ChipRoom } from '../card/chips.ts'

export interface MadeCard {
  readonly cardNumber: string
  /** SPKI of the key that the chip was born with: what shipping the card reports. */
  readonly attestationKey: Uint8Array
}
export interface Factory {
  make(cardNumber: string): Promise<Result<MadeCard>>
}

export interface FactoryOptions {
  readonly world: Uses<'cards' | 'residents' | 'authorities' | 'settings'>
  readonly room: ChipRoom
  readonly recordKeys: RecordKeys
  /** SPKI by which the chip checks orders. */
  readonly orderKey: Uint8Array
  readonly random: Random
}

export function factory({ world, room, recordKeys, orderKey, random }: FactoryOptions): Factory {
  return {
    async make(cardNumber) {
      const made = await room.read(cardNumber)
      if (made !== null) return { cardNumber, attestationKey: made.attestationKey }
      const card = await world.cards.byNumber(cardNumber)
      if (card === null) return refuse('NOT_FOUND')
      if (card.state !== 'MADE' || card.attestationKey !== null) return refuse('WRONG_STATE', { state: card.state })
      const resident = await world.residents.load(card.person)
      if (resident === null) return refuse('NOT_FOUND')
      const { items } = resident
      const chip = makeChip({
        holder: { name: items.name, address: items.address, birthDate: items.birthDate, sex: ({ male: '1', female: '2', unknown: '0' } as const)[items.sex] },
        myNumber: testMyNumber(card.person), cardNumber, municipality: card.municipality.slice(0, 5), expiry: card.expiresOn, securityCode: digitsOf(`security code ${cardNumber}`, 4),
        caCertificates: { signature: world.authorities.current('signature').certificate.der, authentication: world.authorities.current('authentication').certificate.der },
        orderKey, recordKeys, freeSpace: world.settings.freeSpace, profile: world.settings.profile.generation === 'p384-sha384' ? 'p384' : 'rsa2048',
      }, random)
      if (await room.keep(chip)) return { cardNumber, attestationKey: chip.card.attestationKey }
      // Somebody made it meanwhile: theirs counts.
      return { cardNumber, attestationKey: (await room.read(cardNumber))!.attestationKey }
    },
  }
}

/**
 * A number in the form of a My Number, the same for the same person, that belongs to nobody: drawn from the person's id.
 * @law 番号利用法施行令 省令 第5条 (check digit)
 */
export function testMyNumber(person: string): string {
  const eleven = digitsOf(`my number ${person}`, 11)
  const sum = [...eleven].reduce((s, digit, i) => s + Number(digit) * (11 - i >= 7 ? 11 - i - 5 : 11 - i + 1), 0)
  const rest = sum % 11
  return `${eleven}${rest <= 1 ? 0 : 11 - rest}`
}

const digitsOf = (seed: string, n: number): string => Array.from(createHash('sha256').update(seed).digest().subarray(0, n), (b) => String(b % 10)).join('')
