/** Reads the frames that every door in JSON has, and gives the others to the rules of its dialect. */
import { count, filled, isRecord, list, oneOf, record, type Shape, text } from '../shape.ts'
import {
  createTranscript,
  type Entry,
  type EntryStatus,
  type Folded,
  type Rules,
  type Stamp,
  type Step,
} from './transcript.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface FrameRule {
  readonly shape: Shape
  readonly toStep: (frame: Fields) => Step
  /** It is an event of the log, and has its place there. */
  readonly stamped?: boolean
}

export interface JsonDoor extends Rules {
  readonly frames: Readonly<Record<string, FrameRule>>
  /** Clients of this dialect ignore events that they do not know. */
  readonly ignoresUnknown?: boolean
}

export interface DoorReader {
  take(text: string): void
  read(): Folded
}

export const runOf = (frame: Fields): string => String(frame['run_id'])

const STATUSES: Readonly<Record<string, EntryStatus>> = {
  running: 'open',
  queued: 'open',
  done: 'done',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  failed: 'failed',
}

export const statusOf = (frame: Fields): EntryStatus =>
  STATUSES[String(frame['status'])] ?? 'failed'

const toEntry = (message: Fields): Entry => ({
  role: message['role'] === 'user' ? 'user' : 'assistant',
  ...(typeof message['run_id'] === 'string' && { run: message['run_id'] }),
  text: String(message['content']),
  status: statusOf(message),
})

export const toEntries = (messages: unknown): readonly Entry[] =>
  Array.isArray(messages) ? messages.filter(isRecord).map(toEntry) : []

const message = record({
  message_id: filled,
  role: oneOf('user', 'assistant'),
  content: text,
  parts: list(),
  status: oneOf(...Object.keys(STATUSES)),
  created_at: filled,
})

const COMMON: Readonly<Record<string, FrameRule>> = {
  rewind: {
    shape: record({ to: filled }),
    toStep: ({ to }) => ({ kind: 'rewind', to: String(to) }),
  },
  snapshot: {
    shape: record({ messages: list(message), position: filled }),
    toStep: ({ messages, position }) => ({
      kind: 'replace',
      entries: toEntries(messages),
      position: String(position),
    }),
  },
  history_cleared: { shape: record({}), toStep: () => ({ kind: 'cleared' }), stamped: true },
  going_away: {
    shape: record({ position: filled, reason: text }),
    toStep: () => ({ kind: 'aside' }),
  },
  pong: { shape: record({}), toStep: () => ({ kind: 'aside' }) },
  nothing_to_cancel: {
    shape: record({ 'run_id?': filled }),
    toStep: () => ({ kind: 'aside' }),
  },
}

export const readJsonDoor = ({ frames, ignoresUnknown, ...rules }: JsonDoor): DoorReader => {
  const transcript = createTranscript(rules)
  const all = { ...COMMON, ...frames }

  const take = (source: string): void => {
    const frame: unknown = parse(source)
    if (!isRecord(frame)) return transcript.fault(`'${source.slice(0, 40)}' is not a JSON object`)
    const type = String(frame['type'])
    const rule = Object.hasOwn(all, type) ? all[type] : undefined
    if (!rule && ignoresUnknown === true) return
    if (!rule) return transcript.fault(`the dialect has no frames of type '${type}'`)
    for (const fault of rule.shape(frame, '', true)) transcript.fault(`${type}: ${fault}`)
    const stamp = stampOf(frame)
    if (rule.stamped === true && !stamp) transcript.fault(`${type} has no seq and epoch`)
    if (typeof frame['position'] === 'string' && !stamp) transcript.begin(frame['position'])
    transcript.take(rule.toStep(frame), stamp)
  }
  return { take, read: transcript.read }
}

const parse = (source: string): unknown => {
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}

const stampOf = ({ seq, epoch }: Fields): Stamp | undefined => {
  const place = { seq, epoch }
  const isStamp = record({ seq: count, epoch: count })(place, '', true).length === 0
  return isStamp ? (place as Stamp) : undefined
}
