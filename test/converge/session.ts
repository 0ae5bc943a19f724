/** One session under test: what is asked of it over REST, and what was sent to it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordedCall } from '../tools/upstream/start.ts'
import type { LogMessage } from './folds.ts'
import type { Text } from './schedule.ts'

/** A question. */
export interface Sent {
  readonly clientId: string
  readonly body: { readonly content: string; readonly client_message_id: string }
  /** The session has it, as the server said. */
  messageId?: string
  /** It was refused for good. */
  refused?: string
}

interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Calls of models, as the upstream sees them. */
export interface Calls {
  /** Those of this session that are not closed. */
  open(tag: string): readonly RecordedCall[]
  all(tag: string): readonly RecordedCall[]
}

export interface Session {
  readonly id: string
  readonly faults: string[]
  readonly sent: Sent[]
  readonly calls: Calls
  readonly tag: string
  wasCleared: boolean
  /** Undefined: it was not answered. */
  ask(method: string, path: string, body?: object): Promise<Answered | undefined>
  /** Makes it: streams of events do not. */
  begin(): Promise<void>
  /** A new question, which the upstream answers as it says. */
  compose(text: Text): string
  /** A message that the session has to take, once. */
  note(content: string): Sent
  /** What the upstream says to it. */
  answerTo(content: string): string | undefined
  post(sent: Sent, more?: object): Promise<void>
  cancel(): Promise<Answered | undefined>
  messages(): Promise<readonly LogMessage[]>
}

const AGAIN_MS = 100
const ASK_WITHIN_MS = 20_000
/** The contract says 100 ms. Both processes may have to wait for a core. */
const STOP_WITHIN_MS = 2_000

interface SessionOptions {
  readonly id: string
  /** In every question: calls of models are told apart by it. */
  readonly tag: string
  readonly url: () => string | undefined
  readonly calls: Calls
  /** Whether a stop can be expected to reach its run in time. */
  readonly isCalm: () => boolean
}

export const createSession = ({ id, tag, url, calls, isCalm }: SessionOptions): Session => {
  const sent: Sent[] = []
  const faults: string[] = []
  let questions = 0

  const ask = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<Answered | undefined> => {
    const at = url()
    if (at === undefined) return undefined
    try {
      const response = await fetch(`${at}/api/sessions/${id}${path}`, {
        method,
        signal: AbortSignal.timeout(ASK_WITHIN_MS),
        ...(body && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      })
      const answered = {
        status: response.status,
        body: (await response.json()) as Answered['body'],
      }
      if (response.status >= 500 && response.status !== 503)
        faults.push(`${method} ${path}: ${response.status} ${JSON.stringify(answered.body)}`)
      return answered
    } catch (thrown) {
      if (thrown instanceof DOMException) faults.push(`${method} ${path} is not answered`)
      return undefined
    }
  }

  const session: Session = {
    id,
    tag,
    wasCleared: false,
    faults,
    sent,
    calls,
    ask,
    async begin() {
      for (;;) {
        const answered = await fetch(`${url()}/api/sessions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ id }),
        }).catch(() => undefined)
        // Another schedule may have killed the process.
        if (answered && (answered.ok || answered.status === 409)) return
        await sleep(AGAIN_MS)
      }
    },
    compose({ pieces, paceMs, cut }) {
      const words = Array.from({ length: pieces }, (_, at) => (at % 9 === 4 ? `é漢${at}` : `${at}`))
      const said = `${tag}q${questions++}: ${words.join(' ')}`
      const fault = cut === undefined ? '' : ` [[cut ${cut}]]`
      return `[[pace ${paceMs}]] [[pieces ${pieces}]]${fault} [[say ${said}]]`
    },
    note(content) {
      const clientId = `${tag}c${sent.length}`
      const one: Sent = { clientId, body: { content, client_message_id: clientId } }
      sent.push(one)
      return one
    },
    answerTo: (content) => /\[\[say (.*)\]\]$/.exec(content)?.[1],
    async post(one, more = {}) {
      const answered = await ask('POST', '/messages', { ...one.body, ...more })
      if (!answered) return
      const { status, body } = answered
      if (status === 200 || status === 202) one.messageId = String(body['message_id'])
      else if (status === 409) delete one.refused
      else if (status < 500 && status !== 404) one.refused = JSON.stringify(body)
    },
    async cancel() {
      const open = calls.open(tag)
      const answered = await ask('POST', '/cancel', {})
      if (answered?.status !== 200 || answered.body['run_id'] === undefined) return answered
      const timer = setTimeout(() => {
        for (const call of open)
          if (calls.open(tag).includes(call) && isCalm())
            faults.push(`${STOP_WITHIN_MS} ms after a stop, the upstream is still asked`)
      }, STOP_WITHIN_MS)
      await Promise.all(open.map(({ closed }) => closed))
      clearTimeout(timer)
      return answered
    },
    async messages() {
      const answered = await ask('GET', '/messages?branches=all')
      return (answered?.body['messages'] ?? []) as readonly LogMessage[]
    },
  }
  return session
}
