/** The credentials that a call carries. Claude Code can send two, so there may be several. */

export interface CredentialHeaders {
  readonly 'x-api-key'?: string | string[] | undefined
  readonly 'x-goog-api-key'?: string | string[] | undefined
  readonly authorization?: string | undefined
  readonly 'sec-websocket-protocol'?: string | undefined
}

const BEARER = /^Bearer +(\S.*)$/i

/** A page cannot set a header of its WebSocket; it offers its key as the name of a sub-protocol. */
const KEY_PROTOCOL = /^openai-insecure-api-key\.(.+)$/

/** In the order in which they count. */
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

/** Beyond ASCII, some clients write UTF-8 into a header and some Latin-1; Node reads both as the latter. */
const spellingsOf = (key: string): string[] =>
  ASCII.test(key) ? [key] : [Buffer.from(key, 'latin1').toString(), key]
