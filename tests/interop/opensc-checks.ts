/**
 * What OpenSC's own programs must be able to do with the card, and must not. Each check throws where it fails. A check
 * may leave the card changed (tries lost, PIN blocked); each gets a card of its own where it matters.
 */
import { Buffer } from 'node:buffer'
import type { Inserted, Rig } from './opensc-rig.ts'
import { pins } from './opensc-rig.ts'

export interface Check { readonly name: string; run(rig: Rig, card: Inserted): Promise<void> }
const tokens = { authentication: ['JPKI (User Authentication PIN)', '01'], signature: ['JPKI (Digital Signature PIN)', '02'] } as const
type Kind = keyof typeof tokens

function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message)
}

const login = (kind: Kind, pin: string = pins[kind]): string[] => ['--token-label', tokens[kind][0], '--login', '--pin', pin]
const message = 'To be signed: 申請書\n'
const raw = async (rig: Rig, ...commands: string[]): Promise<string[]> => {
  const { out } = await rig.run('opensc-tool', commands.flatMap((c) => ['-s', c]))
  return [...out.matchAll(/Received \(SW1=0x(..), SW2=0x(..)\)/g)].map((m) => `${m[1]}${m[2]}`)
}
const selectJpki = '00A4040C0AD392F000260100000001'

async function readsCertificate(rig: Rig, id: string, file: string, extra: readonly string[] = []): Promise<void> {
  await rig.must('pkcs15-tool', ['--read-certificate', id, ...extra, '-o', rig.path('read.pem')])
  await rig.must('openssl', ['x509', '-in', rig.path('read.pem'), '-outform', 'DER', '-out', rig.path('read.der')])
  expectThat(Buffer.compare(rig.read('read.der'), rig.read(file)) === 0, `certificate ${id} is not ${file}`)
}

/** openssl's name of the digest, by PKCS #11 mechanism. */
const digests: Readonly<Record<string, string>> = {
  'SHA1-RSA-PKCS': 'sha1', 'SHA224-RSA-PKCS': 'sha224', 'SHA256-RSA-PKCS': 'sha256', 'SHA384-RSA-PKCS': 'sha384', 'SHA512-RSA-PKCS': 'sha512', 'MD5-RSA-PKCS': 'md5', 'RIPEMD160-RSA-PKCS': 'ripemd160',
}
const legacy = ['-provider', 'legacy', '-provider', 'default']

async function signsByPkcs11(rig: Rig, kind: Kind, mechanism: string): Promise<void> {
  const input = rig.write('message', message)
  await rig.must('pkcs11-tool', [...login(kind), '--sign', '--id', tokens[kind][1], '-m', mechanism, '-i', input, '-o', rig.path('signature')])
  await rig.must('openssl', ['dgst', `-${digests[mechanism]}`, ...legacy, '-verify', rig.path(`${kind}.pub`), '-signature', rig.path('signature'), input])
}

async function signsByPkcs15(rig: Rig, kind: Kind, digest: string): Promise<void> {
  const input = rig.write('message', message)
  await rig.must('openssl', ['dgst', `-${digest}`, '-binary', '-out', rig.path('digest'), input])
  const option = digest === 'md5' ? '--md5' : `--${digest.replace('sha', 'sha-')}`
  await rig.must('pkcs15-crypt', ['--sign', '--key', tokens[kind][1], '--pin', pins[kind], '--pkcs1', option, '-i', rig.path('digest'), '-o', rig.path('signature')])
  await rig.must('openssl', ['dgst', `-${digest}`, '-verify', rig.path(`${kind}.pub`), '-signature', rig.path('signature'), input])
}

async function triesLeft(rig: Rig): Promise<string[]> {
  const out = await rig.must('pkcs15-tool', ['--list-pins'])
  return [...out.matchAll(/Tries left\s*: (\d+)/g)].map((m) => m[1]!)
}

export const detection: Check = {
  name: 'opensc-tool finds the jpki driver by itself, after asking every other product',
  async run(rig) {
    const { code, out } = await rig.run('opensc-tool', ['-n'], {})
    expectThat(code === 0 && /^jpki$/m.test(out), `found: ${out.trim()}`)
  },
}

export const signingCertificateGuarded: Check = {
  name: 'pkcs15-tool cannot read the signing certificate without its PIN',
  async run(rig) {
    const { code, out } = await rig.run('pkcs15-tool', ['--read-certificate', '02'])
    expectThat(code !== 0 && !out.includes('BEGIN CERTIFICATE'), 'the signing certificate came without its PIN')
    const words = await raw(rig, selectJpki, '00B0810004', '00A4040C0AD3921000310001010408', '00B0810011', '00B0820007')
    expectThat(words.join() === '9000,6982,9000,6982,6982', `protected files answered ${words.join()}`)
  },
}

