/**
 * Synthesises a stage in a process of its own and gives what it registered. Installs SST's platform when it is missing.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutation, Synthesis } from './synth/run.ts'

export type Stage = 'production' | 'keys' | 'pr-7'
export const stages: readonly Stage[] = ['production', 'keys', 'pr-7']
export const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

/** No account here exists. */
export const accounts = { production: '111111111111', preview: '222222222222' } as const
const keyArn = (name: string) => `arn:aws:kms:ap-northeast-1:${accounts.production}:key/mrk-${Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32)}`
export const pins = {
  'signature-ca': { arn: keyArn('signature'), spkiSha256: 'A1'.repeat(32), algorithm: 'rsa-pkcs1-sha256' },
  'authentication-ca': { arn: keyArn('authentication'), spkiSha256: 'B2'.repeat(32), algorithm: 'rsa-pkcs1-sha256' },
  'card-orders': { arn: keyArn('orders'), spkiSha256: 'C3'.repeat(32), algorithm: 'ecdsa-p256-sha256' },
  checkpoint: { arn: keyArn('checkpoint'), spkiSha256: 'D4'.repeat(32), algorithm: 'ecdsa-p256-sha256' },
  receipt: { arn: keyArn('receipt'), spkiSha256: 'E5'.repeat(32), algorithm: 'ecdsa-p256-sha256' },
  'ocsp-wrapping': { arn: keyArn('ocsp') },
  'personal-data': { arn: keyArn('personal') },
}

/** A key that opens nothing: its private part is no number of the curve's. */
const pages = { PAGES_CLIENT: 'mynagate-pages', PAGES_KEY: JSON.stringify({ kty: 'EC', crv: 'P-256', alg: 'ES256', kid: 'pages-1', d: 'private-key-of-the-pages' }) }

/** The deployment environments, as the workflows' environments would give them. */
export const environments: Readonly<Record<Stage, Readonly<Record<string, string>>>> = {
  production: {
    AWS_ACCOUNT_ID: accounts.production, NEON_PROJECT: 'quiet-river-1234', NEON_PARENT_BRANCH: 'br-root-0001', ISSUER_URL: 'https://login.mynagate.example',
    GATEWAY_NAME: 'api.mynagate.example', STATUS_NAME: 'pki.mynagate.example', CERTIFICATE_ARN: `arn:aws:acm:us-east-1:${accounts.production}:certificate/00000000-0000-0000-0000-000000000000`, ZONE_ID: 'Z0123456789',
    KMS_KEYS: JSON.stringify(pins), PROBE_OCSP: '/ocsp/MFYwVKADAgEA', PROBE_CRL: `/crl/${'AB'.repeat(20)}/131016.crl`, ALARMS_TO: 'duty@mynagate.example', ...pages,
  },
  keys: { AWS_ACCOUNT_ID: accounts.production },
  'pr-7': { AWS_ACCOUNT_ID: accounts.preview, NEON_PROJECT: 'synthetic-people-5678', NEON_PARENT_BRANCH: 'br-synthetic-0001' },
}

export interface SynthesisOptions { readonly env?: Readonly<Record<string, string>>; readonly mutations?: readonly Mutation[] }

/** Throws with what the stack said where it does not synthesise. */
export function synthesise(stage: Stage, { env = {}, mutations = [] }: SynthesisOptions = {}): Synthesis {
  installPlatform()
  const folder = mkdtempSync(join(tmpdir(), 'mynagate-synth-'))
  try {
    const out = join(folder, 'synth.json')
    const run = spawnSync(process.execPath, [join(root, 'tests/infra/synth/run.ts'), stage, out], {
      cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environments[stage], ...env, MUTATIONS: JSON.stringify(mutations) },
    })
    if (run.status !== 0 || !existsSync(out)) throw new Error(`stage ${stage} does not synthesise:\n${run.stderr || run.stdout}`)
    return JSON.parse(readFileSync(out, 'utf8')) as Synthesis
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `sst install` with npm alone; the switches are in SST's source and not in its documentation, so its version is pinned. */
export function installPlatform(): void {
  if (existsSync(join(root, '.sst/platform/node_modules/@pulumi/aws/package.json')) && existsSync(join(root, '.sst/provider-lock.json'))) return
  process.stderr.write('installing SST’s platform (about a minute) …\n')
  execFileSync(join(root, 'node_modules/.bin/sst'), ['install', '--stage', 'pr-0'], {
    cwd: root, stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, SST_SKIP_DEPENDENCY_CHECK: '1', SST_NO_BUN: '1', SST_TELEMETRY_DISABLED: '1', npm_config_ignore_scripts: 'true', AWS_ACCOUNT_ID: accounts.preview },
  })
}
