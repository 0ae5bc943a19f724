/** Makes a schedule happen. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openAsker } from './asker.ts'
import { DOORS } from './doors.ts'
import type { Participant, Reader } from './participant.ts'
import type { Place } from './place.ts'
import { openPlainReader } from './plain-reader.ts'
import { openReader } from './reader.ts'
import type { Schedule, Step } from './schedule.ts'
import type { Session } from './session.ts'

type Asked<Type extends Step['do']> = Extract<Step, { do: Type }>

/** @returns everybody who took part. */
export const perform = async (
  schedule: Schedule,
  session: Session,
  place: Place,
): Promise<readonly Participant[]> => {
  const startedAt = performance.now()
  const readers: Reader[] = []
  const askers: Participant[] = []
  const reach = (index: number) => {
    const reached = place.processes[index % place.processes.length]
    if (!reached) throw new Error('there is no process')
    return reached
  }
  const until = (at: number) => sleep(Math.max(0, startedAt + at - performance.now()))

  const come = async ({ door: name, from, at }: Schedule['readers'][number], index: number) => {
    await until(at)
    const door = DOORS.find((each) => each.name === name)
    const { url } = reach(index)
    const sessionId = session.id
    readers[index] = door
      ? openReader({ door, sessionId, url, from })
      : openPlainReader({ sessionId, url })
  }

  /** @returns whether a reader has sent it. */
  const byReader = (reader: number | undefined, frame: object, isRepeatable = false): boolean =>
    reader !== undefined && (readers[reader]?.send(frame, isRepeatable) ?? false)

  const send = async ({ reader, text, busy, again }: Asked<'send'>) => {
    const content = session.compose(text)
    // Nothing tells such a question from another one, so it is not sent again.
    if (reader !== undefined && readers[reader]?.ask(content)) return
    const sent = session.note(content)
    const give = async (by: number | undefined, more: object): Promise<void> => {
      const isRepeatable = again !== undefined
      const frame = { type: 'message', ...sent.body, ...more }
      if (!byReader(by, frame, isRepeatable)) await session.post(sent, more)
    }
    await give(reader, { when_busy: busy })
    if (again === undefined) return
    await sleep(again.after)
    await give(again.reader, {})
  }

  const ask = ({ door, text, busy, drops }: Asked<'ask'>): void => {
    const sent = session.note(session.compose(text))
    const { url } = reach(askers.length)
    askers.push(openAsker({ door, sessionId: session.id, url, sent, busy, drops }))
  }

  const pickMessage = async (pick: number, wanted: (role: string) => boolean) => {
    const messages = (await session.messages()).filter(({ role }) => wanted(role))
    return messages[pick % Math.max(messages.length, 1)]
  }

  const give = async (
    reader: number | undefined,
    type: string,
    path: string,
    body: object,
    ids: object = {},
  ) => {
    if (byReader(reader, { type, ...body, ...ids })) return
    await session.ask('POST', path, body)
  }

  const edit = async ({ reader, text, pick, busy }: Asked<'edit'>) => {
    const message = await pickMessage(pick, (role) => role === 'user')
    if (!message) return
    const ids = { message_id: message.message_id }
    const fields = { content: session.compose(text), when_busy: busy }
    await give(reader, 'edit', `/messages/${message.message_id}/edit`, fields, ids)
  }

  const act = async (step: Step): Promise<void> => {
    await until(step.at)
    switch (step.do) {
      case 'send':
        return send(step)
      case 'ask':
        return ask(step)
      case 'edit':
        return edit(step)
      case 'regenerate': {
        const message = await pickMessage(step.pick, () => true)
        if (!message) return
        const { message_id: id } = message
        const body = { when_busy: step.busy }
        return give(step.reader, 'regenerate', `/messages/${id}/regenerate`, body, {
          message_id: id,
        })
      }
      case 'choose': {
        const message = await pickMessage(step.pick, () => true)
        return message && give(step.reader, 'choose', '/choose', { message_id: message.message_id })
      }
      case 'continue': {
        const message = await pickMessage(step.pick, (role) => role === 'assistant')
        return message && give(step.reader, 'continue', '/continue', { run_id: message.run_id })
      }
      case 'dequeue': {
        const queue = (await session.ask('GET', ''))?.body['queue']
        const waiting = (Array.isArray(queue) ? queue : []) as readonly { message_id: string }[]
        const id = waiting[step.pick % Math.max(waiting.length, 1)]?.message_id
        if (id === undefined || byReader(step.reader, { type: 'dequeue', message_id: id })) return
        return void (await session.ask('DELETE', `/queue/${id}`))
      }
      case 'cancel':
        if (!byReader(step.reader, { type: 'cancel' })) await session.cancel()
        return
      case 'clear':
        session.wasCleared = true
        return void (await session.ask('POST', '/clear', {}))
      case 'drop':
        return readers[step.reader]?.drop(step.bytes, step.back)
      case 'break off':
        return readers[step.reader]?.breakOff(step.back)
      case 'freeze':
        return readers[step.reader]?.freeze(step.ms)
      case 'kill':
        return place.processes[step.process]?.restart()
      case 'freeze process':
        return place.processes[step.process]?.freeze(step.ms)
      case 'stop redis':
        return place.redis?.stop(step.ms)
      case 'flush redis':
        return place.redis?.flush()
    }
  }

  await Promise.all([...schedule.readers.map(come), ...schedule.steps.map(act)])
  return [...readers, ...askers]
}
