/** A place in a log: `<epoch>.<seq>`. `0.0` is the beginning. */

export interface Position {
  /** Rises whenever another process takes the log over, or the log was lost. */
  readonly epoch: number
  /** Of the last event that was read. Events are numbered from 1 without gaps, across epochs. */
  readonly seq: number
}

export const BEGINNING: Position = { epoch: 0, seq: 0 }

const TEXT = /^(?<epoch>\d{1,15})\.(?<seq>\d{1,15})$/

/** Undefined if it cannot be read. */
export const readPosition = (text: string): Position | undefined => {
  const { epoch, seq } = TEXT.exec(text)?.groups ?? {}
  return epoch === undefined ? undefined : { epoch: Number(epoch), seq: Number(seq) }
}

export const writePosition = ({ epoch, seq }: Position): string => `${epoch}.${seq}`
