/**
 * The client of the API's measurements, in a process of its own: `node load.ts PORT ANSWERS CONNECTIONS FILE`. The file is the whole
 * request, ready to be sent. Prints, as JSON, how many were no 200, how many came each second, and how long they took.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const [port, answers, connections, file] = [Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]), process.argv[5]!]
const request = readFileSync(file)
const times: number[] = []
let bad = 0
const started = performance.now()

function open(): void {
  let sent = 0
  let have: Buffer = Buffer.alloc(0)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, send)
  function send(): void {
    sent = performance.now()
    socket.write(request)
  }
  socket.on('data', (part: Buffer) => {
    have = have.length === 0 ? part : Buffer.concat([have, part])
    const end = have.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = have.subarray(0, end).toString('latin1')
    const length = /content-length: (\d+)/i.exec(head)
    if (length === null ? !have.subarray(-5).equals(Buffer.from('0\r\n\r\n')) : have.length < end + 4 + Number(length[1])) return
    times.push(performance.now() - sent)
    if (!head.startsWith('HTTP/1.1 200')) bad++
    have = Buffer.alloc(0)
    if (times.length === answers) done()
    else send()
  })
  socket.on('error', (error) => { throw error })
}
for (let n = 0; n < connections; n++) open()
function done(): void {
  const seconds = (performance.now() - started) / 1_000
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  console.log(JSON.stringify({ count: times.length, rate: times.length / seconds, bad, p50: at(0.5), p99: at(0.99) }))
  process.exit(0)
}
