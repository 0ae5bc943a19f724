/**
 * Sends what is asked for at the same time, or while an answer is awaited, together: a message to a thread or a server costs
 * more than most of what it asks for.
 */

/** Others are asked in between. */
const MOST_AT_ONCE = 256

/** For each item, whether it changed anything, or why it failed. */
type Outcome = boolean | Error

export type RunAll<Item> = (items: readonly Item[]) => Promise<readonly Outcome[]>

interface Waiting<Item> {
  readonly item: Item
  resolve(hasChanged: boolean): void
  reject(error: unknown): void
}

/** @param runAll is called again when it has settled. If it rejects, all of its items do. */
export const createGroups = <Item>(runAll: RunAll<Item>): ((item: Item) => Promise<boolean>) => {
  const waiting: Waiting<Item>[] = []
  let isSending = false

  const send = async (): Promise<void> => {
    const group = waiting.splice(0, MOST_AT_ONCE)
    try {
      const outcomes = await runAll(group.map(({ item }) => item))
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

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (isSending) return
      isSending = true
      setImmediate(() => void send())
    })
}
