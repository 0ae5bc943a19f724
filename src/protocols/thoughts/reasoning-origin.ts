/** Names the provider of thoughts that no vendor signed, in the place where a signature stands. */

const PREFIX = 'sluice.'

/** Stands as the signature of thoughts from a provider that does not sign them. */
export const foreignSignature = (provider: string, id: string): string =>
  `${PREFIX}${provider}.${id.replaceAll(/[.~]/g, '-')}`

/** The provider that such a signature names; undefined where a vendor signed, or nobody. */
export const originOf = (signature: string): string | undefined => {
  if (!signature.startsWith(PREFIX)) return undefined
  // A provider's name may hold dots; the id after it holds none.
  const end = signature.lastIndexOf('.')
  return end < PREFIX.length ? undefined : signature.slice(PREFIX.length, end)
}

const SEAL = '~'

/** Stands as the signature of thoughts whose provider asks for something of its own back. */
export const sealedSignature = (provider: string, payload: string): string =>
  `${PREFIX}${provider}.${SEAL}${Buffer.from(payload).toString('base64url')}`

/** What is in it, to the byte; undefined where nothing is. */
export const sealedPayload = (signature: string): string | undefined => {
  if (originOf(signature) === undefined) return undefined
  const sealed = signature.slice(signature.lastIndexOf('.') + 1)
  return sealed.startsWith(SEAL)
    ? Buffer.from(sealed.slice(SEAL.length), 'base64url').toString('utf8')
    : undefined
}
