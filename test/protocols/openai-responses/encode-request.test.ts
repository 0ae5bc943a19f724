/** What an upstream that speaks Responses is sent, and what never reaches it. */
import { describe, expect, it } from 'vitest'
import { isJsonObject, type JsonObject, type ModelRequest } from '#model'
import { openaiResponses } from '#protocols'
import {
  decode,
  encodeRequest,
  request,
  stream,
  TARGET,
} from '../../tools/protocols/openai-responses/codec.ts'

const write = (fields: Partial<ModelRequest>) => encodeRequest(request(fields), TARGET)

const REASONING = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'Hm.' }],
  encrypted_content: 'gAAAA==',
}

/** The signature that a client of another protocol is given for thoughts of this upstream. */
const signatureFrom = (provider: string): string => {
  const response: JsonObject = { id: 'resp_1', model: 'm', output: [REASONING] }
  const { undo } = encodeRequest(request({}), { ...TARGET, provider })
  const end = decode([stream({ type: 'response.completed', response })], undo).find(
    (event) => event.type === 'part-end',
  )
  return end?.signature ?? ''
}

describe('a request', () => {
  it('has everything in items', () => {
    const { body, dropped } = write({
      stream: true,
      turns: [
        { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
        { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          parts: [
            { kind: 'text', text: 'Yes.' },
            { kind: 'tool-call', id: 'c1', name: 'f', arguments: '' },
            { kind: 'tool-call', id: 'c2', name: 'p', arguments: 'x', freeform: true },
          ],
        },
        {
          role: 'tool',
          parts: [
            { kind: 'tool-result', callId: 'c1', parts: [{ kind: 'text', text: 'one' }] },
            { kind: 'tool-result', callId: 'c2', parts: [], isError: true },
          ],
        },
      ],
      tools: [{ kind: 'function', name: 'f' }],
      toolChoice: { mode: 'named', name: 'f' },
      reasoning: { effort: 'high', display: 'summarized' },
      answerFormat: { kind: 'json' },
      maxOutputTokens: 5,
      topK: 3,
      stopSequences: ['END'],
    })
    expect(body).toEqual({
      model: 'gpt-5.5',
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
      instructions: 'Be brief.',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Yes.', annotations: [] }],
        },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'p', input: 'x' },
        { type: 'function_call_output', call_id: 'c1', output: 'one' },
        { type: 'custom_tool_call_output', call_id: 'c2', output: 'Error: ' },
      ],
      tools: [
        {
          type: 'function',
          name: 'f',
          parameters: { type: 'object', properties: {} },
          strict: false,
        },
      ],
      tool_choice: { type: 'function', name: 'f' },
      reasoning: { effort: 'high', summary: 'auto' },
      text: { format: { type: 'json_object' } },
      max_output_tokens: 16,
    })
    expect(dropped).toEqual(['top_k', 'stop'])
  })

  it.each([
    ['the one that sealed them', 'openai', [REASONING]],
    ['no other', 'azure', []],
  ])('sends reasoning back to %s', (_, provider, expected) => {
    const signature = signatureFrom(provider)
    const { body } = write({
      turns: [
        {
          role: 'assistant',
          parts: [
            { kind: 'reasoning', text: 'Hm.', signature },
            { kind: 'text', text: 'Yes.' },
          ],
        },
      ],
    })
    const input = Array.isArray(body.input) ? body.input.filter(isJsonObject) : []
    expect(input.filter(({ type }) => type === 'reasoning')).toEqual(expected)
  })
})

describe('a relayed request', () => {
  const sealed = { type: 'reasoning', summary: [], encrypted_content: 'sluice.sealed.e30' }
  const user = { role: 'user', content: 'Say "sluice.sealed." please' }

  const strip = (input: readonly unknown[]): unknown => {
    const body = Buffer.from(JSON.stringify({ model: 'm', input, stream: true }))
    let text = body.toString('latin1')
    for (const { start, end } of (openaiResponses.findForeign?.(body) ?? []).toReversed())
      text = text.slice(0, start) + text.slice(end)
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed.input : undefined
  }

  it.each([
    [[sealed], []],
    [[sealed, user], [user]],
    [
      [user, sealed, sealed, REASONING],
      [user, REASONING],
    ],
    [[sealed, user, sealed], [user]],
  ])('omits what Sluice encoded: %j', (input, expected) => {
    expect(strip(input)).toEqual(expected)
  })
})