export const signatureGuarded: Check = {
  name: 'no signature without a PIN',
  async run(rig) {
    const words = await raw(rig, selectJpki, '802A0097010100', '802A009A010100')
    expectThat(words.join() === '9000,6982,6982', `signing without a PIN answered ${words.join()}`)
  },
}

export const nothingLeaks: Check = {
  name: 'a login does not reach the next program, nor outlive SELECT in the same',
  async run(rig) {
    const first = await raw(rig, selectJpki, '002000980431323334', '802A0097010100', selectJpki, '802A0097010100')
    expectThat(first.join() === '9000,9000,9000,9000,6982', `in one program: ${first.join()}`)
    await raw(rig, selectJpki, '002000980431323334')
    const second = await raw(rig, selectJpki, '802A0097010100')
    expectThat(second.join() === '9000,6982', `in the next program: ${second.join()}`)
  },
}

export const queryCounts: Check = {
  name: 'the retry query counts tries, before and after a right PIN',
  async run(rig) {
    const words = await raw(rig, selectJpki, '00200098', '002000980431323334', '00200098', '0020009800')
    expectThat(words.join() === '9000,63C3,9000,63C3,63C3', `queries answered ${words.join()}`)
  },
}

export const signs = (kind: Kind, mechanism: string): Check => ({ name: `pkcs11-tool signs with the ${kind} key, ${mechanism}; openssl verifies`, run: (rig) => signsByPkcs11(rig, kind, mechanism) })
export const crypts = (kind: Kind, digest: string): Check => ({ name: `pkcs15-crypt signs with the ${kind} key, ${digest}; openssl verifies`, run: (rig) => signsByPkcs15(rig, kind, digest) })

export const blocked: Check = {
  name: 'three wrong PINs block: the token stays usable, shows 0 tries, and the other PIN works',
  async run(rig) {
    for (const left of ['2', '1', '0']) {
      const { code, out } = await rig.run('pkcs11-tool', [...login('authentication', '9999'), '--sign', '--id', '01', '-m', 'SHA256-RSA-PKCS', '-i', rig.write('message', message), '-o', rig.path('none')])
      expectThat(code !== 0 && out.includes('CKR_PIN_INCORRECT'), `wrong PIN: ${out.trim()}`)
      expectThat((await triesLeft(rig))[0] === left, `tries left are not ${left}`)
    }
    const { out } = await rig.run('pkcs11-tool', [...login('authentication'), '--list-objects'])
    expectThat(out.includes('CKR_GENERAL_ERROR'), `blocked PIN: ${out.trim()}`)
    await signsByPkcs11(rig, 'signature', 'SHA256-RSA-PKCS')
  },
}

