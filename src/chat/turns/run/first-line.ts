/** The title of a session until it gets a better one: the first line of what its user wrote. */
const MAX_TITLE_CHARACTERS = 80

/** Null if there is no text. */
export const toFirstLine = (content: string): string | null => {
  const line = content
    .split('\n', 20)
    .map((each) => each.trim())
    .find((each) => each !== '')
  if (line === undefined) return null
  const characters = Array.from(line.slice(0, MAX_TITLE_CHARACTERS * 2))
  return characters.slice(0, MAX_TITLE_CHARACTERS).join('')
}
