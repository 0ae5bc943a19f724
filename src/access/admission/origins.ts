/** Decides which web pages may call. */
import { createWildcard, GatewayError } from '#model'

/** The panels of editors, which have no address of their own. */
export const DEFAULT_ORIGINS: readonly string[] = ['vscode-webview://*']

export type OriginCheck = (origin: string) => boolean

/** `*` matches any run of characters; `*` alone allows every origin. */
export const createOriginCheck = (allowed: readonly string[]): OriginCheck => {
  const patterns = allowed.map((pattern) => createWildcard(pattern.toLowerCase()))
  return (origin) => {
    const asked = origin.toLowerCase()
    return patterns.some((matches) => matches(asked) !== undefined)
  }
}

export const originNotAllowed = (): GatewayError =>
  new GatewayError(
    'forbidden',
    'This origin is not allowed. Add it to CORS_ORIGINS, or to cors_origins in the file.',
  )
