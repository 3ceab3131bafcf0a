/**
 * The data folder of a preview: the things that one gateway keeps besides its database, in a bucket of its own. What two
 * starts make at once is made once: the bucket takes the first, and the second reads it.
 */
import { sendTo, type AwsAccess } from '../../functions/environment/aws.ts'
import type { Folder } from '../folder.ts'

export function bucketFolder(access: AwsAccess, bucketUrl: string): Folder {
  const at = (name: string): URL => new URL(name, bucketUrl.endsWith('/') ? bucketUrl : `${bucketUrl}/`)
  const read = async (name: string): Promise<string | null> => {
    const there = await sendTo(access, 's3', { method: 'GET', url: at(name), headers: {}, body: new Uint8Array() })
    if (there.status === 404) return null
    if (!there.ok) throw new Error(`the bucket of the sandbox answered ${there.status}`)
    return there.text()
  }
  return {
    path: null,
    async keep(name, make) {
      const kept = await read(name)
      if (kept !== null) return JSON.parse(kept) as Awaited<ReturnType<typeof make>>
      const made = await make()
      const body = Buffer.from(`${JSON.stringify(made, null, 2)}\n`, 'utf8')
      const answer = await sendTo(access, 's3', { method: 'PUT', url: at(name), body, headers: { 'content-type': 'application/json', 'if-none-match': '*' } })
      if (answer.ok) return made
      if (answer.status !== 412 && answer.status !== 409) throw new Error(`the bucket of the sandbox answered ${answer.status}`)
      const first = await read(name)
      if (first === null) throw new Error(`${name} was there and is gone`)
      return JSON.parse(first) as typeof made
    },
    place: (name) => at(name).href,
  }
}
