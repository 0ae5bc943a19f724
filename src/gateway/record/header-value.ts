/** Makes a header value from a name that a client sent, which may contain characters that are not allowed there. */

const MAX_CHARACTERS = 256
const MAX_NAMES = 32

export const toHeaderValue = (name: string): string =>
  /^[\x21-\x7e]{1,256}$/.test(name)
    ? name
    : encodeURIComponent(name.slice(0, MAX_CHARACTERS).toWellFormed())

const toHeaderList = (names: readonly string[]): string => {
  const shown = names.slice(0, MAX_NAMES).map(toHeaderValue)
  return [...shown, ...(names.length > shown.length ? ['...'] : [])].join(', ')
}

/** A header with a list of names, or none if the list is empty. */
export const toListHeader = (header: string, names: readonly string[]): readonly string[] =>
  names.length > 0 ? [header, toHeaderList(names)] : []
