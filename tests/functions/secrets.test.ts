/** What a door reads at its start, and that a secret is in no error. */
import { describe, expect, test } from 'vitest'
import type { AwsAccess } from '../../functions/environment/aws.ts'
import { readSecrets } from '../../functions/environment/secrets.ts'
import { CannotStart } from '../../functions/environment/variables.ts'

const arn = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:graphql'
function answering(answer: Response): AwsAccess & { readonly asked: { url: string; target: string; body: string }[] } {
  const asked: { url: string; target: string; body: string }[] = []
  return {
    region: 'ap-northeast-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, now: () => Date.UTC(2026, 0, 1), asked,
    fetch: (async (url: URL, init: RequestInit) => {
      asked.push({ url: url.href, target: (init.headers as Record<string, string>)['x-amz-target']!, body: Buffer.from(init.body as Uint8Array).toString() })
      return answer
    }) as unknown as typeof fetch,
  }
}
const secret = (text: string): Response => Response.json({ SecretString: text })

describe('secrets of a door', () => {
  test('one signed question to Secrets Manager', async () => {
    const access = answering(secret('{"DATABASE_URL":"postgres://x","PAIRWISE_SECRET":"s"}'))
    expect(await readSecrets(access, arn, null)).toEqual({ DATABASE_URL: 'postgres://x', PAIRWISE_SECRET: 's' })
    expect(access.asked).toEqual([{ url: 'https://secretsmanager.ap-northeast-1.amazonaws.com/', target: 'secretsmanager.GetSecretValue', body: JSON.stringify({ SecretId: arn }) }])
  })

  test('another endpoint', async () => {
    const access = answering(secret('{}'))
    await readSecrets(access, arn, 'http://127.0.0.1:4566')
    expect(access.asked[0]!.url).toBe('http://127.0.0.1:4566/')
  })

  test.each([
    ['refused', Response.json({ __type: 'AccessDeniedException' }, { status: 400 })], ['no text', Response.json({})], ['not JSON', secret('postgres://hidden')],
    ['a list', secret('["hidden"]')], ['a number inside', secret('{"hidden":1}')],
  ])('%s: does not start, and says nothing of what it read', async (_, answer) => {
    const fault: unknown = await readSecrets(answering(answer), arn, null).then(() => 'read', (e: unknown) => e)
    expect(fault).toBeInstanceOf(CannotStart)
    expect((fault as Error).message).not.toContain('hidden')
  })
})
