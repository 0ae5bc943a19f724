/** Servers number and name the items of an answer in many ways; each item comes out once, in the order begun. */
import { describe, expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import { foldMessage, type JsonObject } from '#model'
import { NOTHING_TO_UNDO } from '#protocols'
import { createResponseWatch } from '../../../../src/server/websocket/responses/response-watch.ts'
import { decode, stream } from '../../../tools/protocols/openai-responses/codec.ts'

const account = createMemoryAccount({ maxBytes: 1_000_000, shared: false })

type Event = JsonObject & { readonly type: string }

const MESSAGE = (id: string, text: string) => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})

const CALL = (nth: number, city: string) => ({
  type: 'function_call',
  id: `fc_${nth}`,
  call_id: `call_${nth}`,
  name: 'weather',
  arguments: JSON.stringify({ city }),
  status: 'completed',
})

const OUTPUT: readonly JsonObject[] = [
  { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Two cities.' }] },
  MESSAGE('msg_1', 'I will look.'),
  CALL(1, 'Oslo'),
  CALL(2, 'Bergen'),
  MESSAGE('msg_2', 'Done.'),
]

const halves = (text: string) => [text.slice(0, 5), text.slice(5, 9), text.slice(9)]

const grow = (item: JsonObject, output_index: number): Event[] => {
  const place = { output_index, item_id: item.id }
  if (item.type === 'function_call')
    return halves(String(item.arguments)).map((delta) => ({
      type: 'response.function_call_arguments.delta',
      ...place,
      delta,
    }))
  const isMessage = item.type === 'message'
  const [part] = (isMessage ? item.content : item.summary) as { text: string }[]
  return halves(part?.text ?? '').map((delta) => ({
    type: isMessage ? 'response.output_text.delta' : 'response.reasoning_summary_text.delta',
    ...place,
    [isMessage ? 'content_index' : 'summary_index']: 0,
    delta,
  }))
}

const EMPTY = { content: [], summary: [], arguments: '' }

const begun = (item: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(item).map(([key, value]) => [
      key,
      key in EMPTY ? EMPTY[key as keyof typeof EMPTY] : value,
    ]),
  )

/** In OpenAI's form. */
const tell = (output: readonly JsonObject[], final = output): Event[] => [
  { type: 'response.created', response: { id: 'resp_1', model: 'm', output: [] } },
  ...output.flatMap((item, output_index) => [
    { type: 'response.output_item.added', output_index, item: begun(item) },
    ...grow(item, output_index),
    { type: 'response.output_item.done', output_index, item },
  ]),
  {
    type: 'response.completed',
    response: { id: 'resp_1', model: 'm', status: 'completed', output: final },
  },
]

const EVENTS = tell(OUTPUT)

const without =
  (...keys: string[]) =>
  (event: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(event).filter(([key]) => !keys.includes(key)))

const onItems =
  (change: (item: JsonObject) => JsonObject) =>
  ({ item, response, ...event }: Event): Event => {
    const { output, ...rest } = (response ?? {}) as { output?: JsonObject[] }
    return {
      ...event,
      ...(item ? { item: change(item as JsonObject) } : {}),
      ...(response ? { response: { ...rest, output: (output ?? []).map(change) } } : {}),
    } as Event
  }

const withFinal = (final: readonly JsonObject[]): Event[] => tell(OUTPUT, final)

/** The calls' own names, where items have no ids. */
const CALL_IDS: Readonly<Record<string, string>> = { fc_1: 'call_1', fc_2: 'call_2' }

const noIds = (event: Event): Event => {
  const bare = without('item_id')(onItems(without('id'))(event)) as Event
  const callId = CALL_IDS[String(event.item_id)]
  return callId === undefined ? bare : { ...bare, item_id: callId }
}

let counter = 0

/** Another id in every event. */
const freshIds = (event: Event): Event => {
  const fresh = onItems((item) => ({ ...item, id: `id_${counter++}` }))(event)
  return 'item_id' in event ? { ...fresh, item_id: `id_${counter++}` } : fresh
}

const WAYS: readonly (readonly [string, readonly JsonObject[]])[] = [
  ['as OpenAI does', EVENTS],
  ['without output_index', EVENTS.map(without('output_index'))],
  ['all with the output_index 0', EVENTS.map((event) => ({ ...event, output_index: 0 }))],
  ['without item ids', EVENTS.map(noIds)],
  ['without item ids or output_index', EVENTS.map(noIds).map(without('output_index'))],
  [
    'without item ids, all with the output_index 0',
    EVENTS.map(noIds).map((event) => ({ ...event, output_index: 0 })),
  ],
  [
    'without names in their deltas, or output_index',
    EVENTS.map(noIds).map(without('item_id', 'output_index')),
  ],
  ['by ids that change with every event', EVENTS.map(freshIds)],
  ['all by the same id', EVENTS.map(onItems((item) => ({ ...item, id: 'item' })))],
  ['without content_index', EVENTS.map(without('content_index', 'summary_index'))],
  ['with an empty final output', withFinal([])],
  ['with a final output that leaves out what was first', withFinal(OUTPUT.slice(2))],
  ['with a final output in another order', withFinal(OUTPUT.toReversed())],
  [
    'only as items that are done',
    EVENTS.filter(({ type }) => type.endsWith('.done') || !type.startsWith('response.output')),
  ],
  ['only in the final output', [EVENTS[0] ?? {}, EVENTS.at(-1) ?? {}]],
  ['each twice as an item that is done', EVENTS.flatMap((event) => isDone(event, 2))],
]

function isDone(event: Event, times: number): Event[] {
  return event.type === 'response.output_item.done' ? Array<Event>(times).fill(event) : [event]
}

const read = (events: readonly JsonObject[]) => {
  const { parts, reason } = foldMessage(decode([stream(...events)], NOTHING_TO_UNDO))
  return { reason, parts: parts.map((part) => JSON.stringify(part)) }
}

describe('items that a server names', () => {
  const expected = read(EVENTS)

  it('are five, each reported once', () => {
    expect(expected.reason).toBe('tool-calls')
    expect(expected.parts.map((part) => (JSON.parse(part) as { kind: string }).kind)).toEqual([
      'reasoning',
      'text',
      'tool-call',
      'tool-call',
      'text',
    ])
  })

  it.each(WAYS)('%s are the same items', (_, events) => {
    expect(read(events)).toEqual(expected)
  })

  it('by call_id alone may interleave', () => {
    const [created, ...rest] = tell(OUTPUT.slice(2, 4)).map(noIds).map(without('output_index'))
    const [add1, a, b, c, done1, add2, d, e, f, done2, end] = rest
    const mixed = [created, add1, add2, a, d, b, e, c, f, done2, done1, end].map(
      (event) => event ?? {},
    )
    expect(read(mixed).parts).toEqual(read(tell(OUTPUT.slice(2, 4))).parts)
  })

  it('may be in the final output in addition to those that were streamed', () => {
    const events = tell(OUTPUT.slice(0, 2), OUTPUT)
    expect(read(events)).toEqual(expected)
  })

  it('has the parts of a message once, however they are numbered at the end', () => {
    const [message] = [MESSAGE('msg_1', 'I will look.')]
    const final = {
      ...message,
      content: [{ type: 'refusal', refusal: '' }, ...(message?.content ?? [])],
    }
    expect(read(tell([message ?? {}], [final])).parts).toEqual(read(tell([message ?? {}])).parts)
  })
})

it.each(WAYS.filter(([way]) => !way.startsWith('all by the same id')))(
  'a socket stores each item %s once',
  (_, events) => {
    const watch = createResponseWatch(account.hold({ id: 'caller' }, 0))
    for (const event of events) watch.see(String(event.type), JSON.stringify(event))
    const items = JSON.parse(`[${watch.result?.items.toString()}]`) as JsonObject[]
    const final = (events.at(-1) as { response: { output: JsonObject[] } }).response.output
    const names = items.map(({ type, call_id }) => [type, call_id])
    expect(names.toSorted()).toEqual(OUTPUT.map(({ type, call_id }) => [type, call_id]).toSorted())
    expect(final.length <= items.length).toBe(true)
  },
)
