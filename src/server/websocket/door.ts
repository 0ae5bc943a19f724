/** What stands behind a WebSocket: a conversation in frames. */
import type { Caller, MemoryAccount } from '#access'
import type { Gateway } from '#gateway'
import type { FrameSocket } from './frames/frame-socket.ts'

export interface Door {
  /** One text frame of the client. */
  receive(bytes: Buffer): void
  /** Calls that are under way. */
  readonly calls: number
  /** The client has left, and its calls end with it. */
  leave(): void
}

export interface DoorVisit {
  readonly socket: FrameSocket
  readonly gateway: Gateway
  readonly caller: Caller
  /** Of the upgrade, without what was about the socket. */
  readonly rawHeaders: readonly string[]
  readonly query: string
  readonly maxDepth: number
  nextRequestId(): string
  readonly memory: MemoryAccount
  /** No more calls are taken. */
  isDraining(): boolean
  /** The last call under way has ended. */
  idle(): void
}

/** Of one connection. */
export const MAX_CALLS = 64
