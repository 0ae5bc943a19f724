/** Streams as vendors and servers in the field write them, and what a client of another protocol gets of each. */
import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '#app'
import { GPT, MESSAGES, messagesBody } from '../app/asks.ts'
import { startHouse } from '../app/house.ts'
import { checkMessagesStream } from '../checkers/index.ts'

type Json = Record<string, unknown>

const sse = (...events: readonly Json[]) =>
  Buffer.from(
    events
      .map((event) => {
        const name = typeof event.type === 'string' ? `event: ${event.type}\n` : ''
        return `${name}data: ${JSON.stringify(event)}\n\n`
      })
      .join(''),
  )

const dataOf = (text: string): Json[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Json)

const RESPONSES_ONLY = { openai: { protocols: ['openai-responses'] } } satisfies {
  openai: Partial<ProviderOptions>
}

describe('a Responses stream whose items are numbered otherwise', () => {
  const call = (nth: number, city: string) => ({
    type: 'function_call',
    id: `fc_${nth}`,
    call_id: `call_${nth}`,
    name: 'weather',
    arguments: JSON.stringify({ city }),
    status: 'completed',
  })

  /** With what the server leaves out, or changes. */
  const tell = (calls: readonly ReturnType<typeof call>[], change: (event: Json) => Json) =>
    sse(
      ...[
        { type: 'response.created', response: { id: 'resp_1', model: 'm', output: [] } },
        ...calls.flatMap((item, output_index) => [
          { type: 'response.output_item.added', output_index, item: { ...item, arguments: '' } },
          {
            type: 'response.function_call_arguments.delta',
            output_index,
            item_id: item.id,
            delta: item.arguments,
          },
          { type: 'response.output_item.done', output_index, item },
        ]),
        {
          type: 'response.completed',
          response: {
            id: 'resp_1',
            model: 'm',
            status: 'completed',
            output: calls,
            usage: { input_tokens: 9, output_tokens: 4, total_tokens: 13 },
          },
        },
      ].map(change),
    )

  const withoutId = (item: unknown) => ({ ...(item as Json), id: undefined })

  it.each<[string, (event: Json) => Json]>([
    ['all as 0', (event) => ({ ...event, output_index: 0 })],
    ['not at all', (event) => ({ ...event, output_index: undefined })],
    [
      'not at all, and named by their calls alone',
      ({ item, item_id, ...event }) => ({
        ...event,
        output_index: undefined,
        ...(item ? { item: withoutId(item) } : {}),
        ...(item_id ? { item_id: String(item_id).replace('fc', 'call') } : {}),
      }),
    ],
    [
      'from 1, but from 0 at the end',
      (event) =>
        'output_index' in event
          ? { ...event, output_index: Number(event.output_index) + 1 }
          : event,
    ],
  ])('(%s) has each call once, with its own arguments', async (_, change) => {
    const { sluice, upstream } = await startHouse(RESPONSES_ONLY)
    upstream.next({
      fault: { rawBytes: [tell([call(1, 'Oslo'), call(2, 'Bergen')], change)] },
    })
    const body = messagesBody('x', { model: GPT, stream: true })
    const { text, bytes } = await sluice.send(MESSAGES, { body })
    expect(checkMessagesStream(bytes)).toEqual([])
    const events = dataOf(text)
    const inputs = events.flatMap(({ delta }) => (delta as Json)?.partial_json ?? [])
    const starts = events.flatMap(({ content_block }) => (content_block as Json)?.id ?? [])
    expect(starts).toEqual(['call_1', 'call_2'])
    expect(inputs.join('')).toBe('{"city":"Oslo"}{"city":"Bergen"}')
    expect(text).toContain('"stop_reason":"tool_use"')
  })
})
