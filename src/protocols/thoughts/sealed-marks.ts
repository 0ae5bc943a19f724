/** Marks of what is sealed, in lists of ids. No id has a space in it. */

const PREFIX = 'sealed '

export const toMark = (hash: string): string => PREFIX + hash.slice(0, 32)

export const isSealedMark = (id: string): boolean => id.startsWith(PREFIX)
