/** A result names a function, and often has no id. It answers the first unanswered call of that name. */

export interface CallNames {
  /** The id of a call: its own, or one that stays the same whenever this conversation is sent again. */
  call(id: string, name: string): string
  /** The id of the call that a result answers. */
  answer(id: string, name: string): string
}

interface PendingCall {
  readonly id: string
  isAnswered: boolean
}

/** Calls that share an id or a name, in order. */
interface Queue {
  readonly calls: PendingCall[]
  next: number
}

export const createCallNames = (): CallNames => {
  // Calls by id and by name: a step may hold many calls, answered in any order.
  const ids = new Map<string, Queue>()
  const names = new Map<string, Queue>()
  let calls = 0
  let answering = false

  const add = (queues: Map<string, Queue>, key: string, call: PendingCall): void => {
    const queue = queues.get(key)
    if (queue) queue.calls.push(call)
    else queues.set(key, { calls: [call], next: 0 })
  }

  const take = (queue: Queue | undefined): PendingCall | undefined => {
    if (!queue) return undefined
    while (queue.calls[queue.next]?.isAnswered) queue.next++
    const call = queue.calls[queue.next]
    if (call) call.isAnswered = true
    return call
  }

  return {
    call(id, name) {
      // A new step: later results do not answer the unanswered calls of the previous one.
      if (answering) for (const queues of [ids, names]) queues.clear()
      answering = false
      const call = { id: id || `call_${calls}`, isAnswered: false }
      calls++
      add(ids, call.id, call)
      add(names, name, call)
      return call.id
    },
    answer(id, name) {
      answering = true
      const call = take(id === '' ? names.get(name) : ids.get(id))
      return call?.id ?? (id || `call_${name}`)
    },
  }
}
