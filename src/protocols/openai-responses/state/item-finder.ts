/**
 * Matches events to the items of an answer, however the server identifies them. Some servers leave out `output_index`,
 * repeat it, or count differently in the final output; some leave out item ids, or refer to a call by its `call_id`. So
 * an item is found by its id, then by its call, then by its index, then by the order.
 */
import { isJsonObject, type JsonObject } from '#model'
import { toOptionalNumber, toText } from '../../requests/lenient-fields.ts'

export interface Item {
  /** Unique among the items of the answer. */
  readonly key: string
  readonly type: string
  id: string
  callId: string
  readonly index: number | undefined
  /** The item is complete. */
  done: boolean
  /** The item has been found in the final output. */
  claimed: boolean
}

export interface ItemFinder {
  /** Starts the item of this event. */
  begin(event: JsonObject, item: JsonObject): Item
  /** Finds the item that this event completes. */
  finish(event: JsonObject, item: JsonObject): Item
  /** Finds the item of this type that an event adds to; undefined if none has started. */
  grow(event: JsonObject, type: string): Item | undefined
  /** Finds it, or starts one if no event did. */
  growOrBegin(event: JsonObject, type: string): Item
  /** Matches the items of the final output. */
  claimAll(output: readonly unknown[]): (readonly [Item, JsonObject])[]
}

/** The identification of an item in an event or in the output. */
interface Mark {
  readonly type: string
  readonly id: string
  readonly callId: string
  readonly index: number | undefined
}

const differ = (one: string, other: string): boolean => one !== '' && other !== '' && one !== other

/** Reports whether the mark fits the item, apart from id and index. */
const mayBe = (item: Item, { type, callId }: Mark): boolean =>
  item.type === type && !differ(item.callId, callId)

export const createItemFinder = (): ItemFinder => {
  const items: Item[] = []
  // Of several with the same name, the last one.
  const byName = new Map<string, Item>()
  const byIndex = new Map<number, Item>()
  const byType = new Map<string, Item>()

  const name = (item: Item, { id, callId }: Mark): void => {
    item.id ||= id
    item.callId ||= callId
    for (const each of [id, callId]) if (each !== '') byName.set(each, item)
  }

  const add = (mark: Mark): Item => {
    const item = { ...mark, key: String(items.length), done: false, claimed: false }
    items.push(item)
    name(item, mark)
    if (mark.index !== undefined) byIndex.set(mark.index, item)
    byType.set(mark.type, item)
    return item
  }

  const findNamed = (mark: Mark): Item | undefined =>
    [mark.id, mark.callId]
      .map((each) => (each === '' ? undefined : byName.get(each)))
      .find((item) => item !== undefined && mayBe(item, mark))

  /** Finds the open item by index, then by order. Ids may change from event to event. */
  const findOpen = (mark: Mark): Item | undefined => {
    const isOpen = (item: Item | undefined): item is Item =>
      item !== undefined && !item.done && mayBe(item, mark)
    const { index, type, id } = mark
    const there = index === undefined ? undefined : byIndex.get(index)
    if (isOpen(there)) return there
    const last = byType.get(type)
    if (!isOpen(last) || differ(last.id, id)) return undefined
    return index === undefined || last.index === undefined ? last : undefined
  }

  const find = (mark: Mark): Item | undefined => {
    const found = findNamed(mark) ?? findOpen(mark)
    if (found) name(found, mark)
    return found
  }

  /** Matches an item without a known name by its position, then as the next one of its type. */
  const createClaims = () => {
    const waiting = new Map<string, Item[]>()
    for (const item of items)
      if (!item.claimed) {
        const queue = waiting.get(item.type)
        if (queue) queue.push(item)
        else waiting.set(item.type, [item])
      }
    for (const queue of waiting.values()) queue.reverse()

    return (mark: Mark, place: number): Item | undefined => {
      const there = byIndex.get(place)
      if (there && !there.claimed && mayBe(there, mark)) return there
      const queue = waiting.get(mark.type) ?? []
      while (queue.at(-1)?.claimed) queue.pop()
      const next = queue.at(-1)
      return next && mayBe(next, mark) && !differ(next.id, mark.id) ? next : undefined
    }
  }

  const claim = (item: Item): Item => {
    item.claimed = true
    return item
  }

  return {
    begin(event, item) {
      const mark = markOf(event, item)
      const known = findNamed(mark)
      if (!known) return add(mark)
      // Some servers give every item the same id.
      const isNext = known.done && mark.index !== undefined && mark.index !== known.index
      return isNext ? add(mark) : known
    },
    finish(event, item) {
      const mark = markOf(event, item)
      return find(mark) ?? add(mark)
    },
    grow: (event, type) => find(markOf(event, { type })),
    growOrBegin(event, type) {
      const mark = markOf(event, { type })
      return find(mark) ?? add(mark)
    },
    claimAll(output) {
      const entries = output.flatMap((value, place) =>
        isJsonObject(value) ? [{ value, place, mark: markOf({}, value) }] : [],
      )
      const found = new Map<JsonObject, Item>()
      for (const { value, mark } of entries) {
        const item = findNamed(mark)
        if (item && !item.claimed) found.set(value, claim(item))
      }
      const next = createClaims()
      return entries.map(({ value, place, mark }) => {
        const item = found.get(value) ?? claim(next(mark, place) ?? add(mark))
        return [item, value] as const
      })
    },
  }
}

const markOf = (event: JsonObject, item: JsonObject): Mark => ({
  type: toText(item.type),
  id: toText(item.id) || toText(event.item_id),
  callId: toText(item.call_id) || toText(event.call_id),
  index: toOptionalNumber(event.output_index),
})
