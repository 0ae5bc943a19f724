/** Bounds a wait, so that a hang is a failure that says what was waited for. */
import { setTimeout as sleep } from 'node:timers/promises'

/** For what takes a moment on an idle machine: a busy one may need long, and only a hang needs more. */
export const PATIENCE_MS = 30_000

export const within = async <Value>(
  milliseconds: number,
  what: string,
  promise: Promise<Value>,
): Promise<Value> => {
  const bound = new AbortController()
  try {
    return await Promise.race([
      promise,
      sleep(milliseconds, undefined, { signal: bound.signal }).then(() => {
        throw new Error(`not within ${milliseconds} ms: ${what}`)
      }),
    ])
  } finally {
    bound.abort()
  }
}

export const eventually = async (
  what: string,
  holds: () => boolean,
  milliseconds = PATIENCE_MS,
): Promise<void> => {
  const endsAt = performance.now() + milliseconds
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error(`not within ${milliseconds} ms: ${what}`)
    await sleep(5)
  }
}
