import { describe, expect, it } from 'vitest'
import { type GatewayCall, readEnvelope } from '#gateway'
import { anthropicMessages, gemini, openaiChat, openaiResponses, type Protocol } from '#protocols'
import { wishOf } from '../../../src/gateway/cache/wish.ts'
import { chatBody, messagesBody, responsesBody } from '../../tools/app/asks.ts'

const wishFor = (
  protocol: Protocol,
  body: object,
  rawHeaders: readonly string[] = [],
  more: Partial<GatewayCall> = {},
) => {
  const call: GatewayCall = {
    requestId: 'req_1',
    route: 'POST /',
    protocol,
    toPath: () => '/',
    caller: { id: 'one' },
    body: Buffer.from(JSON.stringify(body)),
    rawHeaders,
    query: '',
    signal: undefined as never,
    ...more,
  }
  return wishOf(call, call, readEnvelope(call, 512))
}

describe('a call', () => {
  it.each([
    [undefined, 'use'],
    ['', 'use'],
    ['max-age=60', 'use'],
    ['no-cache', 'refresh'],
    ['No-Cache, max-age=0', 'refresh'],
    ['no-store', 'bypass'],
    ['no-cache,no-store', 'bypass'],
  ])('with cache-control %j wants: %s', (control, wish) => {
    const headers = control === undefined ? [] : ['Cache-Control', control]
    expect(wishFor(openaiChat, chatBody(), headers)).toBe(wish)
  })

  const stateless = (more: object) => responsesBody('hello', { store: false, ...more })

  it.each<[string, Protocol, object]>([
    ['Chat', openaiChat, chatBody('hello', { store: false })],
    ['Messages', anthropicMessages, messagesBody()],
    ['Responses that are not stored', openaiResponses, stateless({})],
    [
      'turns that have ids',
      openaiResponses,
      stateless({
        input: [
          {
            type: 'message',
            role: 'assistant',
            id: 'msg_1',
            content: [{ type: 'output_text', text: 'x' }],
          },
        ],
      }),
    ],
    [
      'a container of its own',
      openaiResponses,
      stateless({ tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }),
    ],
    ['no container', anthropicMessages, messagesBody('hello', { container: null })],
  ])('of %s uses the cache', (_, protocol, body) => expect(wishFor(protocol, body)).toBe('use'))

  it.each<[string, Protocol, object]>([
    ['Chat that is stored', openaiChat, chatBody('hello', { store: true })],
    ['Responses that are stored by default', openaiResponses, responsesBody()],
    ['Responses that are stored', openaiResponses, responsesBody('hello', { store: true })],
    ['a run in the background', openaiResponses, stateless({ background: true })],
    ['an earlier response', openaiResponses, stateless({ previous_response_id: 'resp_1' })],
    ['a conversation', openaiResponses, stateless({ conversation: { id: 'conv_1' } })],
    [
      'an earlier item',
      openaiResponses,
      stateless({ input: [{ type: 'item_reference', id: 'msg_1' }] }),
    ],
    [
      'a container by its id',
      openaiResponses,
      stateless({ tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }),
    ],
    ['a container of Messages', anthropicMessages, messagesBody('hello', { container: 'c_1' })],
    [
      'a thread',
      anthropicMessages,
      messagesBody('hello', { thread: { previous_message_id: 'msg_1' } }),
    ],
    ['a new thread', anthropicMessages, messagesBody('hello', { thread: { type: 'create' } })],
  ])('with %s bypasses it', (_, protocol, body) => expect(wishFor(protocol, body)).toBe('bypass'))

  it('with cached content of Gemini bypasses it', () => {
    const named = { named: { model: 'gemini-2.5-pro', stream: false } }
    expect(wishFor(gemini, { contents: [] }, [], named)).toBe('use')
    expect(wishFor(gemini, { contents: [], cachedContent: 'c/1' }, [], named)).toBe('bypass')
    expect(wishFor(gemini, { contents: [], cached_content: 'c/1' }, [], named)).toBe('bypass')
  })

  it('on a socket bypasses it', () => {
    expect(wishFor(openaiChat, chatBody(), [], { inFrames: true })).toBe('bypass')
  })

  it('that wants its cost while it runs uses it', () => {
    const headers = ['x-sluice-cost', 'stream']
    expect(wishFor(openaiChat, chatBody('hello', { stream: true }), headers)).toBe('use')
  })
})
