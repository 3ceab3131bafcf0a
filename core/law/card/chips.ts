/**
 * Where the state of virtual chips is kept. The octets are sealed by whoever runs the chip; the archive cannot read them.
 * A command's effect is saved by compare-and-set before its answer leaves: two readers on one chip cannot both win.
 */
export interface StoredChip {
  readonly sealed: Uint8Array
  /** Rises by one with each save. */
  readonly version: number
}

export interface Chips {
  load(cardNumber: string): Promise<StoredChip | null>
  /** False where there is one of that number already. The first version is 1. */
  create(cardNumber: string, sealed: Uint8Array): Promise<boolean>
  /** False where the version moved meanwhile: nothing was saved. */
  save(cardNumber: string, expectedVersion: number, sealed: Uint8Array): Promise<boolean>
}
