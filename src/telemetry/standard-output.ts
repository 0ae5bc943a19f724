/**
 * A log sink on standard output that never blocks: a full disk, a closed pipe or a stalled reader costs log lines,
 * but never a call.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { LogSink, MakeLine } from './log.ts'

/** Several lines per system call, which costs more than all the rest of a log line. */
const BATCH_CHARACTERS = 16 * 1024
const BATCH_MS = 100
/** The estimated length of a line that is not made yet: that of the line of a call. */
const LINE_CHARACTERS = 350

/** How much is buffered while nothing can be written. Lines beyond it are dropped and counted. */
const MAX_HELD_CHARACTERS = 1024 * 1024
/** How many lines may wait to be made. Beyond this number, all of them are made. */
const MOST_UNMADE = 1024

/** The wait after the first failure. It doubles with each further failure. */
const SHORTEST_WAIT_MS = 10
const LONGEST_WAIT_MS = 1_000

/** How long unwritten lines may delay the exit of the process. */
const FLUSH_MS = 2_000
/** A write that takes longer may never return. */
const STUCK_MS = 250

const STANDARD_OUTPUT = 1
const NOTHING = Buffer.alloc(0)

export const createStandardOutput = (): LogSink => {
  const nonBlocking = openNonBlocking()
  const lines = createHeldLines()
  /** The bytes being written. Nothing else is written before them. */
  let writing: Buffer = NOTHING
  let waitMs = SHORTEST_WAIT_MS
  let timer: NodeJS.Timeout | undefined
  /** Writes a full batch, after the other work of this turn of the event loop. */
  let soon: NodeJS.Immediate | undefined
  /** When the thread began a write that may block. */
  let threadSince: number | undefined
  let onThreadFree: (() => void) | undefined
  /** Set by the first flush: the process is about to exit, and waits only once. */
  let flushBy: number | undefined

  const isStuck = (): boolean =>
    threadSince !== undefined && performance.now() - threadSince > STUCK_MS

  const writeLater = (milliseconds: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      writeOut()
    }, milliseconds).unref()
  }

  const writeSoon = (): void => {
    soon ??= setImmediate(() => {
      soon = undefined
      writeOut()
    })
  }

  const hasNext = (): boolean => {
    if (writing.length === 0) writing = lines.take()
    return writing.length > 0
  }

  const wrote = (count: number): void => {
    writing = writing.subarray(count)
    waitMs = SHORTEST_WAIT_MS
  }

  const failed = (): void => {
    writeLater(waitMs)
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
  }

  const writeHere = (descriptor: number): void => {
    while (hasNext()) wrote(writeSync(descriptor, writing))
  }

  const writeInThread = (): void => {
    if (threadSince !== undefined || !hasNext()) return
    threadSince = performance.now()
    write(STANDARD_OUTPUT, writing, (error, count) => {
      threadSince = undefined
      if (error) failed()
      else wrote(count)
      if (onThreadFree) onThreadFree()
      else if (writing.length > 0 && !error) writeInThread()
      else writeLater(BATCH_MS)
    })
  }

  const writeOut = (): void => {
    if (nonBlocking === undefined) return writeInThread()
    try {
      writeHere(nonBlocking)
    } catch {
      failed()
    }
  }

  const flush = (): void => {
    if (isStuck()) return
    // The thread completes its write even while the process exits.
    if (threadSince !== undefined) writing = NOTHING
    flushBy ??= performance.now() + FLUSH_MS
    for (;;)
      try {
        return writeHere(nonBlocking ?? STANDARD_OUTPUT)
      } catch (error) {
        const isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN'
        if (!isFull || performance.now() > flushBy) return
        sleep(SHORTEST_WAIT_MS)
      }
  }

  process.once('exit', () => {
    // Node would wait for its threads for ever.
    if (isStuck()) process.kill(process.pid, 'SIGKILL')
    flush()
  })

  return {
    write(line) {
      lines.add(line)
      if (lines.length >= BATCH_CHARACTERS && writing.length === 0) writeOut()
      else writeLater(BATCH_MS)
    },
    later(make) {
      lines.addUnmade(make)
      if (writing.length > 0 || lines.length < BATCH_CHARACTERS) return writeLater(BATCH_MS)
      // Very many calls may end in one turn of the event loop.
      if (lines.isCrowded) writeOut()
      else writeSoon()
    },
    flush,
    async end() {
      if (threadSince !== undefined)
        await new Promise<void>((resolve) => {
          onThreadFree = resolve
          setTimeout(resolve, FLUSH_MS)
        })
      flush()
    },
  }
}

/**
 * A descriptor of standard output on which a write fails instead of blocking. Undefined for a file, which has no
 * such mode.
 */
const openNonBlocking = (): number | undefined => {
  if (process.platform === 'win32') return undefined
  const output = fstatSync(STANDARD_OUTPUT)
  if (output.isFIFO() || output.isSocket()) {
    // Node makes it non-blocking when it opens the stream.
    void process.stdout
    return STANDARD_OUTPUT
  }
  if (!isatty(STANDARD_OUTPUT)) return undefined
  try {
    return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** Lines that wait to be written, up to a bound. */
const createHeldLines = () => {
  let held = ''
  let lost = 0
  /** These lines follow the held ones. */
  let unmade: MakeLine[] = []

  const hold = (line: string): void => {
    // Once a line is dropped, so are all later ones until the buffer is written: the log has one gap, not many.
    if (lost > 0 || held.length + line.length > MAX_HELD_CHARACTERS) lost++
    else held += line
  }

  const makeAll = (): void => {
    if (unmade.length === 0) return
    const makers = unmade
    unmade = []
    for (const make of makers) hold(make())
  }

  return {
    get length() {
      return held.length + unmade.length * LINE_CHARACTERS
    },
    get isCrowded() {
      return unmade.length >= MOST_UNMADE
    },
    add(line: string): void {
      makeAll()
      hold(line)
    },
    addUnmade(make: MakeLine): void {
      if (unmade.length >= MOST_UNMADE) makeAll()
      unmade.push(make)
    },
    take(): Buffer {
      makeAll()
      const taken = held
      held = ''
      if (taken !== '' || lost === 0) return Buffer.from(taken)
      const count = lost
      lost = 0
      return Buffer.from(toLossLine(count))
    },
  }
}

/** In the format of the log itself, at the level of a warning. */
const toLossLine = (lost: number): string =>
  `${JSON.stringify({ level: 40, time: Date.now(), lost, msg: 'log lines were lost: standard output could not be written' })}\n`

const sleep = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
