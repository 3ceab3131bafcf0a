/**
 * What a program does with an area in the free space (空き領域) of a card: read its records, or, under a WRITE_AREA order,
 * write them and set the area's PIN.
 */
import { areaEf } from './applications/area.ts'
import { encodeCommand } from './apdu.ts'
import { CardError, exchange, selectApplication, verifyPin, type PinResult, type Transmit } from './client.ts'
import { none } from './state.ts'
import { sw } from './sw.ts'
import { readTemplate, text } from './tlv.ts'

/** Throws {@link CardError} 6283 where the area is locked, 6A82 where the card has none of that name. */
export const selectArea = (transmit: Transmit, aid: Uint8Array): Promise<Uint8Array> => selectApplication(transmit, aid)

/** All records; the PIN where the area asks for one. */
export async function readArea(transmit: Transmit, aid: Uint8Array, pin?: string): Promise<readonly Uint8Array[] | Exclude<PinResult, { outcome: 'verified' }>> {
  await selectArea(transmit, aid)
  if (pin !== undefined) {
    const verified = await verifyPin(transmit, areaEf.pin, pin)
    if (verified.outcome !== 'verified') return verified
  }
  const records: Uint8Array[] = []
  for (let n = 1; n <= 254; n++) {
    const { data, sw: word } = await exchange(transmit, 'read record', encodeCommand(0x00, 0xb2, n, (areaEf.records << 3) | 4, none, 256))
    if (word === sw.recordNotFound) break
    if (word !== sw.ok) throw new CardError('read record', word)
    records.push(data)
  }
  return records
}

/** Makes these the first records of the area: replaces those that are there, appends the rest. */
export async function writeArea(transmit: Transmit, aid: Uint8Array, records: readonly Uint8Array[]): Promise<void> {
  await selectArea(transmit, aid)
  for (const [i, record] of records.entries()) {
    const update = await exchange(transmit, 'update record', encodeCommand(0x00, 0xdc, i + 1, (areaEf.records << 3) | 4, record))
    const { sw: word } = update.sw === sw.recordNotFound
      ? await exchange(transmit, 'append record', encodeCommand(0x00, 0xe2, 0x00, areaEf.records << 3, record))
      : update
    if (word !== sw.ok) throw new CardError('write record', word)
  }
}

export async function setAreaPin(transmit: Transmit, aid: Uint8Array, pin: string): Promise<void> {
  await selectArea(transmit, aid)
  const { sw: word } = await exchange(transmit, 'set area PIN', encodeCommand(0x00, 0x24, 0x01, 0x80 | areaEf.pin, text(pin)))
  if (word !== sw.ok) throw new CardError('set area PIN', word)
}

export interface ListedArea { readonly aid: Uint8Array; readonly label: string; readonly locked: boolean }

/** The areas that the card has, by going through its applications: only an area has a label. A card that does not answer to an empty name lists none. */
export async function listAreas(transmit: Transmit): Promise<ListedArea[]> {
  const found: ListedArea[] = []
  for (let n = 0; n < 64; n++) {
    const { data, sw: word } = await exchange(transmit, 'list applications', encodeCommand(0x00, 0xa4, 0x04, n === 0 ? 0x00 : 0x02, none, 256))
    if (word !== sw.ok && word !== sw.deactivated) break
    const information = readTemplate(data, 0x6f)
    const [aid, label] = [information?.get(0x84), information?.get(0x50)]
    if (aid !== undefined && label !== undefined) found.push({ aid, label: Buffer.from(label).toString('utf8'), locked: word === sw.deactivated })
  }
  return found
}
