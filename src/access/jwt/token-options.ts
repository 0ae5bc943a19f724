/** Tokens that are admitted as well as keys. */

export const TOKEN_ALGORITHMS = ['HS256', 'RS256', 'ES256'] as const

export interface TokenOptions {
  readonly algorithms: readonly (typeof TOKEN_ALGORITHMS)[number][]
  readonly issuer: string
  /** A token must be for one of these. */
  readonly audience: readonly string[]
  readonly verifiedBy: TokenKey
}

export type TokenKey =
  | { readonly secret: string }
  /** PEM. */
  | { readonly publicKey: string }
  | { readonly jwksUrl: string }

/** Fetches a small text within a deadline. Rejects for any status but 200. */
export type FetchText = (
  url: string,
  bounds: { readonly withinMs: number; readonly maxBytes: number },
) => Promise<string>
