/**
 * The cloud parts of a gateway: keys, the place of lists, the place of checkpoints, queue and schedule. Here those of this
 * machine; local/cloud/localstack.ts has the same parts on LocalStack.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { IssuerKeyId, MunicipalityCode } from '../../core/law/ids.ts'
import type { CheckpointStore } from '../../core/law/record/audit.ts'
import type { PublishedCrl } from '../../core/law/certificate/status.ts'
import { kmsClient, type KmsClient } from '../../core/pki/kms.ts'
import type { Generation } from '../../core/pki/profile.ts'
import { realRandom } from '../../functions/environment.ts'
import { listBucket, type ListBucket } from '../../functions/environment/lists.ts'
import { folderOfCheckpoints } from './checkpoints.ts'
import type { Folder } from '../folder.ts'
import { kmsKeys, type KmsKeys } from '../keys.ts'
import { startKms } from './kms.ts'
import { openLists } from './lists.ts'
import { Mistake } from '../mistake.ts'
import { patient } from '../http/patience.ts'
import { startQueue, type Queue, type QueueOptions } from './queue.ts'

export interface Cloud {
  readonly kms: KmsClient
  readonly keys: KmsKeys
  readonly lists: ListBucket
  /** The published list; null where none is. */
  readonly latestList: (issuer: IssuerKeyId, shard: MunicipalityCode) => Promise<PublishedCrl | null>
  readonly checkpoints: CheckpointStore
  readonly startQueue: (options: QueueOptions) => Queue
}

/** What ends with the gateway is put here, last first to end. */
export type Closing = (() => Promise<void> | void)[]

/** Where a folder keeps which cloud it was begun with. */
export const begunOnLocalStack = 'localstack.json'

export async function cloudOfThisMachine(folder: Folder, generation: Generation, closing: Closing): Promise<Cloud> {
  const { path } = folder
  if (path !== null && existsSync(folder.place(begunOnLocalStack))) throw new Mistake(`${path} was begun on LocalStack: start with --localstack URL, or choose another folder with --data`)
  const kms = await startKms({ directory: path === null ? 'memory' : join(path, 'kms'), random: realRandom })
  closing.push(() => kms.close())
  const client = patient(kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, gate: { failures: Number.MAX_SAFE_INTEGER } }))
  closing.push(() => client.close())
  const keys = await kmsKeys(kms, client, folder, generation)
  const lists = openLists(path)
  return {
    kms: client, keys, lists: listBucket(lists), latestList: (issuer, shard) => lists.latest(issuer, shard),
    checkpoints: folderOfCheckpoints(path === null ? null : join(path, 'checkpoints'), keys.signing.checkpoint.spki), startQueue,
  }
}
