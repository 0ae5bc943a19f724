/** Questions from process to process, over their messages. */
import { toGatewayError } from '#model'
import type { Replicas } from '../replicas.ts'
import { replicasUnavailable } from '../unavailable.ts'
import { fromWireError, type Item, readItem, toWireError, writeItem } from './items.ts'

export interface ReplicaCalls {
  /**
   * Asks another process, or this one. Values are JSON.
   *
   * @throws GatewayError `store_unavailable` if the other process is gone, or does not answer within `withinMs` (3 s by
   *   default); otherwise the GatewayError with which it failed there.
   */
  ask(to: string, name: string, value: unknown, withinMs?: number): Promise<unknown>
  /** Nobody answers it. What several are told is written once. Never throws. */
  tell(to: string | readonly string[], name: string, value: unknown): void
  /** What to do with what others ask or say. If they ask, the result is the answer. */
  on(name: string, answer: Answer): void
  /** @returns a function that ends it. */
  onEvent(listener: ReplicaEvents): () => void
}

type Answer = (value: unknown, from: string) => unknown

/** As in `ReplicaListener`. */
export interface ReplicaEvents {
  gone?(replica: string): void
  missed?(replica: string): void
  lost?(names: readonly string[]): void
  flushed?(): void
}

export type CreateReplicaCalls = (replicas: Replicas) => ReplicaCalls

interface Question {
  readonly to: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** How long an answer is waited for. */
const ANSWER_MS = 3_000

export const createReplicaCalls: CreateReplicaCalls = (replicas) => {
  const answers = new Map<string, Answer>()
  const questions = new Map<number, Question>()
  const events = new Set<ReplicaEvents>()
  let lastId = 0

  const send = (to: string, item: Item): void => replicas.send(to, writeItem(item))

  const settle = (id: number): Question | undefined => {
    const question = questions.get(id)
    questions.delete(id)
    clearTimeout(question?.timer)
    return question
  }

  const fail = (id: number, message: string): void =>
    settle(id)?.reject(replicasUnavailable(message))

  const reply = async (
    from: string,
    { name, value, id }: Extract<Item, { kind: 'ask' }>,
  ): Promise<void> => {
    try {
      const answer = answers.get(name)
      if (!answer) throw replicasUnavailable('The other process does not know the question.')
      send(from, { kind: 'answer', id, value: await answer(value, from) })
    } catch (error) {
      send(from, { kind: 'failure', id, error: toWireError(toGatewayError(error)) })
    }
  }

  const hear = async (from: string, name: string, value: unknown): Promise<void> => {
    try {
      await answers.get(name)?.(value, from)
    } catch {
      // Nobody waits for it.
    }
  }

  const receive = (from: string, item: Item): void => {
    if (item.kind === 'tell') return void hear(from, item.name, item.value)
    if (item.kind === 'ask') return void reply(from, item)
    // Ids are numbers that anybody can guess.
    if (questions.get(item.id)?.to !== from) return
    if (item.kind === 'answer') settle(item.id)?.resolve(item.value)
    else settle(item.id)?.reject(fromWireError(item.error))
  }

  replicas.listen({
    message(from, message) {
      const item = readItem(message)
      if (item) receive(from, item)
    },
    missed(from) {
      for (const { missed } of events) missed?.(from)
    },
    gone(replica) {
      for (const [id, { to }] of questions)
        if (to === replica) fail(id, 'The other process is gone. Try again shortly.')
      for (const { gone } of events) gone?.(replica)
    },
    lost(names) {
      for (const { lost } of events) lost?.(names)
    },
    flushed() {
      for (const { flushed } of events) flushed?.()
    },
  })

  return {
    ask: (to, name, value, withinMs = ANSWER_MS) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        const asked = writeItem({ kind: 'ask', id, name, value })
        const timer = setTimeout(
          () => fail(id, 'The other process did not answer in time. Try again shortly.'),
          withinMs,
        ).unref()
        questions.set(id, { to, resolve, reject, timer })
        replicas.send(to, asked)
      }),
    tell(to, name, value) {
      const told = writeItem({ kind: 'tell', name, value })
      if (typeof to === 'string') replicas.send(to, told)
      else for (const each of to) replicas.send(each, told)
    },
    on: (name, answer) => void answers.set(name, answer),
    onEvent(listener) {
      const own = { ...listener }
      events.add(own)
      return () => void events.delete(own)
    },
  }
}
