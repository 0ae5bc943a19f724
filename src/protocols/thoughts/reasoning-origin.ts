/** Names the provider of unsigned thoughts, in the field for the signature. */

const PREFIX = 'sluice.'

/** The signature of thoughts from a provider that does not sign them. */
export const foreignSignature = (provider: string, id: string): string =>
  `${PREFIX}${provider}.${id.replaceAll(/[.~]/g, '-')}`

/** The provider that such a signature names; undefined if a vendor signed, or nobody. */
export const originOf = (signature: string): string | undefined => {
  if (!signature.startsWith(PREFIX)) return undefined
  // A provider's name may contain dots; the id after it does not.
  const end = signature.lastIndexOf('.')
  return end < PREFIX.length ? undefined : signature.slice(PREFIX.length, end)
}

const SEAL = '~'

/** The signature of thoughts that must return to their provider with a payload of its own. */
export const sealedSignature = (provider: string, payload: string): string =>
  `${PREFIX}${provider}.${SEAL}${Buffer.from(payload).toString('base64url')}`

/** The exact payload; undefined if there is none. */
export const sealedPayload = (signature: string): string | undefined => {
  if (originOf(signature) === undefined) return undefined
  const sealed = signature.slice(signature.lastIndexOf('.') + 1)
  return sealed.startsWith(SEAL)
    ? Buffer.from(sealed.slice(SEAL.length), 'base64url').toString('utf8')
    : undefined
}
