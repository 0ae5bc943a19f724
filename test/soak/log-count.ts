/** Counts the calls that the log has, and finds the lines that no call may cause. */
import type { Readable } from 'node:stream'

export interface LogCount {
  readonly calls: () => number
  readonly faults: () => readonly string[]
}

const CALL = '"msg":"call"}'
/** Of pino: an error, or worse. */
const ERROR = /^\{"level":[56]0/
const SHOWN = 10

export const countLog = (stream: Readable): LogCount => {
  let rest = ''
  let calls = 0
  const faults: string[] = []
  const read = (line: string) => {
    if (line.endsWith(CALL)) calls++
    if (ERROR.test(line) || line.includes('"outcome":"internal"')) faults.push(line)
  }
  stream.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) read(line)
  })
  return {
    calls: () => calls,
    faults: () => faults.slice(0, SHOWN).map((line) => `the log: ${line.slice(0, 500)}`),
  }
}
