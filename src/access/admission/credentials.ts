/** Finds the credentials in a call. There may be several: Claude Code can send two. */

export interface CredentialHeaders {
  readonly 'x-api-key'?: string | string[] | undefined
  readonly 'x-goog-api-key'?: string | string[] | undefined
  readonly authorization?: string | undefined
  readonly 'sec-websocket-protocol'?: string | undefined
}

const BEARER = /^Bearer +(\S.*)$/i

/** A page cannot set a header of its WebSocket, so it offers its key as the name of a sub-protocol. */
const KEY_PROTOCOL = /^openai-insecure-api-key\.(.+)$/

/** In order of precedence. */
export const presentedKeys = (headers: CredentialHeaders): string[] => {
  const keys: string[] = []
  for (const header of [headers['x-api-key'], headers['x-goog-api-key']])
    if (typeof header === 'string' && header !== '') keys.push(...spellingsOf(header))
  const bearer = headers.authorization && BEARER.exec(headers.authorization)?.[1]
  if (bearer) keys.push(...spellingsOf(bearer.trimEnd()))
  for (const offered of headers['sec-websocket-protocol']?.split(',') ?? []) {
    const key = KEY_PROTOCOL.exec(offered.trim())?.[1]
    if (key) keys.push(...spellingsOf(key))
  }
  return keys
}

const ASCII = /^[\x20-\x7e]*$/

/** Some clients write non-ASCII headers in UTF-8, and some in Latin-1. Node reads both as Latin-1. */
const spellingsOf = (key: string): string[] =>
  ASCII.test(key) ? [key] : [Buffer.from(key, 'latin1').toString(), key]
