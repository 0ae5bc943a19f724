/** The headers and sub-protocols of an upgrade request, as far as its calls inherit them. */

/** `connection` is kept, because it may name more headers that end at this hop. */
const HOP = new Set(['upgrade', 'host', 'content-length'])
const ABOUT_THE_SOCKET = /^sec-websocket-/

/** A beta feature of the socket means nothing to an upstream that is called over HTTP. */
const SOCKET_BETA = /^responses_websockets=/

/** The headers for its calls, as alternating names and values. */
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

/** Sub-protocols that carry credentials. */
const CARRIER = /^openai-(?:insecure-api-key|organization|project)\./

/** Chooses the sub-protocol: never one that contains a key, unless the client offers nothing else. */
export const chooseProtocol = (offered: ReadonlySet<string>): string | false => {
  for (const protocol of offered) if (!CARRIER.test(protocol)) return protocol
  return [...offered][0] ?? false
}
