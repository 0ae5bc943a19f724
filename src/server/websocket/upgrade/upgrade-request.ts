/** What a request to become a WebSocket says, as far as its calls inherit it. */

/** Connection stays: it may name further headers that end here. */
const HOP = new Set(['upgrade', 'host', 'content-length'])
const ABOUT_THE_SOCKET = /^sec-websocket-/

/** A beta of the socket itself means nothing to an upstream that is asked over HTTP. */
const SOCKET_BETA = /^responses_websockets=/

/** The headers that its calls are made with, names and values in turn. */
export const toCallHeaders = (rawHeaders: readonly string[]): string[] => {
  const headers: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (HOP.has(name) || ABOUT_THE_SOCKET.test(name)) continue
    const value = rawHeaders[at + 1] ?? ''
    if (name !== 'openai-beta') headers.push(name, value)
    else {
      const betas = value.split(',').map((beta) => beta.trim())
      const kept = betas.filter((beta) => !SOCKET_BETA.test(beta))
      if (kept.length > 0) headers.push(name, kept.join(', '))
    }
  }
  return headers
}

/** Sub-protocols that carry who is calling. */
const CARRIER = /^openai-(?:insecure-api-key|organization|project)\./

/** The sub-protocol that is spoken: never one with a key in it, unless the client offers nothing else. */
export const chooseProtocol = (offered: ReadonlySet<string>): string | false => {
  for (const protocol of offered) if (!CARRIER.test(protocol)) return protocol
  return [...offered][0] ?? false
}
