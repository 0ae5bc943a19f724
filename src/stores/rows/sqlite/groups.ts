/**
 * Sends what is asked for at the same time, or while an answer is awaited, with one message: a message to a thread costs
 * more than most statements.
 */
import type { SqlStatement } from '../row-store.ts'

/** Others are asked in between. */
const MOST_AT_ONCE = 256

/** For each transaction, whether its first statement changed anything, or why it failed. */
type Outcome = boolean | Error

export type RunAll = (
  transactions: readonly (readonly SqlStatement[])[],
) => Promise<readonly Outcome[]>

interface Waiting {
  readonly statements: readonly SqlStatement[]
  resolve(hasChanged: boolean): void
  reject(error: unknown): void
}

export const createGroups = (
  runAll: RunAll,
): ((statements: readonly SqlStatement[]) => Promise<boolean>) => {
  const waiting: Waiting[] = []
  let isSending = false

  const send = async (): Promise<void> => {
    const group = waiting.splice(0, MOST_AT_ONCE)
    try {
      const outcomes = await runAll(group.map(({ statements }) => statements))
      for (const [at, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[at]
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome === true)
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
    if (waiting.length > 0) void send()
    else isSending = false
  }

  return (statements) =>
    new Promise((resolve, reject) => {
      waiting.push({ statements, resolve, reject })
      if (isSending) return
      isSending = true
      setImmediate(() => void send())
    })
}
