/** Reads from the events of a response what the next turn needs: its id and its items. */
import { parseObject } from '#model'
import { isUtf8 } from 'node:buffer'
import type { MemoryHold } from '#access'
import { type ByteString, findElements, findMember, fromByteString } from '#streams'

export interface ResponseWatch {
  see(type: string, data: ByteString): void
  /** Available once the response is complete. */
  readonly result: { readonly id: string; readonly items: Buffer } | undefined
}

const ENDS = new Set(['response.completed', 'response.incomplete'])

/** The limit for one answer. A larger one is not remembered. */
const MAX_BYTES = 32 * 1024 * 1024
const MAX_DEPTH = 10_000

/** @param account counts the memory. An answer for which there is no room is not remembered. */
export const createResponseWatch = (account: MemoryHold): ResponseWatch => {
  const items: Buffer[] = []
  const named = new Map<string, Buffer>()
  let bytes = 0
  let isTooLarge = false
  const before = account.bytes
  let result: ResponseWatch['result']

  const forget = (): void => {
    items.length = 0
    named.clear()
    account.shrink(account.bytes - before)
  }

  const add = (item: Buffer): void => {
    const name = nameOf(item)
    // Some servers report twice that an item is done.
    if (!isUseful(item) || (name !== '' && named.get(name)?.equals(item))) return
    bytes += item.length
    isTooLarge ||= bytes > MAX_BYTES || !account.tryGrow(item.length)
    if (isTooLarge) return forget()
    // The item becomes part of a later request, which must be valid UTF-8.
    const copy = isUtf8(item) ? Buffer.from(item) : Buffer.from(item.toString())
    items.push(copy)
    if (name !== '') named.set(name, copy)
  }

  return {
    see(type, data) {
      if (type === 'response.output_item.done') {
        const item = memberOf(Buffer.from(data, 'latin1'), 'item')
        if (item) add(item)
      }
      if (!ENDS.has(type)) return
      const response = memberOf(Buffer.from(data, 'latin1'), 'response')
      const id = response && memberOf(response, 'id')
      if (!response || !id) return
      const output = elementsOf(response).filter(isUseful)
      // Some servers stream no completed items, or not all of them.
      if (output.length > items.length && !isTooLarge) {
        forget()
        bytes = 0
        for (const item of output) add(item)
      }
      if (!isTooLarge) result = { id: JSON.parse(id.toString()) as string, items: joinItems(items) }
    },
    get result() {
      return result
    },
  }
}

const COMMA = Buffer.from(',')

export const joinItems = (runs: readonly Buffer[]): Buffer =>
  Buffer.concat(
    runs
      .filter(({ length }) => length > 0)
      .flatMap((run, index) => (index === 0 ? [run] : [COMMA, run])),
  )

/** The type of an event, if the stream does not name it. */
export const typeOf = (data: ByteString): string => {
  const type = parseObject(fromByteString(data))?.type
  return typeof type === 'string' ? type : ''
}

const memberOf = (json: Buffer, key: string): Buffer | undefined => {
  const member = findMember(json, key, MAX_DEPTH)
  return member && json.subarray(member.start, member.end)
}

const nameOf = (item: Buffer): string =>
  [memberOf(item, 'id'), memberOf(item, 'call_id')].map((name) => name?.toString() ?? '').join('')

const elementsOf = (response: Buffer): Buffer[] => {
  const output = memberOf(response, 'output')
  if (!output || output[0] !== OPEN_ARRAY) return []
  return findElements(output, MAX_DEPTH).map(({ start, end }) => output.subarray(start, end))
}

const OPEN_ARRAY = 91

/** Reasoning items with only an id are useless: an upstream that receives them looks up what they are. */
const isUseful = (item: Buffer): boolean => {
  if (!item.includes('"reasoning"')) return true
  const { type, encrypted_content, summary, content } = parseObject(item.toString('utf8')) ?? {}
  return (
    type !== 'reasoning' ||
    typeof encrypted_content === 'string' ||
    [summary, content].some((texts) => Array.isArray(texts) && texts.length > 0)
  )
}
