/**
 * What the door for people reads in certificates and lists: the items that a signing certificate bears, and how fresh the
 * published lists are, asked for at the public doors.
 */
import { readIssued } from '../../core/pki/certificate.ts'
import { parseCrl } from '../../core/pki/parse.ts'
import { defaultProfileSettings } from '../../core/pki/profile.ts'

interface Items { readonly NAME: string; readonly BIRTH_DATE: string; readonly SEX: (typeof sexes)[keyof typeof sexes]; readonly ADDRESS: string }
interface Freshness { readonly what: string; readonly at: string | null; readonly until: string | null }
/** The gateway as anybody may ask it. */
interface Open { query<T>(document: string): Promise<{ readonly data: T }> }

const sexes = { 1: 'MALE', 2: 'FEMALE', 3: 'UNKNOWN' } as const

/** As the certificate has them, character for character. Null where it bears none or cannot be read. */
export function itemsIn(certificate: string): Items | null {
  try {
    const { holder } = readIssued(new Uint8Array(Buffer.from(certificate, 'base64')), defaultProfileSettings)
    return holder === null ? null : { NAME: holder.name, BIRTH_DATE: holder.birthDate, SEX: sexes[holder.sex], ADDRESS: holder.address }
  } catch {
    return null
  }
}

/** Of each authority: the oldest of its lists, and when the first of them runs out. */
export async function freshnessOf(url: string, open: Open): Promise<readonly Freshness[]> {
  const { data } = await open.query<{ trustAnchors: readonly { keyId: string; authority: string; current: boolean }[]; municipalities: { nodes: readonly { code: string }[] } }>(
    '{ trustAnchors { keyId authority current } municipalities(first: 100) { nodes { code } } }')
  return Promise.all(data.trustAnchors.filter((anchor) => anchor.current).map(async ({ keyId, authority }) => {
    const lists = (await Promise.all(data.municipalities.nodes.map(async ({ code }) => {
      const answer = await fetch(new URL(`/crl/${keyId}/${code}.crl`, url))
      return answer.ok ? parseCrl(new Uint8Array(await answer.arrayBuffer())) : null
    }))).filter((list) => list !== null)
    const ends = lists.flatMap((list) => (list.nextUpdate === null ? [] : [list.nextUpdate]))
    const iso = (times: readonly number[]): string | null => (times.length === 0 ? null : new Date(Math.min(...times)).toISOString())
    return { what: `CRL ${authority} (${lists.length}/${data.municipalities.nodes.length})`, at: iso(lists.map((list) => list.thisUpdate)), until: iso(ends) }
  }))
}
