// The card in the browser. A form with `data-card` gets what is to be signed from its page, has the card sign it, and is
// then sent; the PIN goes to the card and is no field of the form. ISO 7816-4 commands; the texts stand in the page.
// Without this script a form is sent as it is, and the page that answers names another way.

const jpki = 'D392F000260100000001'
const files = { sign: { pin: '001B', key: '001A', certificate: '0001' }, authenticate: { pin: '0018', key: '0017', certificate: '000A' } }
const sha256Info = '3031300D060960864801650304020105000420'
/** What a card can sign with, by the AlgorithmIdentifier of its key (RFC 3279 2.3.1, RFC 5480 2.1.1): octets of r and of s, or null for RSA. */
const keys = { '06092A864886F70D0101010500': null, '06072A8648CE3D020106082A8648CE3D030107': 32, '06072A8648CE3D020106052B81040022': 48 }

/** What went wrong at the card, by the name of its text. */
class CardTrouble extends Error {
  constructor(name, tries) {
    super(name)
    this.text = name
    this.tries = tries
  }
}

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('').toUpperCase()
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (h) => Number.parseInt(h, 16))
const base64 = (data) => btoa(String.fromCharCode(...data))
const length = (n) => n.toString(16).padStart(2, '0')

/** The virtual card that lies in the reader; null where there is none. */
async function cardAt(door, name) {
  const found = await fetch(door + encodeURIComponent(name))
  if (!found.ok) throw new CardTrouble('gone')
  const { cardNumber } = await found.json()
  const session = crypto.randomUUID()
  const post = async (act, body) => {
    const answer = await fetch(`${door}${cardNumber}/${act}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session, ...body }) }).catch(() => null)
    if (answer === null || !answer.ok) throw new CardTrouble('gone')
    return answer.json()
  }
  return {
    async send(apdu) {
      const { response } = await post('apdu', { apdu })
      return { data: response.slice(0, -4), sw: response.slice(-4) }
    },
    end: () => post('reset', {}).catch(() => null),
  }
}

async function must(card, apdu) {
  const { data, sw } = await card.send(apdu)
  if (sw !== '9000') throw new CardTrouble(sw === '6A82' ? 'empty' : 'gone')
  return data
}

/** SELECT, VERIFY, sign, read the certificate: one login on the card, which ends with it. */
async function signWith(card, kind, pin, text) {
  const { pin: pinFile, key, certificate } = files[kind]
  const select = (file) => must(card, `00A4020C02${file}`)
  await must(card, `00A4040C0A${jpki}`)
  await select(pinFile)
  const code = hex(new TextEncoder().encode(pin))
  const { sw } = await card.send(`00200080${length(pin.length)}${code}`)
  if (sw === '6983' || sw === '6984' || sw === '63C0') throw new CardTrouble('blocked')
  if (sw.startsWith('63C')) throw new CardTrouble('wrong', Number.parseInt(sw[3], 16))
  if (sw !== '9000') throw new CardTrouble('gone')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  const der = await readCertificate(card, select, certificate)
  const size = keys[keyOf(der)]
  if (size === undefined) throw new CardTrouble('empty')
  await select(key)
  const signature = bytes(await must(card, size === null ? `802A008033${sha256Info}${hex(digest)}00` : `802A008020${hex(digest)}00`))
  return { certificate: base64(der), signature: base64(size === null ? signature : ecdsaDer(signature, size)) }
}

/** Where the content of the DER value at `at` begins and ends. */
function within(der, at) {
  const first = der[at + 1]
  const more = first < 0x80 ? 0 : first & 0x7f
  const from = at + 2 + more
  return { from, end: from + (more === 0 ? first : Number.parseInt(hex(der.subarray(at + 2, from)), 16)) }
}

/** The AlgorithmIdentifier of a certificate's key: past version, serial, signature, issuer, validity and subject (RFC 5280 4.1). */
function keyOf(der) {
  let { from: at } = within(der, within(der, 0).from)
  for (let i = 0; i < 6; i++) at = within(der, at).end
  const { from, end } = within(der, within(der, at).from)
  return hex(der.subarray(from, end))
}

/** r‖s, as the card answers, to Ecdsa-Sig-Value (RFC 3279 2.2.3). */
function ecdsaDer(signature, size) {
  if (signature.length !== 2 * size) throw new CardTrouble('gone')
  const integer = (part) => {
    const value = hex(part).replace(/^(00)+(?=..)/, '')
    const positive = Number.parseInt(value.slice(0, 2), 16) < 0x80 ? value : `00${value}`
    return `02${length(positive.length / 2)}${positive}`
  }
  const both = integer(signature.subarray(0, size)) + integer(signature.subarray(size))
  return bytes(`30${length(both.length / 2)}${both}`)
}

async function readCertificate(card, select, file) {
  await select(file)
  const head = await must(card, '00B0000004')
  if (!head.startsWith('3082')) throw new CardTrouble('empty')
  const size = 4 + Number.parseInt(head.slice(4), 16)
  let all = ''
  while (all.length < size * 2) {
    const at = all.length / 2
    all += await must(card, `00B0${at.toString(16).padStart(4, '0')}${length(Math.min(240, size - at))}`)
  }
  return bytes(all)
}

// ---------------------------------------------------------------- forms

const field = (form, name) => form.elements.namedItem(name)

function tell(form, name, tries) {
  const text = form.querySelector(`[data-messages] [data-name="${name}"]`)?.textContent ?? ''
  const state = form.querySelector('[data-state]')
  state.textContent = text.replace('{n}', String(tries ?? ''))
  state.dataset.name = name
}

/** What the card signs: the document that the form shows and holds, or what its page answers for what is chosen now, with the fields that go along. */
async function textOf(form) {
  if (form.dataset.draft === undefined) return { text: field(form, 'document').value }
  const drafted = await fetch(form.dataset.draft, { method: 'POST', body: new URLSearchParams(new FormData(form)) })
  return drafted.ok ? drafted.json() : { text: null }
}

async function run(form, submitter) {
  const pin = form.querySelector('[data-pin]')
  const name = form.dataset.reader ?? form.querySelector('[data-cards]')?.value ?? ''
  if (name === '' || form.dataset.door === undefined) return tell(form, 'none')
  if (pin.value === '') {
    tell(form, 'pin')
    return pin.focus()
  }
  form.setAttribute('aria-busy', 'true')
  tell(form, 'working')
  let card = null
  try {
    const { text, ...rest } = await textOf(form)
    if (text === null) throw new CardTrouble('refused')
    card = await cardAt(form.dataset.door, name)
    const kind = form.dataset.card
    const signed = await signWith(card, kind, kind === 'sign' ? pin.value.toUpperCase() : pin.value, text)
    field(form, 'certificate').value = signed.certificate
    field(form, 'signature').value = signed.signature
    for (const [name, value] of Object.entries(rest)) field(form, name).value = value
    if (submitter?.name) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: submitter.name, value: submitter.value }))
    pin.value = ''
    form.submit()
  } catch (trouble) {
    tell(form, trouble instanceof CardTrouble ? trouble.text : 'gone', trouble.tries)
    pin.value = ''
    pin.focus()
    form.removeAttribute('aria-busy')
  } finally {
    if (card !== null) await card.end()
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target
  const { submitter } = event
  if (form.dataset.card === undefined || submitter?.hasAttribute('data-plain')) return
  event.preventDefault()
  if (form.getAttribute('aria-busy') !== 'true') run(form, submitter)
})
// A page that comes back from the browser's memory starts anew.
addEventListener('pageshow', () => document.querySelectorAll('[data-card]').forEach((form) => form.removeAttribute('aria-busy')))
