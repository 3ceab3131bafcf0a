/**
 * HTML by construction: whatever is put into a template is escaped, unless a template made it. There is no way to mark a
 * text as safe, so a name with a `<` in it is a name.
 */
export interface Html { readonly text: string }
export type Part = Html | string | number | false | null | undefined | readonly Part[]

/** What a template made; an object of the same shape from elsewhere is escaped. */
const made = new WeakSet<object>()

/** A piece of a page. Values in attributes must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return sealed(strings.reduce((before, string, i) => before + rendered(parts[i - 1]) + string))
}

/** `{同意|どうい}` as ruby where it is asked for, else as 同意. */
export function annotated(text: string, furigana: boolean): Html {
  const pieces = text.split(/(\{[^{}|]+\|[^{}|]+\})/)
  return sealed(pieces.map((piece) => {
    const [, base, reading] = /^\{([^{}|]+)\|([^{}|]+)\}$/.exec(piece) ?? []
    if (base === undefined || reading === undefined) return escaped(piece)
    return furigana ? `<ruby>${escaped(base)}<rp>（</rp><rt>${escaped(reading)}</rt><rp>）</rp></ruby>` : escaped(base)
  }).join(''))
}

/** The same text without any reading, for attributes and titles. */
export const plain = (text: string): string => text.replace(/\{([^{}|]+)\|[^{}|]+\}/g, '$1')

function sealed(text: string): Html {
  const piece: Html = Object.freeze({ text })
  made.add(piece)
  return piece
}

function rendered(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  if (isList(part)) return part.map(rendered).join('')
  return made.has(part) ? part.text : escaped(part.text)
}

const isList = (part: Part): part is readonly Part[] => Array.isArray(part)
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c]!)
