/** What happens to a run: it ends, is stopped, or loses its readers. Each kind leaves nothing in progress in its session. */
import type { Random } from '../../fuzz/random.ts'
import { openSocket, openStream, type SessionClient } from './client.ts'
import { BEGIN } from './stage.ts'

export interface Visit {
  readonly url: string
  readonly key: string
  readonly session: string
  readonly random: Random
  /** Sends a command over HTTP. @returns the JSON of the answer */
  call(path: string, body?: object): Promise<{ readonly status: number; readonly json: never }>
}

type Kind = (visit: Visit) => Promise<void>

const ANSWER = `${BEGIN}[[pieces 12]] [[pace 3]] [[say a few words that are sent in a dozen pieces]]`
/** It is stopped long before its end. */
const LONG = `${BEGIN}[[pieces 2000]] [[pace 10]] [[say ${'word '.repeat(2000)}]]`
const SILENT = `${BEGIN}[[silence]]`
const FAILED = `${BEGIN}[[status 400]]`

const pathOf = ({ session }: Visit): string => `/ws/session/${session}`

const open = (visit: Visit, position?: string): Promise<SessionClient> =>
  openSocket(visit.url, visit.key, pathOf(visit), position)

const expectEnd = async (
  client: Pick<SessionClient, 'next'>,
  status: string,
  begin: () => void,
): Promise<void> => {
  const ended = client.next('run_end')
  begin()
  const end = await ended
  if (end.status !== status)
    throw new Error(`ended as ${end.status}, not ${status}: ${end.error?.message}`)
}

const ask = (client: SessionClient, content: string, rest: object = {}): void =>
  client.send({ type: 'message', content, ...rest })

const begun = async (client: SessionClient, content: string, rest?: object): Promise<void> => {
  const start = client.next(content === SILENT ? 'run_start' : 'token', 'run_end')
  ask(client, content, rest)
  const { type, error } = await start
  if (type === 'run_end') throw new Error(`ended before it was stopped: ${error?.message}`)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

export const KINDS: Readonly<Record<string, Kind>> = {
  async 'is read to its end'(visit) {
    const client = await open(visit)
    await expectEnd(client, 'done', () => ask(client, ANSWER))
    await client.close()
  },
  async fails(visit) {
    const client = await open(visit)
    await expectEnd(client, 'failed', () => ask(client, FAILED))
    await client.close()
  },
  async 'is stopped in the middle'(visit) {
    const client = await open(visit)
    await begun(client, LONG)
    await expectEnd(client, 'cancelled', () => client.send({ type: 'cancel' }))
    await client.close()
  },
  async 'is stopped before its first token, by another tab'(visit) {
    const [client, other] = await Promise.all([open(visit), open(visit)])
    await begun(client, SILENT)
    await pause(visit.random.below(20))
    await expectEnd(client, 'cancelled', () => other.send({ type: 'cancel' }))
    client.drop()
    await other.close()
  },
  async 'is stopped over HTTP'(visit) {
    const client = await open(visit)
    await begun(client, LONG)
    await expectEnd(client, 'cancelled', () => void visit.call('/cancel'))
    client.drop()
  },
  async 'waits, and is removed'(visit) {
    const client = await open(visit)
    await begun(client, SILENT)
    const queued = client.next('queued')
    ask(client, ANSWER)
    const { message_id } = await queued
    const gone = client.next('dequeued')
    client.send({ type: 'dequeue', message_id })
    await gone
    await expectEnd(client, 'cancelled', () => client.send({ type: 'cancel' }))
    await client.close()
  },
  async 'loses its reader, which comes back'(visit) {
    const first = await open(visit)
    await begun(first, ANSWER)
    const hasEnded = first.first('run_end').then(() => true)
    const isOver = await Promise.race([hasEnded, pause(visit.random.below(20))])
    const { position } = first
    first.drop()
    // Behind its end there is nothing to read.
    if (isOver) return
    const second = await open(visit, position)
    await second.first('run_end')
    await second.close()
  },
  async 'ends with its reader'(visit) {
    const watcher = await open(visit)
    const client = await open(visit)
    await begun(client, LONG, { on_disconnect: 'cancel' })
    await expectEnd(watcher, 'cancelled', () => client.drop())
    await watcher.close()
  },
  async 'has a reader of events, which leaves'(visit) {
    const client = await open(visit)
    const events = await openStream(
      visit.url,
      visit.key,
      `/api/sessions/${visit.session}/events?position=0.0`,
    )
    await expectEnd(client, 'done', () => {
      ask(client, ANSWER)
      setTimeout(events.drop, visit.random.below(40))
    })
    events.drop()
    await client.close()
  },
  async 'is a stream of its own'(visit) {
    const question = { message: ANSWER, session_id: visit.session }
    const stream = await openStream(visit.url, visit.key, '/chat/stream', question)
    await stream.first('done')
    await stream.close()
  },
  async 'is a stream, whose reader leaves, and is stopped'(visit) {
    const question = { message: SILENT, session_id: visit.session }
    const watcher = await open(visit)
    const started = watcher.next('run_start')
    const stream = await openStream(visit.url, visit.key, '/chat/stream', question)
    await started
    stream.drop()
    await expectEnd(watcher, 'cancelled', () => void visit.call('/cancel'))
    watcher.drop()
  },
}

export const KIND_NAMES = Object.keys(KINDS)

/** In a session that others read, too: reads a while, and vanishes. */
export const passBy = async (visit: Visit): Promise<void> => {
  const reads = visit.random.below(2) === 0
  const client = await open(visit, reads ? '0.0' : undefined)
  const connected = client.next('connected', 'ping').catch(() => undefined)
  await Promise.race([connected, pause(50)])
  client.drop()
}
