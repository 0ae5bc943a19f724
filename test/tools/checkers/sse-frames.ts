/** Splits a recorded event stream into its events, strictly, and has a protocol's judge look at each. */

export interface Frame {
  event: string | null
  data: string | null
  /** The parsed data; undefined where it is not JSON, as in `[DONE]`. */
  json: unknown
  faults: string[]
}

/** Rules of one protocol for a complete stream: what each event violates, and what is missing at its end. */
export interface Judge {
  push(frame: Frame): string[]
  end(): string[]
  isError(frame: Frame): boolean
}

export interface StreamExpectation {
  /** A relayed stream was cut off inside an event: it may be incomplete directly before the error. */
  halfEventBeforeError?: boolean | undefined
}

export const DONE = '[DONE]'

const LF = 0x0a
const CR = 0x0d

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decodeLine = (bytes: Buffer) => {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

const emptyFrame = (): Frame => ({ event: null, data: null, json: undefined, faults: [] })

const isEmpty = ({ event, data, faults }: Frame) =>
  event === null && data === null && faults.length === 0

const readLine = (frame: Frame, bytes: Buffer) => {
  const line = decodeLine(bytes)
  if (line === null) return void frame.faults.push('a line is not valid UTF-8')
  if (line.includes('\r')) frame.faults.push('a line holds a bare carriage return')
  if (line.startsWith(':')) return
  const colon = line.indexOf(':')
  if (colon < 0) return void frame.faults.push(`the line '${line.slice(0, 40)}' has no colon`)
  const field = line.slice(0, colon)
  const value = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
  if (field === 'data') frame.data = frame.data === null ? value : `${frame.data}\n${value}`
  else if (field !== 'event') frame.faults.push(`the field '${field}' is not event or data`)
  else if (frame.event === null) frame.event = value
  else frame.faults.push('an event has two event: lines')
}

const finishFrame = (frame: Frame) => {
  if (frame.faults.length > 0) return frame
  if (frame.data === null) frame.faults.push('an event: line has no data: line')
  else if (frame.data !== DONE) {
    try {
      frame.json = JSON.parse(frame.data)
    } catch {
      frame.faults.push('the data is not JSON')
    }
  }
  return frame
}

/** What is wrong with the event: line of an event, where each has one that repeats its type. */
export const judgeName = ({ event }: Frame, type: string): string[] => {
  if (event === null) return [`a ${type} has no event: line`]
  return event === type ? [] : [`the event: line says '${event}', the type '${type}'`]
}

/** Every event of the stream; comments and blank lines between events leave no trace. */
const readFrames = (bytes: Buffer): Frame[] => {
  const frames: Frame[] = []
  let frame = emptyFrame()
  let start = 0
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
    const line = bytes.subarray(start, end > start && bytes[end - 1] === CR ? end - 1 : end)
    start = end + 1
    if (line.length > 0) readLine(frame, line)
    else {
      if (!isEmpty(frame)) frames.push(finishFrame(frame))
      frame = emptyFrame()
    }
  }
  if (start < bytes.length || !isEmpty(frame)) {
    frame.faults.push('the last event is not ended by a blank line')
    frames.push(frame)
  }
  return frames
}

/** The violations of the first event that has any: what follows a broken event cannot be judged. */
export const judgeStream = (bytes: Buffer, judge: Judge, expect: StreamExpectation): string[] => {
  const frames = readFrames(bytes)
  const last = frames.at(-1)
  for (const [place, frame] of frames.entries()) {
    const isHalf =
      frame.faults.length > 0 && place === frames.length - 2 && last && judge.isError(last)
    if (isHalf && expect.halfEventBeforeError) continue
    const violations = frame.faults.length > 0 ? frame.faults : judge.push(frame)
    if (violations.length > 0) return violations.map((text) => `event ${place + 1}: ${text}`)
  }
  return judge.end()
}
