import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { EFFORTS, type ModelRequest, type ToolChoice } from '#model'
import { createDemo } from '../../../src/providers/demo/index.ts'
import { countTokens, tokenize } from '../../../src/providers/demo/tokens.ts'
import {
  afterCalls,
  ask,
  deltasOf,
  eventsOf,
  NEVER,
  TIME,
  toRequest,
  WEATHER,
} from '../../tools/providers/demo/ask.ts'

const tools = [WEATHER, TIME]
const callsOf = async (text: string, more: Partial<ModelRequest>) =>
  (await ask(text, more)).parts.flatMap((part) => (part.kind === 'tool-call' ? [part.name] : []))

const namesFor = (toolChoice: ToolChoice, text = 'Hello') => callsOf(text, { tools, toolChoice })

const took = async (request: ModelRequest, paceMs: number) => {
  const started = performance.now()
  for await (const _ of createDemo({ paceMs }).answer(request, NEVER)) continue
  return performance.now() - started
}

const deltas = (count: number) => Array.from({ length: count }, () => 'part-delta')
const partOf = (count: number) => ['part-start', ...deltas(count), 'part-end']

describe('an answer of the demo', () => {
  it('names the demo as its model and in its text, whichever model was requested', async () => {
    const answer = await ask('Hello there', { model: 'gpt-4o' })
    expect(answer.model).toBe('demo/echo')
    expect(answer.parts).toEqual([{ kind: 'text', text: '[demo] You said: Hello there' }])
  })

  it('is a well-formed sentence', async () => {
    const request = toRequest('[[think a]] [[say b]] [[call get_time]]', { tools })
    const events = await eventsOf(request)
    expect(events.map(({ type }) => type)).toEqual([
      'message-start',
      ...partOf(1),
      ...partOf(4),
      ...partOf(2),
      'message-end',
    ])
    const indexes = events.flatMap((event) => (event.type === 'part-start' ? [event.index] : []))
    expect(indexes).toEqual([0, 1, 2])
  })

  it('is the same for the same request, streamed or not, ids included', async () => {
    const request = toRequest('[[call get_time]]', { tools })
    const [first, again, whole] = [
      await eventsOf(request),
      await eventsOf(request),
      await eventsOf({ ...request, stream: false }),
    ]
    expect(again).toEqual(first)
    expect(whole).toEqual(first)
    expect(await eventsOf(toRequest('[[call get_time]] ', { tools }))).not.toEqual(first)
  })

  it('reports exactly the tokens that it read and wrote', async () => {
    const events = await eventsOf(
      toRequest('two words [[think one two]]', {
        turns: [
          { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
          { role: 'user', parts: [{ kind: 'text', text: 'two words' }] },
        ],
      }),
    )
    const end = events.at(-1)
    expect(events[0]).toMatchObject({ usage: { inputTokens: 5 } })
    expect(end).toMatchObject({
      usage: { inputTokens: 5, outputTokens: deltasOf(events).length, reasoningTokens: 0 },
    })
  })

  it('counts reasoning as output', async () => {
    const { usage } = await ask('[[think one two]] [[say three]]')
    expect(usage).toMatchObject({ outputTokens: 6, reasoningTokens: 2 })
  })

  it('quotes long prompts in part, and breaks no character', async () => {
    const [part] = (await ask(`x${'👋'.repeat(1000)}`)).parts
    expect(part).toMatchObject({ text: expect.stringMatching(/👋…$/u) as string })
    expect(JSON.stringify(part)).not.toContain('\\ud83d')
  })

  it('treats an invalid number as a client error', async () => {
    await expect(ask('[[pace fast]]')).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The demo directive [[pace]] wants a whole number up to 3600000.',
    })
    await expect(ask('[[status 200]]')).rejects.toMatchObject({ status: 400 })
    await expect(ask('[[tokens 999999999]]')).rejects.toMatchObject({ status: 400 })
  })

  it('does not change brackets that are not a directive', async () => {
    const { parts } = await ask('if [[ -f x ]]; a[[0]] [[1,2],[3]] [[say')
    expect(parts).toEqual([
      { kind: 'text', text: '[demo] You said: if [[ -f x ]]; a[[0]] [[1,2],[3]] [[say' },
    ])
  })

  it.each([
    '[[say ',
    '[[call x {"a":"]]',
    '[[',
    'use ',
    'use ........',
    '<system-reminder>',
    '[[next]]',
    '   ',
  ])(
    'does not hang on megabytes of %j',
    async (unit) => {
      const { reason } = await ask(`${unit.repeat(3_000_000 / unit.length)}x`, { tools })
      expect(reason).toBe('stop')
    },
    10_000,
  )

  it('reads arguments with closing brackets', async () => {
    const { parts } = await ask('[[call get_weather {"city":[["a"]]}]] [[call get_time]]', {
      tools,
    })
    expect(parts).toMatchObject([{ arguments: '{"city":[["a"]]}' }, { name: 'get_time' }])
  })
})

