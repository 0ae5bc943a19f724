/** A reader that comes back to where it was, whatever happens to its connection. */
import { type Connection, openEvents, openSocket } from './connection.ts'
import type { Door } from './doors.ts'
import { type LogAtRest, withoutRepeats } from './folds.ts'
import type { Reader } from './participant.ts'

export interface ReaderOptions {
  readonly door: Door
  readonly sessionId: string
  /** Undefined while nobody is there to answer. */
  readonly url: () => string | undefined
  /** From where it reads at first. Undefined: it is told what was before. */
  readonly from: string | undefined
}

const AGAIN_MS = 25
/** A masked text frame of 126 bytes or more, of which little comes. */
const HALF_FRAME = Buffer.from([0x81, 0xfe, 0x01, 0x00, 1, 2, 3, 4, 0x7a, 0x20])

export const openReader = ({ door, sessionId, url, from }: ReaderOptions): Reader => {
  let mayRepeat = false
  const fold = withoutRepeats(door.createFold(), () => mayRepeat)
  const faults: string[] = []
  let connection: Connection | undefined
  let isWanted = true
  let timer: NodeJS.Timeout | undefined
  let backAfter = AGAIN_MS

  const comeBack = (): void => {
    clearTimeout(timer)
    if (isWanted) timer = setTimeout(connect, backAfter)
    backAfter = AGAIN_MS
  }
  const connect = (): void => {
    const at = url()
    if (at === undefined) return comeBack()
    const position = fold.position() ?? from
    const path = door.toPath(sessionId)
    const query =
      position === undefined ? '' : `${path.includes('?') ? '&' : '?'}position=${position}`
    let isOver = false
    const listener = {
      onText(text: string) {
        if (isWanted && !isOver) fold.take(text)
      },
      onEnd(why?: string) {
        if (isOver) return
        isOver = true
        connection = undefined
        if (why !== undefined) faults.push(why)
        comeBack()
      },
    }
    connection = (door.isSocket ? openSocket : openEvents)(at, path + query, listener)
  }
  connect()

  const read = () => {
    const { lines, faults: wrong } = fold.read()
    return { lines, faults: [...faults, ...wrong] }
  }
  const differs = ({ branch }: LogAtRest): readonly string[] => {
    const { lines, faults: wrong } = read()
    const expected = door.expect(branch)
    if (wrong.length > 0) return wrong
    if (JSON.stringify(lines) === JSON.stringify(expected)) return []
    return [
      `it is at ${fold.position()}`,
      ...expected.filter((line) => !lines.includes(line)).map((line) => `  it lacks ${line}`),
      ...lines.filter((line) => !expected.includes(line)).map((line) => `  it has ${line}`),
      ...(lines.length === expected.length ? ['  or in another order'] : []),
    ]
  }

  return {
    name: door.name,
    differs,
    isBroken: () => read().faults.length > 0,
    drop(afterBytes, backAfterMs) {
      backAfter = backAfterMs
      connection?.wire.cutAfter(afterBytes)
    },
    freeze: (milliseconds) => connection?.wire.freeze(milliseconds),
    send(frame, isRepeatable = false) {
      if (!connection?.send) return false
      mayRepeat ||= isRepeatable
      connection.send(JSON.stringify(frame))
      return true
    },
    ask: () => false,
    breakOff(backAfterMs) {
      backAfter = backAfterMs
      const { socket } = connection?.wire ?? {}
      socket?.write(HALF_FRAME, () => socket.destroy())
    },
    close() {
      isWanted = false
      clearTimeout(timer)
      connection?.wire.cutAfter(0)
    },
  }
}
