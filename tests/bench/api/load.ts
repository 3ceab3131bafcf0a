/**
 * The client of the API's measurements, in a process of its own: `node load.ts PORT ANSWERS CONNECTIONS PEOPLE FILE`. The file is the whole request; the id of
 * nobody in it becomes another person's each time, at random among PEOPLE. Prints, as JSON, how many were no 200, how many came each second, and how long each took, in µs.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { anyAmong, copyOf, global, nobody } from './ids.ts'

const [port, answers, connections, people] = [process.argv[2], process.argv[3], process.argv[4], process.argv[5]].map(Number) as [number, number, number, number]
const request = readFileSync(process.argv[6]!)
const places = [global(nobody), nobody].map((text) => [request.indexOf(text), text === nobody] as const).filter(([place]) => place >= 0)
const times: number[] = []
let bad = 0
const started = performance.now()

function next(): Buffer {
  if (places.length === 0) return request
  const id = copyOf('cns', anyAmong(people))
  const copy = Buffer.from(request)
  for (const [place, plain] of places) copy.write(plain ? id : global(id), place, 'latin1')
  return copy
}

function open(): void {
  let sent = 0
  let have: Buffer = Buffer.alloc(0)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, send)
  function send(): void {
    const octets = next()
    sent = performance.now()
    socket.write(octets)
  }
  socket.on('data', (part: Buffer) => {
    have = have.length === 0 ? part : Buffer.concat([have, part])
    const end = have.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = have.subarray(0, end).toString('latin1')
    const length = /content-length: (\d+)/i.exec(head)
    if (length === null ? !have.subarray(-5).equals(Buffer.from('0\r\n\r\n')) : have.length < end + 4 + Number(length[1])) return
    times.push(Math.round((performance.now() - sent) * 1_000))
    // A refusal of the law is a 200 too; nobody is refused here.
    if (!head.startsWith('HTTP/1.1 200') || have.includes('"Refused"') || have.includes('"errors"')) bad++
    have = Buffer.alloc(0)
    if (times.length === answers) done()
    else send()
  })
  socket.on('error', (error) => { throw error })
}
for (let n = 0; n < connections; n++) open()
function done(): void {
  console.log(JSON.stringify({ rate: times.length / ((performance.now() - started) / 1_000), bad, times }))
  process.exit(0)
}
