/** The default model: directives in the user's text, results quoted, schemas satisfied. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../ask.ts'
import { readDirectives } from './directives.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

describe('reading directives', () => {
  it('finds them anywhere in a text', () => {
    expect(readDirectives('<reminder>x</reminder>\n[[say hi]] and [[redacted]]')).toEqual([
      { name: 'say', rest: 'hi' },
      { name: 'redacted', rest: '' },
    ])
  })

  it('accepts brackets in the arguments of a call', () => {
    expect(readDirectives('[[call f {"a":[[1]],"b":"]]"}]] [[say x]]')).toEqual([
      { name: 'call', rest: 'f {"a":[[1]],"b":"]]"}' },
      { name: 'say', rest: 'x' },
    ])
  })
})

const user = (content: unknown) => ({ role: 'user', content })

describe('the default model', () => {
  let upstream: Upstream
  beforeAll(async () => {
    upstream = await startUpstream()
  })
  afterAll(() => upstream.close())

  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 } },
    required: ['city', 'days'],
    additionalProperties: false,
  }
  const weather = { name: 'weather', parameters: schema }

  const chat = (content: unknown, change: object = {}) =>
    ask(upstream, '/v1/chat/completions', {
      model: 'gpt-4o',
      messages: [user(content)],
      tools: [{ type: 'function', function: weather }],
      ...change,
    })
  const messages = (content: unknown, change: object = {}) =>
    ask(upstream, '/v1/messages', {
      model: 'claude-opus-5',
      max_tokens: 100,
      messages: [user(content)],
      tools: [{ name: 'weather', input_schema: schema }],
      ...change,
    })
  const responses = (input: unknown, change: object = {}) =>
    ask(upstream, '/v1/responses', {
      model: 'gpt-5',
      input,
      tools: [{ type: 'function', ...weather }],
      ...change,
    })

  it('echoes the user’s message', async () => {
    expect((await chat('good day')).json).toMatchObject({
      choices: [{ message: { content: 'good day' } }],
    })
    expect((await messages([{ type: 'text', text: 'good day' }])).json).toMatchObject({
      content: [{ text: 'good day' }],
    })
    expect((await responses('good day')).json).toMatchObject({
      output: [{ content: [{ text: 'good day' }] }],
    })
  })

  it('calls the directed tool, in every protocol', async () => {
    const order = 'please [[call weather {"city":"Bern"}]]'
    expect((await chat(order)).json).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { arguments: '{"city":"Bern"}' } }] } }],
    })
    expect((await messages(order)).json).toMatchObject({
      content: [{ type: 'tool_use', input: { city: 'Bern' } }],
    })
    expect((await responses(order)).json).toMatchObject({
      output: [{ type: 'function_call', name: 'weather', arguments: '{"city":"Bern"}' }],
    })
  })

  it('calls freeform and namespaced tools in their own form', async () => {
    const tools = [
      { type: 'custom', name: 'patch' },
      {
        type: 'namespace',
        name: 'mcp',
        description: 'd',
        tools: [{ type: 'function', ...weather }],
      },
    ]
    const { json } = await responses('[[custom patch *** Begin]] [[call weather {}]]', { tools })
    expect(json).toMatchObject({
      output: [
        { type: 'custom_tool_call', input: '*** Begin' },
        { type: 'function_call', namespace: 'mcp' },
      ],
    })
  })

  it('does not call a tool that is not offered', async () => {
    const order = '[[call other {}]]'
    expect((await chat(order)).json).toMatchObject({ choices: [{ message: { content: order } }] })
  })

  it('quotes every one of parallel results', async () => {
    const toCall = (id: string) => ({ type: 'tool_use', id, name: 'weather', input: {} })
    const toResult = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: `in ${id}` })
    const told = [
      user('[[call weather {}]] [[call weather {}]]'),
      { role: 'assistant', content: ['Bern', 'Rome'].map(toCall) },
      user(['Bern', 'Rome'].map(toResult)),
    ]
    expect((await messages('', { messages: told })).json).toMatchObject({
      content: [{ text: 'The tool answered: in Bern and in Rome' }],
    })
  })

  it('thinks first if thinking is on, unless a directive sets its thoughts', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 }
    const on = { model: 'claude-sonnet-4-5', max_tokens: 2000, thinking }
    expect((await messages('hello', on)).json).toMatchObject({
      content: [{ type: 'thinking' }, { type: 'text', text: 'hello' }],
    })
    expect((await messages('[[think hm]] [[say well]]', on)).json).toMatchObject({
      content: [{ type: 'thinking', thinking: 'hm' }, { text: 'well' }],
    })
  })

  it('quotes the result, and does nothing twice', async () => {
    const order = user('[[call weather {}]]')
    const call = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }
    const asked = [
      order,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'sunny' },
    ]
    expect((await chat('', { messages: asked })).json).toMatchObject({
      choices: [{ message: { content: 'The tool answered: sunny' } }],
    })
    const content = [{ type: 'text', text: 'sunny' }]
    const told = [
      order,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'weather', input: {} }] },
      user([
        { type: 'tool_result', tool_use_id: 'a', content },
        { type: 'text', text: 'reminder' },
      ]),
    ]
    expect((await messages('', { messages: told })).json).toMatchObject({
      content: [{ text: 'The tool answered: sunny' }],
    })
    const items = [
      order,
      { type: 'function_call', call_id: 'a', name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'sunny' },
    ]
    expect((await responses(items)).json).toMatchObject({
      output: [{ content: [{ text: 'The tool answered: sunny' }] }],
    })
  })

  it('satisfies the requested schema', async () => {
    const value = '{"city":"text","days":3}'
    const chatFormat = { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } }
    expect((await chat('hi', { response_format: chatFormat })).json).toMatchObject({
      choices: [{ message: { content: value } }],
    })
    // Anthropic takes no bounds.
    const unbound = { ...schema, properties: { city: { type: 'string' }, days: { const: 3 } } }
    const config = { format: { type: 'json_schema', schema: unbound } }
    expect((await messages('hi', { output_config: config })).json).toMatchObject({
      content: [{ text: value }],
    })
    const text = { format: { type: 'json_schema', name: 'x', schema, strict: true } }
    expect((await responses('hi', { text })).json).toMatchObject({
      output: [{ content: [{ text: value }] }],
    })
  })

  it('calls a tool that it is forced to call', async () => {
    const { json } = await messages('hi', { tool_choice: { type: 'tool', name: 'weather' } })
    expect(json).toMatchObject({ content: [{ input: { city: 'text', days: 3 } }] })
  })

  it('thinks, answers, refuses and stops as directed', async () => {
    const { json } = await messages('[[think hm]] [[redacted]] [[say well]] [[stop length]]')
    expect(json).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'redacted_thinking' },
        { type: 'text', text: 'well' },
      ],
      stop_reason: 'max_tokens',
    })
    expect((await chat('[[refuse no]]')).json).toMatchObject({
      choices: [{ message: { refusal: 'no' } }],
    })
  })

  it('counts as directed', async () => {
    const { json } = await chat('[[usage input=100 output=7 cacheRead=40]] hi')
    expect(json.usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 40 },
    })
  })

  it('fails as directed', async () => {
    const limited = await messages('[[status 429 retry-after=1]]')
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('1')
    const broken = await messages('[[error 2 overloaded_error too many now]]', { stream: true })
    expect(broken.text).toContain('"error":{"type":"overloaded_error","message":"too many now"}')
    expect((await messages('[[html 503]]')).text).toContain('<html>')
    await expect(messages('[[cut 2]]', { stream: true })).rejects.toThrow()
    await expect(messages('[[reset]]')).rejects.toThrow('fetch failed')
  })
})
