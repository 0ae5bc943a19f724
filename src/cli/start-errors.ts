/** Explains the errors of a start that the operator can fix. */
import { MissingKeys } from '#app'
import { ConfigError } from '#config'

/**
 * The explanation of an error that the operator can fix, or undefined for any other error.
 *
 * @param webSocketPort the separate port for WebSockets, if there is one.
 */
export const toSentences = (
  error: unknown,
  webSocketPort?: number,
): readonly string[] | undefined => {
  if (error instanceof ConfigError || error instanceof MissingKeys) return error.lines
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  const sentence =
    syscall === 'listen' || syscall === 'getaddrinfo' ? LISTEN[code ?? ''] : undefined
  const setting = port !== undefined && port === webSocketPort ? 'WEBSOCKET_PORT' : 'PORT or --port'
  return sentence && [sentence(address ?? 'this host', port ?? 0, setting)]
}

const noSuchAddress = (): string =>
  'The address to listen on is none of this machine: set another with HOST or --host.'

const LISTEN: Readonly<Record<string, (host: string, port: number, setting: string) => string>> = {
  EADDRINUSE: (host, port, setting) =>
    `Port ${port} of ${host} is taken: stop what listens there, or set another with ${setting}.`,
  EACCES: (host, port, setting) =>
    `Port ${port} of ${host} may not be used by this user: set another with ${setting}.`,
  EADDRNOTAVAIL: noSuchAddress,
  ENOTFOUND: noSuchAddress,
  EAI_AGAIN: noSuchAddress,
}
