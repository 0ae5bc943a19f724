/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { it } from 'vitest'
import type { ModelEvent } from '#model'
import { anthropicMessages } from '#protocols'
import { checkMessagesAnswer, checkMessagesStream } from '../../tools/checkers/index.ts'
import { expectWellFormed, toMeaning } from '../../tools/protocols/expect-well-formed.ts'
import { describeStreams } from '../../tools/protocols/stream-properties.ts'
import { decode } from '../../tools/protocols/anthropic-messages/codec.ts'

const WANTED = { model: 'asked-model', complete: true }

/** The sentence's meaning as far as this protocol has words for it. */
const toSaid = (events: readonly ModelEvent[]) => {
  const message = toMeaning(events)
  return { ...message, reason: message.reason === 'other' ? 'stop' : message.reason }
}

describeStreams({
  protocol: anthropicMessages,
  checkStream: (bytes) => checkMessagesStream(bytes, WANTED),
  checkAnswer: (body) => checkMessagesAnswer(body, WANTED),
  toSaid,
})

it('yields a well-formed sequence for any JSON', () => {
  const kinds = [
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
    'error',
    '__proto__',
    'constructor',
  ]
  const block = fc.record(
    {
      type: fc.constantFrom(
        'text',
        'thinking',
        'redacted_thinking',
        'tool_use',
        'server_tool_use',
        'compaction',
        'toString',
        7,
      ),
      text: fc.jsonValue(),
      input: fc.jsonValue(),
      id: fc.jsonValue(),
      citations: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const delta = fc.record(
    {
      type: fc.constantFrom(
        'text_delta',
        'thinking_delta',
        'input_json_delta',
        'signature_delta',
        'citations_delta',
        'compaction_delta',
        '__proto__',
      ),
      text: fc.jsonValue(),
      thinking: fc.jsonValue(),
      partial_json: fc.jsonValue(),
      signature: fc.jsonValue(),
      citation: fc.jsonValue(),
      stop_reason: fc.jsonValue(),
      stop_sequence: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const event = fc.record(
    {
      type: fc.constantFrom(...kinds),
      index: fc.oneof(fc.nat(2), fc.jsonValue()),
      message: fc.jsonValue(),
      content_block: fc.oneof(block, fc.jsonValue()),
      delta: fc.oneof(delta, fc.jsonValue()),
      usage: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const bytes = events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
      expectWellFormed(decode([Buffer.from(bytes)]))
    }),
    { numRuns: 1500 },
  )
})
