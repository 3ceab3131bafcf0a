/**
 * Where row-level security alone opens more than was decided, each with its reason. It holds rows and knows neither scopes
 * nor fields: who has to do with a person reaches the row, and what leaves of it is the first wall's.
 */
export interface Coarser { readonly who: string; readonly cells: string; readonly why: string }

export const coarser: readonly Coarser[] = [
  {
    who: 'partner suspendedPartner', cells: 'FourInformation.name FourInformation.address FourInformation.birthDate Certificate.der Certificate.serial',
    why: 'The items are read from the certificate: a partner that was given consent reaches that row. Which items leave, and that it stands, is decided before (law/consent/disclosure.ts).',
  },
  { who: 'prefecture', cells: 'Installation.card Installation.id', why: 'It sees how far a right of its municipalities reaches (blastRadius), which is counted over the areas.' },
]
