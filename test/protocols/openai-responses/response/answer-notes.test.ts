/** A copy of a request is answered as the request is. */
import { describe, expect, it } from 'vitest'
import { type JsonObject, type ModelEvent, type ModelRequest, NO_USAGE } from '#model'
import { anthropicMessages, gemini, openaiChat } from '#protocols'
import {
  ANSWER,
  decodeRequest,
  encode,
  encodeRequest,
  TARGET,
  toJson,
} from '../../../tools/protocols/openai-responses/codec.ts'

const ECHOED = { instructions: 'Be brief.', metadata: { job: 'nightly' } }

const EVENTS: readonly ModelEvent[] = [
  { type: 'message-start', id: 'up_1', model: 'up' },
  { type: 'part-start', index: 0, part: { kind: 'text' } },
  { type: 'part-delta', index: 0, text: 'Short.' },
  { type: 'part-end', index: 0 },
  { type: 'message-end', reason: 'stop', usage: NO_USAGE },
]

const responseTo = (request: ModelRequest): unknown =>
  toJson(encode(EVENTS, { ...ANSWER, request })).at(-1)?.response

describe.each<[string, JsonObject, string]>([
  ['an answer', { input: 'Hi' }, 'message'],
  ['a summary', { input: [{ type: 'compaction_trigger' }] }, 'compaction'],
])('%s', (_, fields, type) => {
  const request = decodeRequest({ model: 'm', ...ECHOED, ...fields })

  it('to a copied request repeats what the client sent', () => {
    const copy = { ...request, model: 'other', turns: [] }
    expect(responseTo(copy)).toMatchObject({ ...ECHOED, output: [{ type }] })
  })

  it('leaves nothing in what upstreams are sent, nor in what is named as dropped', () => {
    for (const { codec } of [anthropicMessages, gemini, openaiChat]) {
      const { body, dropped } = codec!.encodeRequest({ ...request, turns: [] }, TARGET)
      expect(JSON.stringify({ body, dropped })).not.toContain('isSummary')
      expect(dropped.filter((name) => name !== 'metadata' && name !== 'tool_choice')).toEqual([])
    }
    const own = encodeRequest(request, TARGET).body
    expect(Object.getOwnPropertySymbols(own)).toEqual([])
    expect(JSON.stringify(own)).not.toContain('isSummary')
  })
})
