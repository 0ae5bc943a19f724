/** A stored response. Its items are separate from the rest, so that each is found without reading the others. */
import { isJsonObject, type JsonObject } from '#model'
import { type ByteString, findMembers } from '#streams'

export interface StoredAnswer {
  /** The items in order, separated by commas. */
  readonly output: Buffer
  readonly items: readonly StoredItem[]
  /** The response in JSON, whose output is empty. */
  readonly shell: Buffer
  /** The position of the empty output in it. */
  readonly outputAt: number
}

interface StoredItem {
  readonly id: string
  readonly start: number
  readonly end: number
}

export const toStoredAnswer = (response: JsonObject): StoredAnswer => {
  const shell = Buffer.from(JSON.stringify({ ...response, output: [] }))
  const outputAt = findMembers(shell, Infinity).findLast(({ key }) => key === 'output')?.start ?? 0
  return { ...toItems(outputOf(response)), shell, outputAt }
}

const toItems = (output: readonly unknown[]): Pick<StoredAnswer, 'output' | 'items'> => {
  const texts = output.map((item) => Buffer.from(JSON.stringify(item)))
  const items: StoredItem[] = []
  let start = 0
  for (const [index, { length }] of texts.entries()) {
    const item = output[index]
    if (isJsonObject(item) && typeof item.id === 'string')
      items.push({ id: item.id, start, end: start + length })
    start += length + 1
  }
  return { output: joinRuns(texts), items }
}

/** Restores the complete response. */
export const toText = ({ shell, outputAt }: StoredAnswer, output: Buffer): ByteString =>
  [
    shell.toString('latin1', 0, outputAt + 1),
    output.toString('latin1'),
    shell.toString('latin1', outputAt + 1),
  ].join('')

const COMMA = Buffer.from(',')

export const joinRuns = (runs: readonly Buffer[]): Buffer =>
  Buffer.concat(runs.flatMap((run, index) => (index === 0 ? [run] : [COMMA, run])))

const outputOf = ({ output }: JsonObject): readonly unknown[] =>
  Array.isArray(output) ? output : []
