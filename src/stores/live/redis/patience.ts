/** How long Redis may take. Its answers arrive in order, so one timer for the oldest question is enough. */

export interface Patience {
  /** Rejects with `TooLate` if the answer does not arrive in time. `late` receives what arrives after that. */
  within<Answer>(asked: Promise<Answer>, late?: (answer: Answer) => void): Promise<Answer>
}

export class TooLate extends Error {
  override readonly name = 'TooLate'
}

interface Question {
  readonly askedAtMs: number
  readonly giveUp: (error: TooLate) => void
}

export const createPatience = (budgetMs: number): Patience => {
  const open = new Set<Question>()
  let timer: NodeJS.Timeout | undefined

  const watch = (): void => {
    const [oldest] = open
    if (timer || !oldest) return
    const leftMs = oldest.askedAtMs + budgetMs - performance.now()
    // The answer may have arrived while this process was busy. It is read before the immediate runs.
    timer = setTimeout(() => setImmediate(judge), Math.max(1, leftMs))
  }

  const judge = (): void => {
    timer = undefined
    const [oldest] = open
    if (oldest && performance.now() - oldest.askedAtMs >= budgetMs) giveUp()
    watch()
  }

  /** Later questions wait behind the oldest. */
  const giveUp = (): void => {
    const given = [...open]
    open.clear()
    const error = new TooLate(`Redis did not answer within ${budgetMs} ms.`)
    for (const question of given) question.giveUp(error)
  }

  return {
    within(asked, late) {
      const { promise: tooLate, reject } = Promise.withResolvers<never>()
      const question = { askedAtMs: performance.now(), giveUp: reject }
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
