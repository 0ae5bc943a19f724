/** Thoughts on their way to a client of another protocol, and back to those who thought them. */
import { describe, expect, it } from 'vitest'
import { foldMessage, isJsonObject, type JsonObject, type ModelEvent } from '#model'
import { type AnswerContext, openaiChat, type TargetTraits } from '#protocols'
import { translateAll } from '#streams'
import {
  ANSWER,
  decode,
  decodeRequest,
  encode,
  encodeMessage,
  encodeRequest,
  stream,
  TARGET,
  toJson,
} from '../../tools/protocols/anthropic-messages/codec.ts'

const { codec: chat } = openaiChat
if (!chat) throw new Error('Chat is translated')

const BLOCKS = [
  { type: 'thinking', thinking: 'First.', signature: 'Er1' },
  { type: 'redacted_thinking', data: 'Em1' },
  { type: 'thinking', thinking: '', signature: 'Er2' },
  { type: 'tool_use', id: 'toolu_1', name: 'run', input: { a: 1 } },
]

const ANSWERED = stream(
  { type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 5 } } } as {
    type: string
  },
  ...BLOCKS.flatMap((content_block, index) => [
    { type: 'content_block_start', index, content_block },
    { type: 'content_block_stop', index },
  ]),
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } } as {
    type: string
  },
  { type: 'message_stop' },
)

const CONTEXT: AnswerContext = { ...ANSWER, provider: 'anthropic' }

/** The assistant's message as a chat client puts it together from the chunks of a stream. */
const collect = (events: readonly ModelEvent[]): JsonObject => {
  const bytes = translateAll(chat.encodeEvents(CONTEXT), events).join('')
  const chunks = toJson(Buffer.from(bytes.replace('data: [DONE]\n\n', ''), 'latin1'))
  const details: JsonObject[] = []
  const calls: JsonObject[] = []
  for (const chunk of chunks.filter(isJsonObject))
    for (const { delta } of chunk.choices as { delta: Record<string, JsonObject[]> }[]) {
      for (const detail of delta.reasoning_details ?? []) {
        const last = details.at(-1)
        if (last && last.index === detail.index && last.type === detail.type)
          Object.assign(last, detail, { text: `${last.text ?? ''}${detail.text ?? ''}` })
        else details.push({ ...detail })
      }
      for (const call of delta.tool_calls ?? []) {
        const last = calls.at(-1) as { function: { arguments: string } } | undefined
        if (call.id) calls.push(structuredClone(call))
        else if (last) last.function.arguments += (call as typeof last).function.arguments
      }
    }
  return { role: 'assistant', content: null, reasoning_details: details, tool_calls: calls }
}

const replay = (assistant: unknown): unknown => {
  const request = chat.decodeRequest({
    model: 'm',
    messages: [
      { role: 'user', content: 'Hi' },
      assistant,
      { role: 'tool', tool_call_id: 'toolu_1', content: 'ok' },
    ],
  })
  const { messages } = encodeRequest(request, TARGET).body as {
    messages: { role: string; content: unknown }[]
  }
  return messages.find(({ role }) => role === 'assistant')?.content
}

describe('signed reasoning of a Chat client', () => {
  it('come back exactly if they were streamed', () => {
    expect(replay(collect(decode([ANSWERED])))).toEqual(BLOCKS)
  })

  it('come back exactly if they were not streamed', () => {
    const body = chat.encodeMessage(foldMessage(decode([ANSWERED])), CONTEXT)
    const [choice] = body.choices as [{ message: unknown }]
    expect(replay(choice.message)).toEqual(BLOCKS)
  })
})

describe('reasoning of another vendor, shown to a Messages client', () => {
  const spoken: ModelEvent[] = [
    { type: 'message-start', id: 'chatcmpl-1', model: 'deepseek-reasoner' },
    { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
    { type: 'part-delta', index: 0, text: 'Hm.' },
    { type: 'part-end', index: 0 },
    { type: 'part-start', index: 1, part: { kind: 'tool-call', id: 'call_1', name: 'run' } },
    { type: 'part-end', index: 1 },
    {
      type: 'message-end',
      reason: 'tool-calls',
      usage: {
        inputTokens: 5,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 5,
        reasoningTokens: 0,
      },
    },
  ]

  const body = {
    model: 'm',
    max_tokens: 100,
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: encodeMessage(foldMessage(spoken), ANSWER).content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'ok' }] },
    ],
  }

  const DEEPSEEK: TargetTraits = { provider: 'deepseek', model: 'deepseek-reasoner' }

  const thoughtAt = (target: TargetTraits): unknown => {
    const { messages } = chat.encodeRequest(decodeRequest(body), target).body
    return (messages as JsonObject[])[1]?.reasoning_content
  }

  it('return to that vendor', () => {
    expect(thoughtAt(DEEPSEEK)).toBe('Hm.')
  })

  it('go to no other', () => {
    expect(thoughtAt({ ...DEEPSEEK, provider: 'groq' })).toBeUndefined()
    const { messages } = encodeRequest(decodeRequest(body), TARGET).body
    expect(JSON.stringify(messages)).not.toContain('Hm.')
  })

  it('are read as they were written', () => {
    const events = decode([encode(spoken)])
    expect(events.at(-4)).toEqual({
      type: 'part-end',
      index: 0,
      signature: 'sluice.deepseek.chatcmpl-1',
    })
  })
})
