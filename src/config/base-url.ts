/** Validates the address of a provider. */

/** What is wrong with the address, or undefined. Never quotes it: it may hold a password. */
export const baseUrlFault = (text: string): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return 'must be an http:// or https:// URL'
  if (url.username || url.password) return 'must not hold a user name or a password'
  if (url.search || url.hash) return 'must end with its path'
  return undefined
}
