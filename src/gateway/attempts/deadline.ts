/** Deadlines of calls in progress. All that last equally long share one timer: they end in the order in which they were set. */

export interface Deadline {
  /** Begins anew. @param now for whoever has looked at the clock. */
  refresh(now?: number): void
  clear(): void
}

/** @param expire called once, never early, unless it is cleared before. */
export const setDeadline = (milliseconds: number, expire: () => void): Deadline => {
  const line = lines.get(milliseconds) ?? new Line(milliseconds)
  const deadline = new QueuedDeadline(line, expire)
  line.add(deadline)
  return deadline
}

/** Those with something in them, by how long their deadlines last. */
const lines = new Map<number, Line>()

/** One is made for every call: a class costs a tenth of what closures of its own would. */
class QueuedDeadline implements Deadline {
  atMs = 0
  readonly expire: () => void
  readonly #line: Line

  constructor(line: Line, expire: () => void) {
    this.#line = line
    this.expire = expire
  }

  refresh(now?: number): void {
    if (this.#line.remove(this)) this.#line.add(this, now)
  }

  clear(): void {
    this.#line.remove(this)
  }
}

class Line {
  readonly #milliseconds: number
  /** The first to be set is the first to expire. */
  readonly #waiting = new Set<QueuedDeadline>()
  #timer: NodeJS.Timeout | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  add(deadline: QueuedDeadline, now = performance.now()): void {
    deadline.atMs = now + this.#milliseconds
    this.#waiting.add(deadline)
    if (!this.#timer) this.#wait(this.#milliseconds)
  }

  remove(deadline: QueuedDeadline): boolean {
    return this.#waiting.delete(deadline)
  }

  #wait(milliseconds: number): void {
    lines.set(this.#milliseconds, this)
    // It may outlast its calls. Sockets keep the process alive where a call is still in progress.
    this.#timer = setTimeout(this.#tick, Math.ceil(milliseconds)).unref()
  }

  #tick = (): void => {
    const now = performance.now()
    for (const deadline of this.#waiting) {
      if (deadline.atMs > now) return this.#wait(deadline.atMs - now)
      this.#waiting.delete(deadline)
      deadline.expire()
    }
    this.#timer = undefined
    lines.delete(this.#milliseconds)
  }
}
