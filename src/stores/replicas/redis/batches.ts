/** What one process sends to another in 10 ms: one text, which is read without parsing its messages. */
import type { Life } from './keys.ts'

export interface Batch {
  readonly from: Life
  /** Of all lines from this sender to this receiver, a later one has a larger number. */
  readonly line: number
  /** Of the batches on the line, 1 for the first. */
  readonly number: number
  /** Undefined for a goodbye. */
  readonly messages: readonly string[] | undefined
}

/** `<replica> <life> <line> <number> <length>,<length>...`, a line break, and the messages one after another. */
export const writeBatch = ({ from, line, number, messages }: Batch): string => {
  const lengths = messages?.map(({ length }) => length).join(',') ?? GOODBYE
  return `${from.replica} ${from.number} ${line} ${number} ${lengths}\n${messages?.join('') ?? ''}`
}

const GOODBYE = 'goodbye'

/** Undefined if it is something else. */
export const readBatch = (text: string): Batch | undefined => {
  const head = /^(\S+) (\d+) (\d+) (\d+) (\S*)\n/.exec(text)
  if (!head) return undefined
  const [{ length }, replica = '', life, line, number, lengths = ''] = head
  return {
    from: { replica, number: Number(life) },
    line: Number(line),
    number: Number(number),
    messages: lengths === GOODBYE ? undefined : split(text, length, lengths),
  }
}

const split = (text: string, start: number, lengths: string): string[] => {
  if (lengths === '') return []
  let at = start
  return lengths.split(',').map((length) => text.slice(at, (at += Number(length))))
}