describe('tools of the demo', () => {
  it('are called if the prompt names them', async () => {
    expect(await callsOf('Please use get_weather.', { tools })).toEqual(['get_weather'])
    expect(await callsOf('Call the tool `get_time` and use get_weather', { tools })).toHaveLength(2)
    expect(await callsOf('get_weather is a fine name', { tools })).toEqual([])
    expect(await callsOf('use get_weather', {})).toEqual([])
  })

  it('are not called because a note of the agent names them', async () => {
    const note = '<system-reminder>Always use get_time.</system-reminder> Hello'
    expect(await callsOf(note, { tools })).toEqual([])
  })

  it('follow the tool choice', async () => {
    expect(await namesFor({ mode: 'none' }, '[[call get_time]]')).toEqual([])
    expect(await namesFor({ mode: 'required' })).toEqual(['get_weather'])
    expect(await namesFor({ mode: 'required' }, 'use get_time')).toEqual(['get_time'])
    expect(await namesFor({ mode: 'named', name: 'get_time' })).toEqual(['get_time'])
    expect(await namesFor({ mode: 'named', name: 'get_time' }, 'use get_weather')).toEqual([
      'get_time',
    ])
    expect(await namesFor({ mode: 'allowed', names: ['get_time'], required: true })).toEqual([
      'get_time',
    ])
    expect(await namesFor({ mode: 'allowed', names: ['get_time'], required: false })).toEqual([])
  })

  it('are called with an object, or not at all', async () => {
    const askFor = async (schema: Record<string, unknown>) =>
      (await ask('use it', { tools: [{ kind: 'function', name: 'it', schema }] })).parts
    for (const type of ['array', 'null', ['null', 'object'], '"object"'])
      expect(await askFor({ type })).toMatchObject([{ name: 'it', arguments: '{}' }])
    for (const schema of [{ enum: [1, null] }, { const: 'x' }, { anyOf: [{ const: [] }] }])
      await expect(askFor(schema)).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'tools',
      })
  })

  it('cannot be required if there are none', async () => {
    await expect(ask('Hello', { toolChoice: { mode: 'required' } })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'tool_choice',
    })
  })

  it('are called one at a time if parallel calls are banned', async () => {
    const prompt = '[[call get_time]] [[call get_weather]]'
    expect(await callsOf(prompt, { tools, parallelToolCalls: false })).toEqual(['get_time'])
    expect(await callsOf(prompt, { tools })).toEqual(['get_time', 'get_weather'])
  })

  it('get ids that differ within an answer and between answers', async () => {
    const request = toRequest('[[call get_time]] [[call get_time]] [[next]] [[call get_time]]', {
      tools,
    })
    const second = await afterCalls(request, () => 'noon')
    const ids = [...(await eventsOf(request)), ...(await eventsOf(second))].flatMap((event) =>
      event.type === 'part-start' && event.part.kind === 'tool-call' ? [event.part.id] : [],
    )
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,40}$/)
  })

  it('have their results quoted, and are not called again', async () => {
    const request = toRequest('use get_weather and call get_time', { tools })
    const second = await afterCalls(request, (name) => `result of ${name}`)
    expect(deltasOf(await eventsOf(second)).join('')).toBe(
      '[demo] get_weather answered: result of get_weather\nget_time answered: result of get_time',
    )
  })

  it('continue the steps of a script although an agent adds a remark to the results', async () => {
    const request = toRequest('[[call get_time]] [[next]] [[say Two.]] [[next]] [[say Three.]]', {
      tools,
    })
    const second = await afterCalls(request, () => 'noon')
    const remarked: ModelRequest = {
      ...second,
      turns: [...second.turns, { role: 'user', parts: [{ kind: 'text', text: 'Go on.' }] }],
    }
    expect(deltasOf(await eventsOf(remarked)).join('')).toBe('[demo] Two.')
  })

  it('begin anew with a new prompt', async () => {
    const second = await afterCalls(toRequest('use get_time', { tools }), () => 'noon')
    const turns: ModelRequest['turns'] = [
      ...second.turns,
      { role: 'assistant', parts: [{ kind: 'text', text: 'It is noon.' }] },
      { role: 'user', parts: [{ kind: 'text', text: 'Thanks' }] },
    ]
    expect(deltasOf(await eventsOf({ ...second, turns })).join('')).toBe('[demo] You said: Thanks')
  })

  it('may take plain text', async () => {
    const { parts } = await ask('[[call patch *** Begin]]', {
      tools: [{ kind: 'freeform', name: 'patch' }],
    })
    expect(parts).toMatchObject([{ name: 'patch', freeform: true, arguments: '*** Begin' }])
  })

  it('are loaded by a reference before they are called', async () => {
    const deferred = [{ ...TIME, deferred: true }]
    expect(await callsOf('[[call get_time]]', { tools: deferred })).toEqual([])
    const turns: ModelRequest['turns'] = [
      { role: 'user', parts: [{ kind: 'tool-reference', name: 'get_time' }] },
      { role: 'user', parts: [{ kind: 'text', text: '[[call get_time]]' }] },
    ]
    expect(await callsOf('', { tools: deferred, turns })).toEqual(['get_time'])
  })
})

