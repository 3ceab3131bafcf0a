/**
 * A reader of our own: pcscd with vpcd on a free port, in a private mount namespace where that is possible so that no
 * other pcscd is disturbed, and cards to put into it. Debian: opensc pcscd vsmartcard-vpcd openssl gnutls-bin.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { attestationKey, execute, reset } from '../../core/chip/chip.ts'
import { closeOrder, generateKey, presentOrder, setPins, writeCertificate } from '../../core/chip/client.ts'
import { makeChip, type Personalisation } from '../../core/chip/make.ts'
import { encodeOrder, verifyKeyAttestation } from '../../core/chip/order.ts'
import { makeRecordKeys } from '../../core/chip/records.ts'
import type { Chip, Random } from '../../core/chip/state.ts'
import { presentCard, type CardInReader, type Presented } from '../../local/card/reader.ts'

export const pins = { authentication: '1234', signature: 'ABC123', text: '5678', juki: '2468', common: '1357' } as const
const random: Random = { bytes: (n) => Uint8Array.from(randomBytes(n)) }

/** `out`: both streams together, Latin-1; `stdout`: its octets. */
export interface Ran { readonly code: number | null; readonly out: string; readonly stdout: Uint8Array }

/** Runs the script again where /run/pcscd is private; false where it should go on in this process. */
export function rerunPrivately(script: string): boolean {
  if (process.argv.includes('--private')) return false
  const prepare = 'mkdir -p /run/pcscd && mount -t tmpfs tmpfs /run/pcscd'
  const unshare = ['--mount', '--propagation', 'private', 'sh', '-c']
  if (spawnSync('unshare', [...unshare, prepare]).status !== 0) {
    if (existsSync('/run/pcscd/pcscd.comm')) throw new Error('another pcscd is running and a private mount namespace is not allowed')
    return false
  }
  const again = spawnSync('unshare', [...unshare, `${prepare} && exec "$0" "$@"`, process.execPath, script, '--private', ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = again.status ?? 1
  return true
}

/** A card between the reader and a chip; `change` may lie, for the negative controls. */
export interface Inserted { chip: Chip; presented: Presented; readonly log: string[] }
export type Change = (command: Uint8Array, before: Chip, after: Chip, response: Uint8Array) => { chip: Chip; response: Uint8Array }

export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), 'card-'))
  readonly issued = new Map<string, string>()
  #pcscd: ChildProcess | null = null
  #port = 0
  readonly #recordKeys = makeRecordKeys(random)
  readonly #issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  async start(): Promise<void> {
    this.#port = await freePort()
    const hex = this.#port.toString(16).toUpperCase()
    writeFileSync(this.path('vpcd'), `FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x${hex}\nLIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID 0x${hex}\n`)
    this.#pcscd = spawn('pcscd', ['--foreground', '--config', this.folder], { stdio: 'ignore' })
    for (let i = 0; i < 100 && !existsSync('/run/pcscd/pcscd.comm'); i++) await sleep(50)
    if (this.#pcscd.exitCode !== null || !existsSync('/run/pcscd/pcscd.comm')) throw new Error('pcscd did not start')
    for (const ca of ['ca-authentication', 'ca-signature']) {
      await this.must('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', this.path(`${ca}.key`), '-out', this.path(`${ca}.pem`), '-subj', `/C=JP/O=Interop/CN=${ca}`, '-days', '3650'])
      await this.must('openssl', ['x509', '-in', this.path(`${ca}.pem`), '-outform', 'DER', '-out', this.path(`${ca}.der`)])
    }
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#pcscd?.once('exit', () => resolve())
    this.#pcscd?.kill('SIGTERM')
    await Promise.race([promise, sleep(3000)])
    rmSync(this.folder, { recursive: true, force: true })
  }

  readonly path = (name: string): string => join(this.folder, name)
  readonly read = (name: string): Uint8Array => Uint8Array.from(readFileSync(this.path(name)))
  readonly write = (name: string, content: Uint8Array | string): string => {
    writeFileSync(this.path(name), content)
    return this.path(name)
  }

  /** Runs a program. By default OpenSC is told the driver, which saves its probing; pass {} to let it find out. */
  async run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = { OPENSC_DRIVER: 'jpki' }): Promise<Ran> {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, env: { ...process.env, ...env } })
    let out = ''
    const stdout: Buffer[] = []
    child.stdout.on('data', (b: Buffer) => stdout.push(b))
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (b: Buffer) => { out += b.toString('latin1') })
    const { promise, resolve, reject } = Promise.withResolvers<number | null>()
    child.once('error', reject)
    child.once('close', resolve)
    const code = await promise
    return { code, out, stdout: Uint8Array.from(Buffer.concat(stdout)) }
  }

  async must(program: string, args: readonly string[]): Promise<string> {
    const { code, out } = await this.run(program, args)
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${out.trim().split('\n').slice(-3).join(' | ')}`)
    return out
  }

  /** A card as after hand-over: keys made on board, certificates by openssl over the public keys that the chip attests. */
  async makeCard(over: Partial<Personalisation> = {}): Promise<Chip> {
    let chip = makeChip({
      holder: { name: '山田　花子', address: '東京都千代田区霞が関２－１－２', birthDate: '1985-11-07', sex: '2' }, myNumber: '123456789018', cardNumber: '000000000000017',
      municipality: '13101', expiry: '2031-11-07', securityCode: '2285', orderKey: Uint8Array.from(this.#issuer.publicKey.export({ format: 'der', type: 'spki' })),
      caCertificates: { signature: this.read('ca-signature.der'), authentication: this.read('ca-authentication.der') },
      recordKeys: this.#recordKeys, freeSpace: { code: 32_768, data: 8192, volatile: 1024 }, ...over,
    }, random)
    const transmit = async (command: Uint8Array): Promise<Uint8Array> => {
      const done = execute(chip, command, random)
      chip = done.chip
      return done.response
    }
    const order = encodeOrder({ cardNumber: chip.card.cardNumber, counter: 1, operation: { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] } })
    await presentOrder(transmit, order, Uint8Array.from(sign('sha256', order, { key: this.#issuer.privateKey, dsaEncoding: 'der' })))
    for (const kind of ['authentication', 'signature'] as const) {
      const proof = verifyKeyAttestation(await generateKey(transmit, kind), attestationKey(chip.card))
      if (proof === null) throw new Error('the chip does not prove its key')
      this.write(`${kind}.pub`, createPublicKey({ key: Buffer.from(proof.publicKey), format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' }) as string)
      await this.must('openssl', ['x509', '-new', '-force_pubkey', this.path(`${kind}.pub`), '-subj', `/C=JP/O=Interop/CN=${kind}`, '-days', '1825', '-CA', this.path(`ca-${kind}.pem`), '-CAkey', this.path(`ca-${kind}.key`), '-outform', 'DER', '-out', this.path(`${kind}.der`)])
      await writeCertificate(transmit, kind, this.read(`${kind}.der`))
    }
    await setPins(transmit, pins)
    await closeOrder(transmit)
    return reset(chip)
  }

  async insert(chip: Chip, change: Change = (_c, _b, after, response) => ({ chip: after, response }), slot = 0): Promise<Inserted> {
    const inserted: Inserted = { chip, presented: undefined as unknown as Presented, log: [] }
    const card: CardInReader = {
      atr: chip.card.atr,
      reset() { inserted.chip = reset(inserted.chip) },
      async transmit(command) {
        const done = execute(inserted.chip, command, random)
        const told = change(command, inserted.chip, done.chip, done.response)
        inserted.chip = told.chip
        return told.response
      },
    }
    inserted.presented = await presentCard(card, { host: '127.0.0.1', port: this.#port + slot })
    for (let i = 0; i < 40; i++) {
      if (slot > 0 || /^\s*0\s+Yes/m.test((await this.run('opensc-tool', ['-l'])).out)) return inserted
      await sleep(100)
    }
    throw new Error('the reader does not see the card')
  }

  async eject(inserted: Inserted): Promise<void> {
    await inserted.presented.close()
    for (let i = 0; i < 40 && /Yes/.test((await this.run('opensc-tool', ['-l'])).out); i++) await sleep(100)
  }
}

/** A port p whose neighbour p+1 is free too: vpcd listens on both, one per slot. */
async function freePort(): Promise<number> {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1')
    await new Promise((r) => first.once('listening', r))
    const { port } = first.address() as { port: number }
    const second = createServer()
    const free = await new Promise<boolean>((r) => {
      second.once('error', () => r(false))
      second.listen(port + 1, '127.0.0.1', () => r(true))
    })
    await Promise.all([first, second].map((s) => new Promise((r) => s.close(r))))
    if (free && port < 65_000) return port
  }
}
