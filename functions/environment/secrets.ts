/**
 * Secrets of a door, read when it starts and never put into a bundle: one secret of Secrets Manager for each door, a JSON
 * object of names and values. `AWS_ENDPOINT_URL_SECRETS_MANAGER` names another endpoint.
 */
import { sendTo, type AwsAccess } from './aws.ts'
import { CannotStart } from './variables.ts'

export async function readSecrets(access: AwsAccess, secretId: string, endpoint: string | null): Promise<Readonly<Record<string, string>>> {
  const url = new URL(endpoint ?? `https://secretsmanager.${access.region}.amazonaws.com/`)
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' }
  const answer = await sendTo(access, 'secretsmanager', { method: 'POST', url, headers, body: Buffer.from(JSON.stringify({ SecretId: secretId })) })
  if (!answer.ok) throw new CannotStart('variables', `the secret named by SECRETS cannot be read: Secrets Manager answered ${answer.status}`)
  const { SecretString } = (await answer.json()) as { SecretString?: string }
  const values = parse(SecretString)
  if (values === null) throw new CannotStart('variables', 'the secret named by SECRETS is not a JSON object of texts')
  return values
}

/** Says nothing of what it read: it may be a secret. */
function parse(text: string | undefined): Readonly<Record<string, string>> | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    const fits = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((v) => typeof v === 'string')
    return fits ? (value as Record<string, string>) : null
  } catch {
    return null
  }
}
