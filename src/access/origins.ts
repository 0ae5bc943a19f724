/** Which web pages may call. */

/** Pages of an editor's own panels; they have no address of their own. */
export const DEFAULT_ORIGINS: readonly string[] = ['vscode-webview://*']

export type OriginCheck = (origin: string) => boolean

/** `*` stands for any run of characters, alone for every origin. */
export const createOriginCheck = (allowed: readonly string[]): OriginCheck => {
  const patterns = allowed.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((piece) => piece.replace(/[.+?^${}()|[\]\\/]/g, String.raw`\$&`))
          .join('.*')}$`,
        'i',
      ),
  )
  return (origin) => patterns.some((pattern) => pattern.test(origin))
}
