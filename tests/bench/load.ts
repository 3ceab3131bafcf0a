/**
 * The client of the measurements, as a process of its own: `node load.ts PORT SECONDS CONNECTIONS BODY-HEX`. Plain sockets
 * and one prepared request; an answer is counted by its length, which the first one tells, so that the client is cheaper
 * than any server. Prints how many answers came.
 */
import { connect } from 'node:net'

const [port, seconds, connections, body] = [Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]), Buffer.from(process.argv[5] ?? '', 'hex')]
const request = Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/ocsp-request\r\nContent-Length: ${body.length}\r\n\r\n`), body])
let count = 0

function open(): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(request))
  let [have, whole, head] = [0, 0, Buffer.alloc(0)]
  socket.on('data', (part) => {
    have += part.length
    if (whole === 0) {
      head = Buffer.concat([head, part])
      const end = head.indexOf('\r\n\r\n')
      const length = /content-length: (\d+)/i.exec(head.toString('latin1'))
      if (end < 0 || length === null) return
      whole = end + 4 + Number(length[1])
    }
    if (have < whole) return
    have -= whole
    // Dates have one length, and so has every answer; a server that signs each time with ECDSA may differ by an octet or two.
    if (have !== 0) throw new Error('answers of different lengths')
    whole = 0
    head = Buffer.alloc(0)
    count++
    socket.write(request)
  })
  socket.on('error', (error) => { throw error })
}
for (let n = 0; n < connections; n++) open()
setTimeout(() => {
  console.log(count)
  process.exit(0)
}, seconds * 1_000)
