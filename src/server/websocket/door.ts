/** The contract of a WebSocket door, which handles the frames of one connection. */
import type { Caller, MemoryAccount } from '#access'
import type { Gateway } from '#gateway'
import type { FrameSocket } from './frames/frame-socket.ts'

export interface Door {
  /** Handles one text frame of the client. */
  receive(bytes: Buffer): void
  /** The number of calls in progress. */
  readonly calls: number
  /** The client has left: cancels its calls. */
  leave(): void
}

export interface DoorContext {
  readonly socket: FrameSocket
  readonly gateway: Gateway
  readonly caller: Caller
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network: string | undefined
  /** The headers of the upgrade, without those that concern the socket. */
  readonly rawHeaders: readonly string[]
  readonly query: string
  readonly maxDepth: number
  nextRequestId(): string
  readonly memory: MemoryAccount
  /** Whether no more calls are taken. */
  isDraining(): boolean
  /** Reports that the last call in progress has ended. */
  idle(): void
}

/** The limit for one connection. */
export const MAX_CALLS = 64
