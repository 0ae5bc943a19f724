/** A conversation that is too long continues from a summary, with any model. */
import { describe, expect, it } from 'vitest'
import { checkResponsesAnswer, checkResponsesStream } from '../../tools/checkers/index.ts'
import { CHAT, CLAUDE, GPT, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { geminiAt, isCall } from '../../tools/app/start-sluice.ts'

const COMPACT = `${RESPONSES}/compact`
const SUMMARY = 'The user is Ada. She wants a poem – it is half written.'
const TALK = [
  { role: 'user', content: 'I am Ada.' },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello Ada.' }] },
  { role: 'developer', content: 'Be brief.' },
  { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'nothing' },
  { role: 'user', content: [{ type: 'input_text', text: 'Write a poem.' }] },
]
const TOOL = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }
const TRIGGER = { type: 'compaction_trigger' }

const lastBody = (upstream: Parameters<typeof callsOf>[0]) =>
  callsOf(upstream).at(-1)?.body as Record<string, unknown>

const itemOf = (json: Record<string, unknown>) =>
  (json.output as Record<string, unknown>[]).at(-1) ?? {}

describe('POST /v1/responses/compact on a translated model', () => {
  const compact = async (more: object = {}) => {
    const house = await startHouse({ demo: {} })
    house.upstream.next({ parts: [{ text: SUMMARY }], usage: { input: 90, output: 9 } })
    const body = { model: CLAUDE, instructions: 'Be kind.', input: TALK, tools: [TOOL], ...more }
    return { ...house, answer: await house.sluice.send(COMPACT, { body }) }
  }

  it('answers with the user’s messages, and the rest in one item', async () => {
    const { answer, upstream, sluice } = await compact()
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response.compaction',
      created_at: expect.any(Number),
      output: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'I am Ada.' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Write a poem.' }] },
        {
          type: 'compaction',
          id: expect.stringMatching(/^cmp_/),
          encrypted_content: expect.stringMatching(/^sluice\.summary\./),
        },
      ],
      usage: { input_tokens: 90, output_tokens: 9, total_tokens: 99 },
    })
    const sent = lastBody(upstream)
    expect(sent).toMatchObject({ tools: [{ name: 'look' }], tool_choice: { type: 'none' } })
    expect(JSON.stringify(sent.system)).toContain('Be kind.')
    expect(JSON.stringify((sent.messages as unknown[]).at(-1))).toContain('Write a summary')
    const line = await sluice.logged(isCall)
    expect(line).toMatchObject({
      route: 'POST /v1/responses/compact',
      target: `anthropic/${CLAUDE}`,
      tokensIn: 90,
      tokensOut: 9,
      outcome: 'ok',
    })
  })

  it.each([CLAUDE, 'demo/echo', GPT])('the item is the summary again for %s', async (model) => {
    const { answer, upstream, sluice } = await compact()
    const input = [...(answer.json.output as object[]), { role: 'user', content: 'Go on.' }]
    const next = await sluice.send(RESPONSES, { body: { model, input } })
    expect(next.status).toBe(200)
    if (model === 'demo/echo') return
    const sent = JSON.stringify(lastBody(upstream))
    expect(sent).toContain(SUMMARY)
    expect(sent).not.toContain('sluice.summary')
    expect(next.headers['x-sluice-dropped']).toBeUndefined()
  })

  it.each(['openai-chat', 'openai-responses'] as const)(
    'also asks in the protocol %s',
    async (spoken) => {
      const { sluice, upstream } = await startHouse({ openai: { protocols: [spoken] } })
      if (spoken === 'openai-responses') upstream.next({ fault: { status: 404 } })
      upstream.next({ parts: [{ text: SUMMARY }] })
      const body = { model: GPT, input: TALK, tools: [TOOL], tool_choice: 'required' }
      const answer = await sluice.send(COMPACT, { body })
      expect(itemOf(answer.json)).toMatchObject({ type: 'compaction' })
      expect(lastBody(upstream)).toMatchObject({ tool_choice: 'none' })
    },
  )

  it('also asks Gemini', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({ providers: [geminiAt(upstream.url)] })
    upstream.next({ parts: [{ text: SUMMARY }] })
    const body = { model: 'gemini-2.5-flash', input: TALK, tools: [TOOL] }
    const answer = await sluice.send(COMPACT, { body })
    expect(itemOf(answer.json)).toMatchObject({ type: 'compaction' })
    expect(lastBody(upstream)).toMatchObject({
      toolConfig: { functionCallingConfig: { mode: 'NONE' } },
    })
  })

  it('makes a conversation short that is known here', async () => {
    const { sluice, upstream } = await startHouse()
    const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input: 'I am Ada.' } })
    upstream.next({ parts: [{ text: SUMMARY }] })
    const body = { model: CLAUDE, previous_response_id: json.id }
    const answer = await sluice.send(COMPACT, { body })
    expect(answer.json.output).toMatchObject([{ role: 'user' }, { type: 'compaction' }])
    expect(JSON.stringify(lastBody(upstream))).toContain('I am Ada.')
  })

  it('goes to the next target if the first one fails', async () => {
    const { sluice, upstream } = await startHouse({
      aliases: [{ name: 'both', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    upstream.next({ fault: { status: 500 } }, { parts: [{ text: SUMMARY }] })
    const answer = await sluice.send(COMPACT, { body: { model: 'both', input: TALK } })
    expect(answer.headers['x-sluice-target']).toBe(`anthropic/${CLAUDE}`)
    expect(itemOf(answer.json)).toMatchObject({ type: 'compaction' })
  })

  it('reports that the model wrote no summary', async () => {
    const { sluice, upstream } = await startHouse({ retry: { retries: 0, baseMs: 1 } })
    upstream.next({ parts: [{ text: ' ' }] })
    const answer = await sluice.send(COMPACT, { body: { model: CLAUDE, input: TALK } })
    expect(answer.status).toBe(502)
    expect((answer.json.error as { message: string }).message).toContain('no summary')
  })

  it.each([
    ['no model', { input: TALK }, 'model'],
    ['no input', { model: CLAUDE, input: 7 }, 'input'],
    ['nothing', { model: CLAUDE }, 'input'],
    ['an item that is none', { model: CLAUDE, input: [7] }, 'input[0]'],
    [
      'an earlier response of nobody',
      { model: CLAUDE, input: 'x', previous_response_id: 'resp_x' },
      'previous_response_id',
    ],
    ['a trigger in the middle', { model: CLAUDE, input: [TRIGGER, ...TALK] }, 'input[0]'],
  ])('refuses %s by the name of its field', async (_, body, param) => {
    const { sluice, upstream } = await startHouse()
    const refused = await sluice.send(COMPACT, { body })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ type: 'invalid_request_error', param })
    expect(callsOf(upstream)).toEqual([])
  })
})

