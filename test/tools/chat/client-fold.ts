/** The transcript of a client that knows nothing but the events that it was sent. */
import type { SentEvent } from '#model'
import { readPosition } from '#runs'

export interface Shown {
  readonly id: string
  readonly parent: string | null
  readonly role: string
  readonly content: string
  readonly status: string
}

interface State {
  readonly messages: Map<string, Shown>
  readonly runs: Map<string, string>
  head: string | null
}

interface Base {
  readonly seq: number
  readonly messages: readonly Shown[]
}

/** The branch that is shown at the end of these events. */
export const foldSent = (sent: readonly SentEvent[]): readonly Shown[] => {
  let base: Base = { seq: 0, messages: [] }
  let events: SentEvent[] = []
  let last = 0
  for (const each of sent) {
    const { event } = each
    if (event.type === 'rewind') {
      const { seq = 0 } = readPosition(event.to) ?? {}
      if (seq < base.seq) {
        if (seq > 0) throw new Error(`rewound to ${seq}, before the messages at ${base.seq}`)
        base = { seq: 0, messages: [] }
      }
      events = events.filter((kept) => (kept.seq ?? 0) <= seq)
      last = Math.min(last, seq)
    } else if (event.type === 'snapshot') {
      const { seq = 0 } = readPosition(event.position) ?? {}
      base = {
        seq,
        messages: event.messages.map((message) => ({
          id: message.message_id,
          parent: message.parent_id,
          role: message.role,
          content: message.content,
          status: message.status,
          run: message.run_id,
        })),
      }
      events = []
      last = seq
    } else {
      if ((each.seq ?? 0) <= last) throw new Error(`the event ${each.seq} came again after ${last}`)
      last = each.seq ?? 0
      events.push(each)
    }
  }
  return branchOf(foldEvents(base, events))
}

const foldEvents = (base: Base, events: readonly SentEvent[]): State => {
  const state: State = {
    messages: new Map(base.messages.map((message) => [message.id, message])),
    runs: new Map(
      base.messages.flatMap((message) => {
        const { run } = message as Shown & { run?: string }
        return run === undefined ? [] : [[run, message.id] as const]
      }),
    ),
    head: base.messages.at(-1)?.id ?? null,
  }
  for (const { event } of events) apply(state, event)
  return state
}

const apply = (state: State, event: SentEvent['event']): void => {
  const { messages, runs } = state
  if (event.type === 'user_message') {
    const { message_id: id, parent_id: parent, content } = event
    messages.set(id, { id, parent, role: 'user', content, status: 'done' })
    state.head = id
  } else if (event.type === 'run_start') {
    const { message_id: id, parent_id: parent, run_id: run } = event
    messages.set(id, { id, parent, role: 'assistant', content: '', status: 'running' })
    runs.set(run, id)
    state.head = id
  } else if (event.type === 'token') {
    const message = messages.get(runs.get(event.run_id) ?? '')
    if (!message) throw new Error('a token of no run')
    messages.set(message.id, { ...message, content: message.content + event.token })
  } else if (event.type === 'run_end') {
    const message = messages.get(event.message_id)
    if (!message) return
    if (message.content !== event.result)
      throw new Error(`the text is ${message.content}, and the result ${event.result}`)
    messages.set(message.id, { ...message, status: event.status })
  } else if (event.type === 'head') state.head = event.message_id
  else if (event.type === 'history_cleared') {
    messages.clear()
    state.head = null
  }
}

const branchOf = ({ messages, head }: State): readonly Shown[] => {
  const branch: Shown[] = []
  for (let next = head; next !== null;) {
    const message = messages.get(next)
    if (!message) break
    const { id, parent, role, content, status } = message
    branch.unshift({ id, parent, role, content, status })
    next = parent
  }
  return branch
}
