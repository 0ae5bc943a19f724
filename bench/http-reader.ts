/** Reads HTTP/1.1 messages off a socket: just enough, and cheap enough, for two ends that trust each other. */
export type MessageHandlers = {
  head(head: string): void
  body(bytes: Buffer): void
  end(): void
}

const END_OF_HEAD = '\r\n\r\n'
const CR_LF = 2

/** Returns a function that takes the socket's bytes as they come and names what it finds in them. */
export const createHttpReader = (handlers: MessageHandlers): ((bytes: Buffer) => void) => {
  let state: 'head' | 'counted' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' = 'head'
  let pending: Buffer | undefined
  let line = ''
  let remaining = 0

  const finish = () => {
    state = 'head'
    handlers.end()
  }

  const readHead = (bytes: Buffer, from: number): number => {
    const all = pending ? Buffer.concat([pending, bytes.subarray(from)]) : bytes.subarray(from)
    const end = all.indexOf(END_OF_HEAD, 0, 'latin1')
    if (end < 0) {
      pending = all
      return bytes.length
    }
    const consumed = end + END_OF_HEAD.length - (pending?.length ?? 0)
    pending = undefined
    const head = all.toString('latin1', 0, end)
    handlers.head(head)
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) state = 'chunk-size'
    else {
      remaining = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (remaining > 0) state = 'counted'
      else finish()
    }
    return from + consumed
  }

  const readBody = (bytes: Buffer, from: number): number => {
    const to = Math.min(bytes.length, from + remaining)
    remaining -= to - from
    handlers.body(bytes.subarray(from, to))
    return to
  }

  /** Takes one line, or the part of it that has come; a whole one is left in `line`. */
  const readLine = (bytes: Buffer, from: number): [at: number, whole: boolean] => {
    const end = bytes.indexOf(10, from)
    line += bytes.toString('latin1', from, end < 0 ? bytes.length : end)
    return end < 0 ? [bytes.length, false] : [end + 1, true]
  }

  const step = (bytes: Buffer, from: number): number => {
    if (state === 'head') return readHead(bytes, from)
    if (state === 'counted' || state === 'chunk') {
      const at = readBody(bytes, from)
      if (remaining > 0) return at
      if (state === 'counted') finish()
      else [state, remaining] = ['chunk-end', CR_LF]
      return at
    }
    if (state === 'chunk-end') {
      const skipped = Math.min(remaining, bytes.length - from)
      remaining -= skipped
      if (remaining === 0) state = 'chunk-size'
      return from + skipped
    }
    const [at, whole] = readLine(bytes, from)
    if (!whole) return at
    if (state === 'chunk-size') {
      remaining = Number.parseInt(line, 16)
      state = remaining > 0 ? 'chunk' : 'trailer'
    } else if (line.trim() === '') finish()
    line = ''
    return at
  }

  return (bytes) => {
    for (let at = 0; at < bytes.length;) at = step(bytes, at)
  }
}
