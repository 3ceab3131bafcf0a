/**
 * Damage to a DER structure, always the same: each element, down into what octet strings hold, is left out, doubled, emptied, cut, put under another tag,
 * changed in a bit, or changes place with the next; the lengths around it are right again, so that it is the reader of that very place who must refuse it.
 */

interface Node { readonly tag: number; readonly content: Uint8Array; readonly children: readonly Node[] | null; /** Octets before the children: the unused bits of a bit string. */ readonly before: number }

function read(der: Uint8Array): Node[] | null {
  const nodes: Node[] = []
  for (let at = 0; at < der.length; ) {
    const tag = der[at]!
    let [length, start] = [der[at + 1] ?? 0x80, at + 2]
    if ((tag & 0x1f) === 0x1f || length === 0x80 || length > 0x83) return null
    if (length > 0x80) {
      const octets = der.subarray(start, start + length - 0x80)
      ;[length, start] = [octets.reduce((sum, octet) => sum * 256 + octet, 0), start + octets.length]
    }
    if (tag === 0 || start + length > der.length) return null
    const content = der.subarray(start, start + length)
    const before = tag === 0x03 ? 1 : 0
    const inside = (tag & 0x20) !== 0 || ((tag === 0x04 || (tag === 0x03 && content[1] === 0x30)) && content.length > 2) ? read(content.subarray(before)) : null
    nodes.push({ tag, content, children: inside !== null && inside.length > 0 ? inside : null, before })
    at = start + length
  }
  return nodes
}

function element(tag: number, content: Uint8Array): Uint8Array {
  const n = content.length
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...length), content])
}
const write = (node: Node): Uint8Array => element(node.tag, node.content)

type Damage = (node: Node, next: Node | undefined) => readonly Uint8Array[] | null
const cut = ({ content }: Node, from: number, to: number): Uint8Array => content.subarray(from, to)
const flipped = (content: Uint8Array, at: number, bits: number): Uint8Array => content.map((octet, n) => (n === at ? octet ^ bits : octet))
const damages: Readonly<Record<string, Damage>> = {
  gone: () => [],
  twice: (node) => [write(node), write(node)],
  empty: (node) => (node.content.length === 0 ? null : [element(node.tag, new Uint8Array())]),
  null: (node) => (node.tag === 0x05 ? null : [Uint8Array.of(0x05, 0)]),
  'another class': (node) => [element(node.tag ^ 0x80, node.content)],
  'another tag': (node) => [element(node.tag ^ 0x01, node.content)],
  constructed: (node) => [element(node.tag ^ 0x20, node.content)],
  shorter: (node) => (node.children === null && node.content.length > 1 ? [element(node.tag, cut(node, 0, node.content.length - 1))] : null),
  longer: (node) => (node.children === null ? [element(node.tag, Buffer.concat([node.content, Uint8Array.of(0)]))] : null),
  'first bit': (node) => (node.children === null && node.content.length > 0 ? [element(node.tag, flipped(node.content, 0, 0x80))] : null),
  'last bit': (node) => (node.children === null && node.content.length > 0 ? [element(node.tag, flipped(node.content, node.content.length - 1, 0x01))] : null),
  swapped: (node, next) => (next === undefined ? null : [write(next), write(node)]),
}

/** What was done, where (a path of places), and the octets. */
export function* damaged(der: Uint8Array): Generator<{ readonly what: string; readonly der: Uint8Array }> {
  const nodes = read(der)
  if (nodes === null) throw new Error('not DER')
  yield* within(nodes, (all) => Buffer.concat(all), '')
}

function* within(nodes: readonly Node[], around: (all: readonly Uint8Array[]) => Uint8Array, path: string): Generator<{ readonly what: string; readonly der: Uint8Array }> {
  const written = nodes.map(write)
  for (const [n, node] of nodes.entries()) {
    for (const [name, damage] of Object.entries(damages)) {
      const put = damage(node, nodes[n + 1])
      if (put !== null) yield { what: `${path}/${n} ${name}`, der: around([...written.slice(0, n), ...put, ...written.slice(n + (name === 'swapped' ? 2 : 1))]) }
    }
    const before = node.content.subarray(0, node.before)
    if (node.children !== null) yield* within(node.children, (all) => around([...written.slice(0, n), element(node.tag, Buffer.concat([before, ...all])), ...written.slice(n + 1)]), `${path}/${n}`)
  }
}
