/** The line between a worker and the process that has the live state of all workers. */

export interface LivePort {
  /** Nobody answers it. Ignored when the line is closed. */
  tell(name: string, ...values: readonly unknown[]): void
  /** Rejects if the line is closed. */
  ask(name: string, ...values: readonly unknown[]): Promise<unknown>
  /** What to do with what the other end says. If it asks, the result is the answer. */
  on(name: string, answer: (values: readonly unknown[]) => unknown): void
}
