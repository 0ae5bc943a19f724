/** A reader that comes back to where it was, whatever happens to its connection. */
import { type Connection, openEvents, openSocket } from './connection.ts'
import type { Door } from './doors.ts'
import type { Fold, Line } from './folds.ts'

export interface Reader {
  readonly door: Door
  /** Vanishes after so many more bytes, and comes back later. */
  drop(afterBytes: number, backAfterMs: number): void
  freeze(milliseconds: number): void
  /** False: it is not connected, or its door takes no commands. */
  send(frame: object): boolean
  /** Sends the beginning of a frame, and vanishes. */
  breakOff(backAfterMs: number): void
  read(): { readonly lines: readonly Line[]; readonly faults: readonly string[] }
  readonly position: () => string | undefined
  close(): void
}

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
  const fold: Fold = door.createFold()
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

  return {
    door,
    drop(afterBytes, backAfterMs) {
      backAfter = backAfterMs
      connection?.wire.cutAfter(afterBytes)
    },
    freeze: (milliseconds) => connection?.wire.freeze(milliseconds),
    send(frame) {
      if (!connection?.send) return false
      connection.send(frame)
      return true
    },
    breakOff(backAfterMs) {
      backAfter = backAfterMs
      const { socket } = connection?.wire ?? {}
      socket?.write(HALF_FRAME, () => socket.destroy())
    },
    read() {
      const { lines, faults: wrong } = fold.read()
      return { lines, faults: [...faults, ...wrong] }
    },
    position: fold.position,
    close() {
      isWanted = false
      clearTimeout(timer)
      connection?.wire.cutAfter(0)
    },
  }
}
