/** Lines that several processes write, in one log: only complete ones, so that none is torn. */
import type { Readable } from 'node:stream'

export const readLines = (stream: Readable, write: (line: string) => void): void => {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const all = rest + text
    let start = 0
    for (let end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', start)) {
      write(all.slice(start, end + 1))
      start = end + 1
    }
    // What a process that is killed has not finished is lost.
    rest = all.slice(start)
  })
  stream.on('error', () => undefined)
}
