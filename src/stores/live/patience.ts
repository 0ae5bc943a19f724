/** How long a store in another process may take. Its answers arrive in order, so one timer for the oldest question is enough. */

export interface Patience {
  /** Rejects with `TooLate` if the answer does not arrive in time. `late` receives what arrives after that. */
  within<Answer>(asked: Promise<Answer>, late?: (answer: Answer) => void): Promise<Answer>
}

export class TooLate extends Error {
  override readonly name = 'TooLate'
}

interface Question {
  /** On the clock of `listenedMs`. */
  readonly askedAtMs: number
  readonly giveUp: (error: TooLate) => void
}

const TICK_MS = 25

/** @param store its name in the reason of a failure. */
export const createPatience = (budgetMs: number, store = 'Redis'): Patience => {
  const open = new Set<Question>()
  let timer: NodeJS.Timeout | undefined
  /**
   * For how long this process was able to hear an answer. However long it was busy between two ticks, one tick is
   * counted: its own lag, or that of the machine, is not the store's illness.
   */
  let listenedMs = 0
  let tickedAtMs = 0

  const sinceTick = (): number => Math.min(TICK_MS, performance.now() - tickedAtMs)

  /** Without a timer nothing is open, and no time passes. */
  const now = (): number => (timer ? listenedMs + sinceTick() : listenedMs)

  const watch = (): void => {
    if (timer || open.size === 0) return
    tickedAtMs = performance.now()
    timer = setTimeout(tick, TICK_MS)
  }

  const tick = (): void => {
    listenedMs += sinceTick()
    timer = undefined
    // What has arrived by now is read before the immediate runs.
    if (isLate()) setImmediate(judge)
    watch()
  }

  const isLate = (): boolean => {
    const [oldest] = open
    return oldest !== undefined && listenedMs - oldest.askedAtMs >= budgetMs
  }

  const judge = (): void => {
    if (isLate()) giveUp()
  }

  /** Later questions wait behind the oldest. */
  const giveUp = (): void => {
    const given = [...open]
    open.clear()
    const error = new TooLate(`${store} did not answer within ${budgetMs} ms.`)
    for (const question of given) question.giveUp(error)
  }

  return {
    within(asked, late) {
      const { promise: tooLate, reject } = Promise.withResolvers<never>()
      const question = { askedAtMs: now(), giveUp: reject }
      open.add(question)
      watch()
      const answered = async () => {
        try {
          const answer = await asked
          if (!open.has(question)) late?.(answer)
          return answer
        } finally {
          open.delete(question)
        }
      }
      return Promise.race([answered(), tooLate])
    },
  }
}
