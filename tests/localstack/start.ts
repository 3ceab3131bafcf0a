/**
 * LocalStack 4.9.2 from PyPI on the machine's own Python 3.11: no container, no token, no network once it is installed. It
 * stands in a cache outside the project. Its KMS is laxer than the real one; what it adds to our own stand-in is that others
 * wrote it, and that there are S3 and SQS.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

const version = '4.9.2'

export interface LocalStack { readonly endpoint: string; stop(): Promise<void> }

function python(): string {
  const fits = (name: string): boolean => {
    try {
      return execFileSync(name, ['-c', 'import sys; print(sys.version_info[:2])'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() === '(3, 11)'
    } catch {
      return false
    }
  }
  const found = ['python3.11', '/usr/bin/python3.11', 'python3', '/usr/bin/python3'].find(fits)
  if (found === undefined) throw new Error('Python 3.11 is missing; Debian 12 has it: apt-get install python3 python3-venv')
  return found
}

/** Folder of the environment, one per version and set of constraints; installed where it is not there, or does not load any more. */
export function localStack(): string {
  const constraints = readFileSync(new URL('./constraints.txt', import.meta.url))
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mynagate', `localstack-${version}-${createHash('sha256').update(constraints).digest('hex').slice(0, 12)}`)
  if (existsSync(join(folder, 'complete')) && loads(folder)) return folder
  process.stderr.write(`installing LocalStack ${version} (half a minute, 510 MB, once) …\n`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  execFileSync(python(), ['-m', 'venv', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync(join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '-c', new URL('./constraints.txt', import.meta.url).pathname, `localstack-core[runtime]==${version}`, 'service-identity'], { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(join(folder, 'complete'), '')
  return folder
}

function loads(folder: string): boolean {
  try {
    execFileSync(join(folder, 'bin/python'), ['-c', 'import localstack.runtime.main'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export async function startLocalStack(): Promise<LocalStack> {
  const folder = localStack()
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')

  const scratch = mkdtempSync(join(tmpdir(), 'mynagate-localstack-'))
  const endpoint = `http://127.0.0.1:${port}`
  const said: string[] = []
  const child = spawn(join(folder, 'bin/python'), ['-m', 'localstack.runtime.main'], {
    cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: scratch, XDG_CACHE_HOME: scratch, FILESYSTEM_ROOT: scratch, GATEWAY_LISTEN: `127.0.0.1:${port}`, DISABLE_EVENTS: '1', SKIP_SSL_CERT_DOWNLOAD: '1' },
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
    rmSync(scratch, { recursive: true, force: true })
  }
  const deadline = performance.now() + 60_000
  for (;;) {
    const healthy = await fetch(`${endpoint}/_localstack/health`).then((answer) => answer.ok, () => false)
    if (healthy) return { endpoint, stop }
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`LocalStack does not start:\n${said.join('').slice(-4_000)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
