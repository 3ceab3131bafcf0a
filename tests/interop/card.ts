/**
 * `npm run test:interop:card`: the card under software of others, as far as it is installed here. OpenSC is a must; OpenJPEG
 * (Debian: libopenjp2-tools), jpki/myna (`MYNA=/path/to/myna`) and PC/SC from Node (`SMARTCARD=/path/to/smartcard`) run where
 * they are, and what was left out is said. The status is 1 where one of them failed.
 */
import { spawnSync } from 'node:child_process'

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v "$0"`, program]).status === 0
const parts: readonly (readonly [script: string, wants: string, there: boolean])[] = [
  ['opensc', 'opensc pcscd vsmartcard-vpcd', true],
  ['jp2', 'libopenjp2-tools', has('opj_decompress')],
  ['myna', 'MYNA=/path/to/myna and libopenjp2-tools', process.env['MYNA'] !== undefined && has('opj_decompress')],
  ['pcsc', 'SMARTCARD=/path/to/node_modules/smartcard', process.env['SMARTCARD'] !== undefined],
]

const said: string[] = []
for (const [script, wants, there] of parts) {
  if (there) console.log(`\n${script}`)
  const status = there ? spawnSync(process.execPath, [new URL(`./${script}.ts`, import.meta.url).pathname], { stdio: 'inherit' }).status : null
  said.push(`${script}: ${there ? (status === 0 ? 'passed' : 'FAILED') : `left out (wants ${wants})`}`)
  if (there && status !== 0) process.exitCode = 1
}
console.log(`\n${said.join('\n')}`)