describe('POST /v1/responses/compact on a model of OpenAI', () => {
  it('is relayed untouched, and counted', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ usage: { input: 80, output: 8 } })
    const body = JSON.stringify({ model: GPT, input: TALK })
    const answer = await sluice.send(COMPACT, { body })
    expect(answer.json).toMatchObject({ object: 'response.compaction' })
    expect(callsOf(upstream).map(({ path, rawBody }) => [path, rawBody.toString()])).toEqual([
      [COMPACT, body],
    ])
    expect(await sluice.logged(isCall)).toMatchObject({ tokensIn: 80, tokensOut: 8 })
  })

  it('sends the upstream the text of our summary', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: SUMMARY }] })
    const first = await sluice.send(COMPACT, { body: { model: CLAUDE, input: TALK } })
    const body = { model: GPT, input: [itemOf(first.json), { role: 'user', content: 'Go on.' }] }
    expect((await sluice.send(COMPACT, { body })).status).toBe(200)
    expect(lastBody(upstream).input).toMatchObject([
      { type: 'message', role: 'user', content: [{ text: expect.stringContaining(SUMMARY) }] },
      { content: 'Go on.' },
    ])
  })

  it.each([404, 405, 501])('is a request for a summary if the route is a %s', async (status) => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { status } }, { parts: [{ text: SUMMARY }] })
    const answer = await sluice.send(COMPACT, { body: { model: GPT, input: TALK } })
    expect(answer.status).toBe(200)
    expect(itemOf(answer.json).encrypted_content).toMatch(/^sluice\.summary\./)
    expect(callsOf(upstream).map(({ path }) => path)).toEqual([COMPACT, CHAT])
  })
})

describe('an input that ends in a trigger', () => {
  const ask = { model: CLAUDE, input: [...TALK, TRIGGER], tools: [TOOL] }

  it('is answered with the summary as its one item', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ reasoning: 'Hm.' }, { text: SUMMARY }] })
    const { json } = await sluice.send(RESPONSES, { body: ask })
    expect(checkResponsesAnswer(json)).toEqual([])
    expect(json.output).toMatchObject([{ type: 'compaction' }])
    expect(JSON.stringify(json)).not.toContain('Ada')
  })

  it('also in a stream', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: SUMMARY }] })
    const { bytes, text } = await sluice.send(RESPONSES, { body: { ...ask, stream: true } })
    expect(checkResponsesStream(bytes)).toEqual([])
    expect(text).toContain('response.output_item.done')
    expect(text).not.toContain('output_text')
    const sealed = /"encrypted_content":"(sluice\.summary\.[^"]+)"/.exec(text)?.[1]
    const item = { type: 'compaction', encrypted_content: sealed }
    const input = [item, { role: 'user', content: 'Go on.' }]
    await sluice.send(RESPONSES, { body: { model: CLAUDE, input } })
    expect(JSON.stringify(lastBody(upstream))).toContain(SUMMARY)
  })

  it('reaches OpenAI unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    const body = JSON.stringify({ ...ask, model: GPT })
    const { json } = await sluice.send(RESPONSES, { body })
    expect(json.output).toMatchObject([{ type: 'compaction' }])
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(body)
    const input = [itemOf(json), { role: 'user', content: 'Go on.' }]
    const foreign = await sluice.send(RESPONSES, { body: { model: CLAUDE, input } })
    expect(foreign.headers['x-sluice-dropped']).toContain('compaction')
  })
})
