/** Prompts and answers in spans, for an operator who asks for them. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { ASKS, TARGETS } from '../../tools/gateway/settled-house.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

const KEY = 'sluice-key-of-ann-0123456789'
const FOREIGN = 'sk-foreign0123456789abcdef'

const start = async (options: Partial<AppOptions> = {}) => {
  const receiver = await startReceiver()
  const upstream = await upstreamForTest()
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
    traces: tracesTo(receiver, { content: true }),
    ...options,
  })
  /** What the span of the call says. */
  const said = async () => {
    const [[call] = []] = await receiver.callsOf(sluice)
    const read = (name: string): unknown => {
      const text = call?.attributes[name]
      return typeof text === 'string' ? JSON.parse(text) : undefined
    }
    return {
      input: read('gen_ai.input.messages'),
      output: read('gen_ai.output.messages'),
      system: read('gen_ai.system_instructions'),
    }
  }
  return { receiver, upstream, sluice, said }
}

const text = (content: string) => ({ type: 'text', content })

const CASES = Object.keys(ASKS).flatMap((dialect) =>
  Object.values(TARGETS).flatMap((target) =>
    [false, true].map((stream) => ({ dialect, target, stream })),
  ),
)

describe('a call', () => {
  it.each(CASES)(
    'in $dialect to $target has its prompt and its answer (stream: $stream)',
    async ({ dialect, target, stream }) => {
      const { upstream, sluice, said } = await start()
      upstream.next({ parts: [{ text: 'Grüße — one two three' }] })
      const { path, body } = ASKS[dialect]?.(target, stream, 'who is there?') ?? {
        path: '',
        body: {},
      }
      expect((await sluice.send(path, { body })).status).toBe(200)
      expect(await said()).toEqual({
        input: [{ role: 'user', parts: [text('who is there?')] }],
        output: [
          { role: 'assistant', parts: [text('Grüße — one two three')], finish_reason: 'stop' },
        ],
        system: undefined,
      })
    },
  )

  it('has its instructions, the calls of tools and their results', async () => {
    const { upstream, sluice, said } = await start()
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: 'look', arguments: '{"a":1}' },
    }
    upstream.next({ parts: [{ toolCall: { name: 'look', arguments: '{"b":2}' } }] })
    const body = {
      model: 'gpt-4o',
      tools: [
        {
          type: 'function',
          function: { name: 'look', parameters: { type: 'object', properties: {} } },
        },
      ],
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Look.' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'a door' },
      ],
    }
    const answer = await sluice.send(CHAT, { body })
    expect(answer.status).toBe(200)
    const { input, output, system } = await said()
    expect(system).toEqual([text('Be brief.')])
    expect(input).toEqual([
      { role: 'user', parts: [text('Look.')] },
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', id: 'call_1', name: 'look', arguments: '{"a":1}' }],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: 'a door' }] },
    ])
    expect(output).toEqual([
      {
        role: 'assistant',
        parts: [expect.objectContaining({ type: 'tool_call', name: 'look', arguments: '{"b":2}' })],
        finish_reason: 'tool_call',
      },
    ])
  })

  it('to the demo has its answer, too', async () => {
    const { sluice, said } = await start({ demo: { paceMs: 0 } })
    for (const stream of [false, true])
      await sluice.send(CHAT, { body: chatBody('hello', { model: 'demo/demo', stream }) })
    const { output } = await said()
    expect(output).toEqual([
      { role: 'assistant', parts: [text(expect.any(String) as string)], finish_reason: 'stop' },
    ])
  })

  it('that fell back has the answer that its client got', async () => {
    const { upstream, sluice, said } = await start({
      aliases: [{ name: 'fast', targets: [TARGETS.openai, TARGETS.anthropic] }],
    })
    upstream.next(
      { parts: [{ text: 'never seen' }], fault: { cutAfterEvents: 0 } },
      { parts: [{ text: 'seen' }] },
    )
    await sluice.send(CHAT, { body: chatBody('x', { model: 'fast', stream: true }) })
    expect((await said()).output).toEqual([
      { role: 'assistant', parts: [text('seen')], finish_reason: 'stop' },
    ])
  })

  it('that is cut off has what was said until then', async () => {
    const { upstream, sluice, said } = await start()
    upstream.next({ parts: [{ text: 'one two three four' }], fault: { cutAfterEvents: 4 } })
    await sluice.send(MESSAGES, { body: messagesBody('x', { stream: true }) })
    const [answer] = (await said()).output as [
      { parts: { content: string }[]; finish_reason: string },
    ]
    expect('one two three four').toContain(answer.parts[0]?.content)
    expect(answer.finish_reason).toBe('error')
  })

  it('that is not recorded is not read', async () => {
    const { receiver, sluice } = await start({})
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'
    await sluice.send(CHAT, { body: chatBody('UNRECORDED'), headers: { traceparent } })
    await sluice.send(CHAT, { body: chatBody('RECORDED') })
    await receiver.callsOf(sluice)
    expect(receiver.raw()).not.toContain('UNRECORDED')
  })
})

describe('what is said', () => {
  it('has no secrets', async () => {
    const { receiver, upstream, sluice, said } = await start({ keys: [KEY] })
    const headers = { authorization: `Bearer ${KEY}` }
    upstream.next({ parts: [{ text: `you said ${KEY}, and ${FOREIGN}` }], pieces: 30 })
    const body = chatBody(`my keys: ${KEY} ${FOREIGN}`, { model: CLAUDE, stream: true })
    await sluice.send(CHAT, { body, headers })
    const { input, output } = await said()
    expect(input).toEqual([{ role: 'user', parts: [text('my keys: [redacted] [redacted]')] }])
    expect(JSON.stringify(output)).toContain('you said [redacted], and [redacted]')
    for (const secret of [KEY, FOREIGN]) expect(receiver.raw()).not.toContain(secret)
  })

  it('is cut to a length without cutting a secret, and the last message is kept', async () => {
    const { receiver, upstream, sluice, said } = await start({ keys: [KEY] })
    upstream.next({ parts: [{ text: `${'\u0001'.repeat(9_000)}end` }], pieces: 3 })
    const long = `${'x'.repeat(16_270)}${KEY}`
    const messages = [
      ...Array.from({ length: 300 }, (_, at) => ({ role: 'user', content: `old ${at}` })),
      { role: 'user', content: long },
    ]
    const headers = { authorization: `Bearer ${KEY}` }
    await sluice.send(CHAT, { body: chatBody('x', { messages }), headers })
    const { input, output } = await said()
    const size = JSON.stringify(input).length
    expect(size).toBeGreaterThan(8_000)
    expect(size).toBeLessThan(17_000)
    expect(JSON.stringify(input)).toContain('xxx')
    expect(JSON.stringify(output).length).toBeLessThan(17_000)
    expect(receiver.raw()).not.toContain(KEY.slice(0, 12))
  })
})
