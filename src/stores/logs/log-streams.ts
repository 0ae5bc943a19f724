/** The contract of numbered entries that are kept for a while, one stream for each name, with one writer at a time. */

export interface LogStreams {
  /**
   * Takes a stream over: earlier epochs write no more. If a higher epoch is known, nothing changes, and what is kept is
   * read all the same.
   *
   * @throws GatewayError `store_unavailable` within a second
   */
  open(name: string, epoch: number): Promise<KeptStream>
  /**
   * The first batch of an epoch may begin at any number: if it does not follow the last one, the stream begins anew with it.
   *
   * @returns `fenced`: a higher epoch or a later batch is known, and nothing was written. `lost`: entries are missing
   *   before this batch, and nothing was written. The stream has to be opened again.
   * @throws GatewayError `store_unavailable` within a second: nobody knows whether it was written.
   */
  append(name: string, epoch: number, batch: StreamBatch): Promise<Appended>
  /** Forgets the entries up to this number. @throws GatewayError `store_unavailable` */
  forget(name: string, upTo: number): Promise<void>
  /** Nothing is left. While the store cannot be used, it is tried again and again. Never rejects. */
  delete(name: string): Promise<void>
  close(): Promise<void>
}

export type Appended = 'kept' | 'fenced' | 'lost'

/** Entries that are written together. */
export interface StreamBatch {
  /** The number of the first entry, and of the last one. */
  readonly from: number
  readonly to: number
  readonly text: string
}

export interface KeptStream {
  /** Of the last entry that is kept or was forgotten. 0 if nothing is known. */
  readonly lastSeq: number
  /** Entries up to this number are not needed. */
  readonly forgottenSeq: number
  /** The texts of the batches, in the order in which they were written. One that was sent again is there twice. */
  readonly batches: readonly string[]
}

/** For how long a stream is kept that nobody writes and nobody has forgotten. */
export const STREAM_KEPT_MS = 60 * 60 * 1000
