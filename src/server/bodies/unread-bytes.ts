/** Bounds what a client has been sent and has not read, when there is no memory left to count it. */

/** A call stops its upstream as soon as its client is behind: what waits is one read of it, translated. */
const MAX_UNCOUNTED_BYTES = 1024 * 1024

/** How long a client may be behind at such a time. One that reads is not. */
const UNCOUNTED_MS = 5_000

export interface UnreadBytes {
  /** So many bytes wait to be read now. */
  count(bytes: number): void
  /** The client has caught up, or has left. */
  release(): void
}

/**
 * @param tryHold holds this many bytes in the memory account, and no others. False: there is no room.
 * @param cut ends a connection for which there is no room.
 */
export const createUnreadBytes = (
  tryHold: (bytes: number) => boolean,
  cut: () => void,
): UnreadBytes => {
  let timer: NodeJS.Timeout | undefined
  const endPatience = (): void => {
    clearTimeout(timer)
    timer = undefined
  }
  return {
    count(bytes) {
      if (tryHold(bytes)) endPatience()
      else if (bytes > MAX_UNCOUNTED_BYTES) cut()
      else timer ??= setTimeout(cut, UNCOUNTED_MS)
    },
    release() {
      endPatience()
      tryHold(0)
    },
  }
}