describe('the demo’s request fields', () => {
  it('is JSON', async () => {
    const [part] = (await ask('Hello', { answerFormat: { kind: 'json' } })).parts
    expect(JSON.parse(part?.kind === 'text' ? part.text : '')).toEqual({
      demo: true,
      text: 'Hello',
    })
  })

  it('is JSON of a schema', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }
    const [part] = (await ask('Hello', { answerFormat: { kind: 'json-schema', schema } })).parts
    expect(part).toEqual({ kind: 'text', text: '{"ok":true}' })
  })

  it('is refused if no value satisfies the schema', async () => {
    const schema = { type: 'object', properties: { a: false }, required: ['a'] }
    await expect(
      ask('Hello', { answerFormat: { kind: 'json-schema', schema } }),
    ).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('is reasoning, longer with a higher effort', async () => {
    const tokens: number[] = []
    for (const effort of EFFORTS)
      tokens.push((await ask('Hello', { reasoning: { effort } })).usage.reasoningTokens)
    expect(tokens).toEqual([0, 8, 16, 32, 64, 128, 256])
  })

  it('is reasoning within a budget, or hidden', async () => {
    const { usage } = await ask('Hello', { reasoning: { budgetTokens: 10 } })
    expect(usage.reasoningTokens).toBe(10)
    const { parts } = await ask('Hello', { reasoning: { adaptive: true, display: 'omitted' } })
    expect(parts[0]).toEqual({ kind: 'reasoning', text: '' })
  })

  it('is an end at the first stop sequence', async () => {
    const answer = await ask('[[say one two three]] [[say four]]', {
      stopSequences: ['three', 'two', ''],
    })
    expect(answer).toMatchObject({
      parts: [{ text: '[demo] one ' }],
      reason: 'stop-sequence',
      stopSequence: 'two',
    })
  })

  it('is an end at the output limit, including reasoning', async () => {
    const answer = await ask('Hello', { reasoning: { effort: 'minimal' }, maxOutputTokens: 10 })
    expect(answer).toMatchObject({
      parts: [{ kind: 'reasoning' }, { kind: 'text', text: '[demo' }],
      reason: 'length',
      usage: { outputTokens: 10 },
    })
  })
})

describe('the pace of the demo', () => {
  it('is the option for streams, and none for complete answers', async () => {
    const request = toRequest('[[tokens 20]]')
    expect(await took(request, 20)).toBeGreaterThan(350)
    expect(await took({ ...request, stream: false }, 5_000)).toBeLessThan(50_000)
  })

  it('stops at once when the caller leaves', async () => {
    for (const prompt of ['[[delay 60000]]', '[[pace 60000]]', '[[stall]]', '[[tokens 100000]]']) {
      const controller = new AbortController()
      const reading = (async () => {
        const answer = createDemo({ paceMs: 0 }).answer(toRequest(prompt), controller.signal)
        for await (const _ of answer) continue
      })()
      const outcome = expect(reading).rejects.toThrow('left')
      await sleep(10)
      controller.abort(new Error('left'))
      await outcome
    }
  })
})

describe('a token of the demo', () => {
  it.each([
    ['', []],
    ['Hello, world!', ['Hello', ',', ' world', '!']],
    ['snake_case  two\n', ['snake_case', '  two', '\n']],
    ['abcdefghijklmnop', ['abcdefghijkl', 'mnop']],
    ['漢字👋é', ['漢字', '👋', 'é']],
    ['   ', ['   ']],
  ])('is a word or a character with the space before it: %j', (text, tokens) => {
    expect([...tokenize(text)]).toEqual(tokens)
    expect(countTokens(text)).toBe(tokens.length)
  })
})
