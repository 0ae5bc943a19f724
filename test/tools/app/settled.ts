/** Resolves with a count once it has stopped to grow. */
import { setTimeout as sleep } from 'node:timers/promises'

export const settled = async (count: () => number): Promise<number> => {
  for (let last = -1; ;) {
    const now = count()
    if (now === last && now > 0) return now
    last = now
    await sleep(400)
  }
}
