/** One end of the line between the first process and a worker. What is said in one turn of the event loop is one message. */

export interface Link {
  /** Nobody answers it. Ignored when the line is closed. */
  tell(name: string, ...values: readonly unknown[]): void
  /** Rejects if the other end cannot answer, or the line is closed. */
  ask(name: string, ...values: readonly unknown[]): Promise<unknown>
  /** What to do with what the other end says. If it asks, the result is the answer. */
  on(name: string, answer: Answer): void
}

type Answer = (values: readonly unknown[]) => unknown

/** A process that was forked, or this one. */
export interface LineEnd {
  readonly connected: boolean
  send?(message: unknown, handle: undefined, options: undefined, done: () => void): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

type Item =
  | readonly ['tell', name: string, values: readonly unknown[]]
  | readonly ['ask', name: string, values: readonly unknown[], id: number]
  | readonly ['answer', id: number, value: unknown]
  | readonly ['fault', id: number, message: string]

interface Question {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export const createLink = (end: LineEnd): Link => {
  const answers = new Map<string, Answer>()
  const questions = new Map<number, Question>()
  let outgoing: Item[] = []
  let lastId = 0

  const send = (item: Item): void => {
    if (outgoing.push(item) === 1) setImmediate(flush)
  }

  const flush = (): void => {
    const items = outgoing
    outgoing = []
    if (end.connected) end.send?.(items, undefined, undefined, ignore)
  }

  const reply = async (name: string, values: readonly unknown[], id: number): Promise<void> => {
    try {
      const answer = answers.get(name)
      if (!answer) throw new Error(`Nobody answers ${name}.`)
      send(['answer', id, await answer(values)])
    } catch (error) {
      send(['fault', id, String(error)])
    }
  }

  const settle = (id: number): Question | undefined => {
    const question = questions.get(id)
    questions.delete(id)
    return question
  }

  const receive = (item: Item): void => {
    if (item[0] === 'tell') answers.get(item[1])?.(item[2])
    else if (item[0] === 'ask') void reply(item[1], item[2], item[3])
    else if (item[0] === 'answer') settle(item[1])?.resolve(item[2])
    else settle(item[1])?.reject(new Error(item[2]))
  }

  end.on('message', (message) => {
    // A connection that is handed over is no list.
    if (Array.isArray(message)) for (const item of message as readonly Item[]) receive(item)
  })
  end.once('disconnect', () => {
    for (const { reject } of questions.values()) reject(closed())
    questions.clear()
  })

  return {
    tell: (name, ...values) => send(['tell', name, values]),
    ask: (name, ...values) =>
      new Promise((resolve, reject) => {
        if (!end.connected) return reject(closed())
        const id = ++lastId
        questions.set(id, { resolve, reject })
        send(['ask', name, values, id])
      }),
    on: (name, answer) => void answers.set(name, answer),
  }
}

const closed = (): Error => new Error('The other process is gone.')

const ignore = (): void => undefined
