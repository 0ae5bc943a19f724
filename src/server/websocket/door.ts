/** The contract of a WebSocket door, which handles the frames of one connection. */
import type { MemoryAccount } from '#access'
import type { Admitted } from '../serving/admissions.ts'
import type { FrameSocket } from './frames/frame-socket.ts'

export interface Door {
  /** Handles one text frame of the client. */
  receive(bytes: Buffer): void
  /** The number of calls in progress. */
  readonly calls: number
  /** The client has left: cancels its calls. */
  leave(): void
}

/** With whom, and with which configuration, a call of a socket begins. */
export interface SocketAdmitted extends Admitted {
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network: string | undefined
}

export interface DoorContext {
  readonly socket: FrameSocket
  /** It changes with the configuration, so each call asks once. */
  readonly admitted: () => SocketAdmitted
  /** The headers of the upgrade, without those that concern the socket. */
  readonly rawHeaders: readonly string[]
  readonly query: string
  nextRequestId(): string
  readonly memory: MemoryAccount
  /** Whether no more calls are taken. */
  isDraining(): boolean
  /** Reports that the last call in progress has ended. */
  idle(): void
}

/** The limit for one connection. */
export const MAX_CALLS = 64