/** On one card, in this order; none loses a try for good. */
export const checks: readonly Check[] = [
  detection,
  { name: 'opensc-tool shows the ATR', run: async (rig, card) => {
    const out = await rig.must('opensc-tool', ['-a'])
    expectThat(out.replaceAll(':', '').includes(Buffer.from(card.chip.card.atr).toString('hex')), out)
  } },
  { name: 'pkcs15-tool --dump lists two PINs, two keys, two public keys, four certificates', run: async (rig) => {
    const out = await rig.must('pkcs15-tool', ['--dump'])
    const count = (label: RegExp): number => out.match(label)?.length ?? 0
    expectThat([count(/^PIN \[/gm), count(/^Private RSA Key \[/gm), count(/^Public RSA Key \[/gm), count(/^X\.509 Certificate \[/gm)].join() === '2,2,2,4', out)
  } },
  { name: 'pkcs11-tool lists the two tokens', run: async (rig) => {
    const out = await rig.must('pkcs11-tool', ['--list-slots'])
    expectThat(Object.values(tokens).every(([label]) => out.includes(label)) && !out.includes('locked'), out)
  } },
  { name: 'reads the authentication certificate without a PIN', run: (rig) => readsCertificate(rig, '01', 'authentication.der') },
  { name: 'reads the CA certificate of the authentication certificate', run: (rig) => readsCertificate(rig, '03', 'ca-authentication.der') },
  { name: 'reads the CA certificate of the signing certificate', run: (rig) => readsCertificate(rig, '04', 'ca-signature.der') },
  signingCertificateGuarded,
  { name: 'reads the signing certificate after its PIN', run: (rig) => readsCertificate(rig, '02', 'signature.der', ['--verify-pin', '--auth-id', '02', '--pin', pins.signature]) },
  { name: 'the PIN of the other key does not open the signing certificate', run: async (rig) => {
    const { code } = await rig.run('pkcs15-tool', ['--read-certificate', '02', '--verify-pin', '--auth-id', '01', '--pin', pins.authentication])
    expectThat(code !== 0, 'it did')
  } },
  { name: 'certificates verify under their CA by openssl', run: async (rig) => {
    for (const kind of ['authentication', 'signature']) {
      await rig.must('openssl', ['x509', '-inform', 'DER', '-in', rig.path(`${kind}.der`), '-out', rig.path(`${kind}.pem`)])
      await rig.must('openssl', ['verify', '-CAfile', rig.path(`ca-${kind}.pem`), rig.path(`${kind}.pem`)])
    }
  } },
  { name: 'pkcs11-tool reads the public key of the authentication key', run: async (rig) => {
    await rig.must('pkcs11-tool', ['--token-label', tokens.authentication[0], '--read-object', '--type', 'pubkey', '--id', '01', '-o', rig.path('public.der')])
    await rig.must('openssl', ['pkey', '-pubin', '-inform', 'DER', '-in', rig.path('public.der'), '-out', rig.path('public.pem')])
    expectThat(Buffer.compare(rig.read('public.pem'), rig.read('authentication.pub')) === 0, 'another key')
  } },
  signatureGuarded,
  ...(['authentication', 'signature'] as const).flatMap((kind) => [
    ...Object.keys(digests).map((m) => signs(kind, m)),
    { name: `pkcs11-tool signs with the ${kind} key, RSA-PKCS over octets as they are; openssl recovers them`, run: async (rig: Rig) => {
      const input = rig.write('octets', 'as they are')
      await rig.must('pkcs11-tool', [...login(kind), '--sign', '--id', tokens[kind][1], '-m', 'RSA-PKCS', '-i', input, '-o', rig.path('signature')])
      await rig.must('openssl', ['pkeyutl', '-verifyrecover', '-pubin', '-inkey', rig.path(`${kind}.pub`), '-in', rig.path('signature'), '-out', rig.path('recovered')])
      expectThat(Buffer.compare(rig.read('recovered'), rig.read('octets')) === 0, 'other octets')
    } },
    ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((d) => crypts(kind, d)),
  ]),
  { name: 'openssl refuses a signature of the one key under the other', run: async (rig) => {
    await signsByPkcs11(rig, 'authentication', 'SHA256-RSA-PKCS')
    const { code } = await rig.run('openssl', ['dgst', '-sha256', '-verify', rig.path('signature.pub'), '-signature', rig.path('signature'), rig.path('message')])
    expectThat(code !== 0, 'it did not')
  } },
  { name: 'pkcs11-tool --test passes', run: async (rig) => {
    const out = await rig.must('pkcs11-tool', ['--test', '--login', '--pin', pins.authentication])
    expectThat(out.includes('No errors'), out)
  } },
  { name: 'pkcs11-tool draws random octets from the card', run: async (rig) => {
    await rig.must('pkcs11-tool', ['--generate-random', '16', '-o', rig.path('one')])
    await rig.must('pkcs11-tool', ['--generate-random', '16', '-o', rig.path('two')])
    expectThat(rig.read('one').length === 16 && Buffer.compare(rig.read('one'), rig.read('two')) !== 0, 'the same or none')
  } },
  { name: 'p11tool (GnuTLS) lists the certificates and signs', run: async (rig) => {
    const provider = ['--provider', await moduleOf(rig)]
    const token = 'pkcs11:token=JPKI%20%28User%20Authentication%20PIN%29'
    expectThat((await rig.must('p11tool', [...provider, '--list-all-certs', token])).includes('User%20Authentication%20Certificate'), 'no certificate')
    expectThat((await rig.must('p11tool', [...provider, '--login', '--set-pin', pins.authentication, '--test-sign', `${token};id=%01;type=private`])).includes('ok'), 'no signature')
  } },
  queryCounts,
  nothingLeaks,
  { name: 'a wrong PIN: CKR_PIN_INCORRECT and a try lost; a right one gives it back', run: async (rig) => {
    const { code, out } = await rig.run('pkcs11-tool', [...login('signature', 'WRONG1'), '--list-objects'])
    expectThat(code !== 0 && out.includes('CKR_PIN_INCORRECT'), out)
    expectThat((await triesLeft(rig)).join() === '3,4', 'tries left')
    await signsByPkcs11(rig, 'signature', 'SHA256-RSA-PKCS')
    expectThat((await triesLeft(rig)).join() === '3,5', 'tries given back')
  } },
  { name: 'a PIN changed by CHANGE REFERENCE DATA is the PIN', run: async (rig) => {
    expectThat((await raw(rig, selectJpki, '002000980431323334', '002401980435353535')).join() === '9000,9000,9000', 'change')
    await rig.must('pkcs11-tool', [...login('authentication', '5555'), '--sign', '--id', '01', '-m', 'SHA256-RSA-PKCS', '-i', rig.path('message'), '-o', rig.path('signature')])
    expectThat((await raw(rig, selectJpki, '002000980435353535', '002401980431323334')).join() === '9000,9000,9000', 'change back')
  } },
]

async function moduleOf(rig: Rig): Promise<string> {
  const out = await rig.must('sh', ['-c', 'ls /usr/lib/*/opensc-pkcs11.so /usr/lib/*/pkcs11/opensc-pkcs11.so 2>/dev/null | head -1'])
  return out.trim()
}
