/** How a secret may be written inside other text. */

/** Escaped text inside escaped text has twice as many backslashes; nobody goes deeper than this. */
const BACKSLASHES = String.raw`\\{1,8}`
const PERHAPS_BACKSLASHES = String.raw`\\{0,8}`

/** Of fewer bytes base64 is too short to be told from any word. */
const MIN_BASE64_BYTES = 8

const escapeRegExp = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/** As it is, and as a header has it, where each byte is a character. */
const toPlain = (secret: string): string[] => [
  ...new Set([secret, Buffer.from(secret).toString('latin1')]),
]

/** Behind one backslash these are no letters but an escape: `\n` and what follows is no secret. */
const notEscaped = (first: string): string =>
  /[bfnrtu]/.test(first) ? String.raw`(?<!(?<!\\)\\)` : ''

/** Whatever may stand before and behind it in what was encoded: three places of its first byte, two alphabets. */
const toBase64 = (secret: string): string[] => {
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

/** One character, plain or escaped as JSON or as a URL may have it. */
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

/** Longest first, since one secret may be inside another. */
const toAlternatives = (spellings: readonly string[]): string =>
  [...new Set(spellings)].toSorted((a, b) => b.length - a.length).join('|')

/** The spellings that are found fast, because every character is known. */
export const toPlainPattern = (secrets: readonly string[]): RegExp =>
  new RegExp(
    toAlternatives(
      secrets
        .flatMap((secret) => [...toPlain(secret), JSON.stringify(secret).slice(1, -1)])
        .map((spelling) => notEscaped(spelling) + escapeRegExp(spelling)),
    ),
    'g',
  )

/** Base64 of them, alone or inside more. */
export const toBase64Pattern = (secrets: readonly string[]): RegExp | undefined => {
  const spellings = secrets.flatMap(toBase64)
  return spellings.length === 0
    ? undefined
    : new RegExp(toAlternatives(spellings.map(escapeRegExp)), 'g')
}

/** Any mixture of plain and escaped characters. Worth a search only where one of `ESCAPES` is in the text. */
export const toEscapedPattern = (secrets: readonly string[]): RegExp =>
  new RegExp(
    toAlternatives(
      secrets
        .flatMap(toPlain)
        // Character by character as UTF-16 has them: that is how JSON escapes them.
        .map((secret) => secret.split('').map(toCharacterPattern).join('')),
    ),
    'g',
  )

export const ESCAPES = /[\\%]/
