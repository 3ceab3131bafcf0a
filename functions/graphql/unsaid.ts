/**
 * What a client sent is not repeated to it: messages of GraphQL's own quote values, and messages end in logs, consoles and
 * tickets of partners. Where and why is told; the value is not. Names that stand in a document are kept: a document is a
 * program, and its author looks for the misspelt one.
 */
const word = String.raw`"[\w$.[\]!]+"`
const rules: readonly (readonly [RegExp, string])[] = [
  // Of a variable: the value, up to where in it.
  [new RegExp(`^(Variable ${word}) got invalid value [^]*( at ${word}); `), '$1 got an invalid value$2; '],
  [/^(Variable "\$\w+") got invalid value [^]*?; (?=(?:Value|Field|Expected|Exactly|Enum|[A-Z]\w+ cannot represent|A |An |Text |The )[^;]*$)/, '$1 got an invalid value; '],
  [/^(Variable "\$\w+") got invalid value [^]*$/, '$1 got an invalid value.'],
  // Of a value in the document, and the reasons of either.
  [/(Expected value of type "[\w[\]!]+"), found [^]*?(; (?=[A-Z])|\.$)/, '$1$2'],
  [/Value "[^]*" does not exist in ("\w+") enum\.[^]*$/, 'The value does not exist in $1 enum.'],
  [/Field "[^]*" is not defined by type ("\w+")\.[^]*$/, 'A field is not defined by type $1.'],
  [/((?:Enum )?"?\w+"? cannot represent (?:a |an )?(?:non[ -][\w -]+ )?value): [^]*$/, '$1.'],
  [/(Enum "\w+" cannot represent [\w -]+): [^]*$/, '$1.'],
  [/(\w+ cannot represent [\w -]+): [^]*$/, '$1.'],
  [/^(Syntax Error: [^"]*\b(?:String|BlockString|Comment|Int|Float)) "[^]*$/, '$1.'],
]

/** Longer than any message about names that a person wrote; the rules read a message several times over. */
const longest = 1_000

export const unsaid = (message: string): string =>
  message.length > longest ? 'A name or a value is wrong, and too long to be repeated.' : rules.reduce((text, [quoted, kept]) => text.replace(quoted, kept), message)
