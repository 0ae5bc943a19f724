/**
 * The contract of what the processes of one installation are to each other: who owns what, and messages between them. In
 * one process, there is none. Workers of one machine have it through the process that started them, replicas through Redis.
 */

export interface Replicas {
  /** This process. Every start has another name. */
  readonly self: string
  /**
   * This process becomes the owner of what nobody owns, or whose owner is gone. An owner that is alive remains it.
   *
   * @returns the owner.
   * @throws GatewayError `store_unavailable` within a second if nobody can know.
   */
  claim(name: string): Promise<string>
  /** Nobody owns it any more. Ignored if it belongs to another process. Never throws. */
  release(name: string): void
  /** The processes that are alive, this one included. @throws GatewayError `store_unavailable` */
  living(): Promise<readonly string[]>
  /** Leaves within 10 ms, and arrives in order, once or never. Also to this process itself. Never throws. */
  send(to: string, message: string): void
  /** @returns a function that ends it. */
  listen(listener: ReplicaListener): () => void
  /** Whether this process can show that it is alive. */
  readonly isWell: boolean
  /** Gives up what it owns at once. */
  close(): Promise<void>
}

/** What happens to a process. Nothing of it may throw. */
export interface ReplicaListener {
  message(from: string, message: string): void
  /** Some messages of a living process did not arrive: what is known of it has to be asked for again. */
  missed(from: string): void
  /** A process that has sent something, or that was sent something, or whose ownership was seen, is no longer alive. */
  gone(replica: string): void
  /**
   * This process no longer owns them, although it has not released them: it could not show for too long that it is alive, or
   * the store has lost what it knew and another one was faster.
   */
  lost(names: readonly string[]): void
  /**
   * The store had lost everything that it knew, and what this process owns is known there again. Told after `lost` and
   * `missed`.
   */
  flushed?(): void
}

/** A process that cannot show for this long that it is alive is dead for the others. */
export const LEASE_MS = 10_000

/** How often it shows that. */
export const RENEW_MS = 3_000

/** Before the others take over what it owns, it gives it up. */
export const GIVE_UP_MS = 7_000
