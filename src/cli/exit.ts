/** How the process ends, and what it says then. */
import { ConfigError } from '#config'

export const EXIT = { fine: 0, crash: 1, misuse: 2 } as const

export const say = (...lines: readonly string[]): void => {
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`)
}

/** The sentences for what the operator can set right; undefined for anything else. */
export const toSentences = (error: unknown): readonly string[] | undefined => {
  if (error instanceof ConfigError) return error.lines
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  const sentence =
    syscall === 'listen' || syscall === 'getaddrinfo' ? LISTEN[code ?? ''] : undefined
  return sentence && [sentence(address ?? 'this host', port ?? 0)]
}

const noSuchAddress = (): string =>
  'The address to listen on is none of this machine: set another with HOST or --host.'

const LISTEN: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} of ${host} is taken: stop what listens there, or set another with PORT or --port.`,
  EACCES: (host, port) =>
    `Port ${port} of ${host} may not be used by this user: set another with PORT or --port.`,
  EADDRNOTAVAIL: noSuchAddress,
  ENOTFOUND: noSuchAddress,
  EAI_AGAIN: noSuchAddress,
}
