/**
 * Where lists of revoked certificates are published: numbered, and an older list never replaces a newer one. Before a list
 * goes out it is read back as anyone will read it: its number, its point of distribution, its signature under the pinned
 * key. The store behind is a bucket in the cloud, a folder on one machine.
 *
 * @rfc 5280 5.2.3, 5.2.5
 */
import type { PublishedCrl } from '../../core/law/certificate/status.ts'
import type { Municipalities, Settings, World } from '../../core/law/world.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { parseCrl } from '../../core/pki/parse.ts'
import { distributionPointFor } from '../../core/pki/profile.ts'
import { verifySigned } from '../../core/pki/verify.ts'

export interface ListBucket {
  /** False where a list of an equal or larger number is there. */
  put(list: PublishedCrl): Promise<boolean>
}

/** One object per list, with compare-and-set. */
export interface ListStore {
  /** Null where nothing is published; `version` changes with every write. */
  look(path: string): Promise<{ readonly number: bigint; readonly version: string } | null>
  /** False where what is there is no longer `version` (null: nothing). */
  replace(path: string, list: PublishedCrl, version: string | null): Promise<boolean>
}

const tries = 5
export const listPath = ({ issuer, shard }: Pick<PublishedCrl, 'issuer' | 'shard'>): string => `crl/${issuer}/${shard}.crl`

export const listBucket = (store: ListStore): ListBucket => ({
  async put(list) {
    const path = listPath(list)
    for (let n = 0; n < tries; n++) {
      const there = await store.look(path)
      if (there !== null && there.number >= list.number) return false
      if (await store.replace(path, list, there?.version ?? null)) return true
      // Somebody published meanwhile: look again.
    }
    throw new Error('the place of the lists kept changing')
  },
})

/** The list is not what it must be; nothing was published. */
export class UnfitList extends Error {
  override readonly name = 'UnfitList'
}

/**
 * The bucket first, then the register: a crash in between leaves the list due, and it is made and put again under a larger
 * number. The other way round a list could be thought published that nobody can fetch.
 */
export const publishedTo = (lists: ListBucket, crls: World['crls'], checked: { readonly authorities: World['authorities']; readonly municipalities: Municipalities; readonly settings: Settings }): World['crls'] => ({
  due: (at, settled) => crls.due(at, settled), reserve: (issuer, shard, at) => crls.reserve(issuer, shard, at), latest: (issuer, shard) => crls.latest(issuer, shard),
  async publish(act, list) {
    await check(list, checked)
    await lists.put(list)
    return crls.publish(act, list)
  },
})

async function check(list: PublishedCrl, { authorities, municipalities, settings }: Parameters<typeof publishedTo>[2]): Promise<void> {
  const authority = authorities.all.find((a) => a.keyId === list.issuer)
  const municipality = await municipalities.load(list.shard)
  if (authority === undefined || municipality === null) throw new UnfitList('a list of nobody')
  const { number, distributionPoint, authorityKeyId } = readCrl(list.der)
  if (number !== list.number || authorityKeyId !== list.issuer) throw new UnfitList(`not list ${list.number} of ${list.issuer}`)
  if (Buffer.compare(distributionPoint, distributionPointFor(authority.ca, municipality, settings.profile)) !== 0) throw new UnfitList(`a list of another place than ${list.shard}`)
  if (!verifySigned(parseCrl(list.der), authority.certificate.spki)) throw new UnfitList('not signed with the pinned key')
}
