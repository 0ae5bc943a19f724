/** Questions from process to process, over their messages. */
import type { Replicas } from './replicas.ts'

export interface ReplicaCalls {
  /**
   * Asks another process, or this one. Values are JSON.
   *
   * @throws GatewayError `store_unavailable` if the other process is gone, or does not answer within `withinMs` (3 s by
   *   default); otherwise the GatewayError with which it failed there.
   */
  ask(to: string, name: string, value: unknown, withinMs?: number): Promise<unknown>
  /** Nobody answers it. Never throws. */
  tell(to: string, name: string, value: unknown): void
  /** What to do with what others ask or say. If they ask, the result is the answer. */
  on(name: string, answer: (value: unknown, from: string) => unknown): void
  /** @returns a function that ends it. */
  onEvent(listener: ReplicaEvents): () => void
}

/** As in `ReplicaListener`. */
export interface ReplicaEvents {
  gone?(replica: string): void
  missed?(replica: string): void
  lost?(names: readonly string[]): void
}

export type CreateReplicaCalls = (replicas: Replicas) => ReplicaCalls
