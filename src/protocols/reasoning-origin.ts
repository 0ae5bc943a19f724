/** Names the provider of thoughts that no vendor signed, in the place where a signature stands. */

const PREFIX = 'sluice.'

/** Stands as the signature of thoughts from a provider that does not sign them. */
export const foreignSignature = (provider: string, id: string): string =>
  `${PREFIX}${provider}.${id.replaceAll('.', '-')}`

/** The provider that such a signature names; undefined where a vendor signed, or nobody. */
export const originOf = (signature: string): string | undefined => {
  if (!signature.startsWith(PREFIX)) return undefined
  // A provider's name may hold dots; the id after it holds none.
  const end = signature.lastIndexOf('.')
  return end < PREFIX.length ? undefined : signature.slice(PREFIX.length, end)
}
