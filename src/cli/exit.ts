/** How the process exits, and what it prints. */
export const EXIT = { fine: 0, crash: 1, findings: 1, misuse: 2 } as const

/** For how long connections that are idle may still bring a call after a signal to stop. */
export const GRACE_MS = 500

export const say = (...lines: readonly string[]): void => {
  if (lines.length > 0) write(process.stderr, lines.join('\n'))
}

/** Prints the result of a command. */
export const print = (text: string): void => write(process.stdout, text)

const write = (stream: NodeJS.WriteStream, text: string): void => {
  // The reader may be gone, or its disk full: that must not end the process.
  if (stream.listenerCount('error') === 0) stream.on('error', () => undefined)
  stream.write(`${text}\n`)
}
