/** Bounds what a client has not read yet, for when no memory is left to count it. */

/** A call pauses its upstream as soon as its client is behind, so no more than one read, translated, is waiting. */
const MAX_UNCOUNTED_BYTES = 1024 * 1024

/** How long a client may be behind in that case. A client that reads is not behind for so long. */
const UNCOUNTED_MS = 5_000

export interface UnreadBytes {
  /** Reports how many bytes are waiting to be read. */
  count(bytes: number): void
  /** The client has caught up, or has left. */
  release(): void
}

/**
 * @param tryHold sets the number of bytes held in the memory account. False: there is no room.
 * @param cut closes a connection for which there is no room.
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
