/** The ways in which a secret may be written inside other text. */

/** Each level of escaping doubles the backslashes. This covers three levels. */
const BACKSLASHES = String.raw`\\{1,8}`
const PERHAPS_BACKSLASHES = String.raw`\\{0,8}`

/** The base64 of fewer bytes is too short to be distinguished from a word. */
const MIN_BASE64_BYTES = 8

const escapeRegExp = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/** As text, and as Node reads it from a header: one character per byte. */
export const toPlain = (secret: string): string[] => [
  ...new Set([secret, Buffer.from(secret).toString('latin1')]),
]

/** After a single backslash these letters are an escape, as `n` is in a line feed, and not part of a secret. */
const notEscaped = (first: string): string =>
  /[bfnrtu]/.test(first) ? String.raw`(?<!(?<!\\)\\)` : ''

/** The same, for the place of a match. */
export const isEscaped = (text: string, at: number): boolean =>
  /[bfnrtu]/.test(text[at] ?? '') && text[at - 1] === '\\' && text[at - 2] !== '\\'

/** Without unknown characters. */
export const toWritten = (secret: string): string[] => [
  ...toPlain(secret),
  JSON.stringify(secret).slice(1, -1),
]

/** Base64 depends on what surrounds the secret: three alignments of its first byte, in two alphabets. */
export const toBase64 = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  if (bytes.length < MIN_BASE64_BYTES) return []
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
    const start = Math.ceil((offset * 8) / 6)
    const end = Math.floor((shifted.length * 8) / 6)
    return (['base64', 'base64url'] as const).map((alphabet) =>
      shifted.toString(alphabet).slice(start, end),
    )
  })
}

const anyCase = (hex: string): string =>
  hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)

const toHex = (code: number, digits: number): string =>
  anyCase(code.toString(16).padStart(digits, '0'))

/** One character: plain, or escaped as in JSON or in a URL. */
const toCharacterPattern = (character: string): string => {
  const code = character.charCodeAt(0)
  const needsEscape = /["\\/]/.test(character)
  const plain =
    character === '\\'
      ? BACKSLASHES
      : `${needsEscape ? PERHAPS_BACKSLASHES : ''}${escapeRegExp(character)}`
  const percent = [...Buffer.from(character)].map((byte) => `%${toHex(byte, 2)}`).join('')
  return `(?:${plain}|${BACKSLASHES}u${toHex(code, 4)}|${percent})`
}

/** Longest first, since one secret may contain another. */
const toAlternatives = (spellings: readonly string[]): string =>
  [...new Set(spellings)].toSorted((a, b) => b.length - a.length).join('|')

/** The spellings without unknown characters, which are found fast. */
export const toPlainPattern = (secrets: readonly string[]): RegExp =>
  new RegExp(
    toAlternatives(
      secrets.flatMap(toWritten).map((spelling) => notEscaped(spelling) + escapeRegExp(spelling)),
    ),
    'g',
  )

/** The base64 of the secrets, alone or inside longer base64. */
export const toBase64Pattern = (secrets: readonly string[]): RegExp | undefined => {
  const spellings = secrets.flatMap(toBase64)
  return spellings.length === 0
    ? undefined
    : new RegExp(toAlternatives(spellings.map(escapeRegExp)), 'g')
}

/** Any mixture of plain and escaped characters. Only needed for text that contains one of `ESCAPES`. */
export const toEscapedPattern = (secrets: readonly string[]): RegExp =>
  new RegExp(
    toAlternatives(
      secrets
        .flatMap(toPlain)
        // By UTF-16 unit, because JSON escapes each unit.
        .map((secret) => secret.split('').map(toCharacterPattern).join('')),
    ),
    'g',
  )

export const ESCAPES = /[\\%]/
