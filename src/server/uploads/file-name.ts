/** The parameters of a header, and the name that a client gives a file. */

/** `name=value`, `name="value"`. A quoted value may have escaped quotes. */
const PARAMETER =
  /;[ \t]*([\w!#$%&'*+.^`|~-]{1,64})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([^\s;"]+))[ \t]*/y

export interface HeaderValue {
  /** In lower case. */
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Undefined if it is not written as headers are. Of two parameters of one name there is none. */
export const readHeaderValue = (text: string): HeaderValue | undefined => {
  const end = text.indexOf(';')
  const value = (end === -1 ? text : text.slice(0, end)).trim().toLowerCase()
  const parameters = new Map<string, string>()
  for (let at = end === -1 ? text.length : end; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at
    const found = PARAMETER.exec(text)
    if (!found) return undefined
    const [, name = '', quoted, plain = ''] = found
    const key = name.toLowerCase()
    if (parameters.has(key)) return undefined
    // Browsers of old write the backslashes of a path as they are.
    parameters.set(key, quoted === undefined ? plain : quoted.replaceAll('\\"', '"'))
  }
  return { value, parameters }
}

const MAX_FILE_NAME_CHARACTERS = 255
const NO_NAME = 'file'

// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Without the folders before it, and without what would make it look like another name. */
export const toFileName = (given: string | undefined): string => {
  const last = given?.split(/[/\\]/).at(-1) ?? ''
  const plain = last.toWellFormed().replaceAll(CONTROL, '').trim()
  const name = Array.from(plain).slice(0, MAX_FILE_NAME_CHARACTERS).join('')
  return /^\.*$/.test(name) ? NO_NAME : name
}

/** The file name of a `Content-Disposition`. The one that says how it is encoded counts first. */
export const fileNameOf = (parameters: ReadonlyMap<string, string>): string | undefined =>
  decodeExtended(parameters.get('filename*')) ?? fromBrowser(parameters.get('filename'))

/** `UTF-8'en'na%C3%AFve.txt` */
const decodeExtended = (text: string | undefined): string | undefined => {
  const encoded = /^utf-8'[^']*'(.+)$/i.exec(text ?? '')?.[1]
  return encoded === undefined ? undefined : decodePercent(encoded)
}

/** Browsers escape a quote and the ends of lines, and nothing else. */
const fromBrowser = (text: string | undefined): string | undefined =>
  text?.replaceAll('%22', '"').replaceAll(/%0[ad]/gi, ' ')

/** Undefined if it is not encoded in this way. */
export const decodePercent = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
