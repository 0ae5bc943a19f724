/** Every directive in the documentation does what the documentation says. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createDemo } from '../../../src/providers/demo/index.ts'
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

const failureOf = async (prompt: string) => {
  const events = await eventsOf(toRequest(prompt))
  const last = events.at(-1)
  return { deltas: deltasOf(events), code: last?.type === 'error' ? last.error.code : undefined }
}

const stalls = async (prompt: string) => {
  const controller = new AbortController()
  const heard: string[] = []
  const answer = createDemo({ paceMs: 0 }).answer(toRequest(prompt), controller.signal)
  setTimeout(() => controller.abort(new Error('enough')), 100)
  await expect(async () => {
    for await (const event of answer) heard.push(event.type)
  }).rejects.toThrow('enough')
  return heard
}

const firstEvent = async (prompt: string) => {
  for await (const event of createDemo().answer(toRequest(prompt), NEVER)) return event.type
  return undefined
}

const EXAMPLES: Record<string, (prompt: string) => Promise<void>> = {
  async '[[say Good morning.]]'(prompt) {
    const { parts } = await ask(prompt)
    expect(parts).toEqual([{ kind: 'text', text: '[demo] Good morning.' }])
    const json = await ask('[[say {"a":1}]]', { answerFormat: { kind: 'json' } })
    expect(json.parts).toEqual([{ kind: 'text', text: '{"a":1}' }])
  },
  async '[[tokens 200]]'(prompt) {
    const events = await eventsOf(toRequest(prompt))
    expect(deltasOf(events)).toHaveLength(200)
    expect(deltasOf(events).join('')).toMatch(/^\[demo\] /)
  },
  async '[[think It may rain.]]'(prompt) {
    const { parts } = await ask(`Hello. ${prompt}`)
    expect(parts).toEqual([
      { kind: 'reasoning', text: 'It may rain.' },
      { kind: 'text', text: '[demo] You said: Hello.' },
    ])
  },
  async '[[call get_weather {"city":"Oslo"}]]'(prompt) {
    const { parts, reason } = await ask(`${prompt} [[call get_time {bad]]`, { tools })
    expect(parts).toMatchObject([
      { kind: 'tool-call', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      { kind: 'tool-call', name: 'get_time', arguments: '{bad' },
    ])
    expect(reason).toBe('tool-calls')
    const without = await ask(prompt)
    expect(without.parts).toEqual([
      { kind: 'text', text: '[demo] No tool named get_weather may be called.' },
    ])
  },
  async '[[call get_weather]]'(prompt) {
    const { parts } = await ask(prompt, { tools })
    expect(parts).toMatchObject([
      { name: 'get_weather', arguments: '{"city":"demo","unit":"celsius"}' },
    ])
  },
  async '[[refuse]]'(prompt) {
    const { parts, reason } = await ask(prompt)
    expect(parts).toEqual([{ kind: 'refusal', text: '[demo] I will not answer that.' }])
    expect(reason).toBe('content-filter')
  },
  async '[[refuse Not that.]]'(prompt) {
    expect((await ask(prompt)).parts).toEqual([{ kind: 'refusal', text: '[demo] Not that.' }])
  },
  async '[[length 5]]'(prompt) {
    const { parts, reason, usage } = await ask(`One two three. ${prompt}`)
    expect(parts).toEqual([{ kind: 'text', text: '[demo] You said' }])
    expect({ reason, tokens: usage.outputTokens }).toEqual({ reason: 'length', tokens: 5 })
  },
  async '[[length]]'(prompt) {
    const { parts, reason } = await ask(`One two three. ${prompt}`)
    expect(parts).toEqual([{ kind: 'text', text: '[demo] You said: One two three.' }])
    expect(reason).toBe('length')
  },
  async '[[pace 50]]'(prompt) {
    const started = performance.now()
    await eventsOf(toRequest(`${prompt} [[tokens 6]]`, { stream: false }))
    expect(performance.now() - started).toBeGreaterThan(250)
  },
  async '[[delay 2000]]'(prompt) {
    const started = performance.now()
    expect(await firstEvent(prompt)).toBe('message-start')
    expect(performance.now() - started).toBeGreaterThan(1900)
  },
  async '[[status 429 retry-after=2]]'(prompt) {
    await expect(ask(prompt)).rejects.toMatchObject({
      code: 'upstream_rate_limited',
      status: 429,
      retryAfterMs: 2000,
    })
    await expect(ask('[[status 418]]')).rejects.toMatchObject({
      code: 'upstream_rejected',
      status: 418,
    })
    await expect(ask('[[status 500]]')).rejects.toMatchObject({ code: 'upstream_failed' })
  },
  async '[[cut 5]]'(prompt) {
    const failure = await failureOf(prompt)
    expect(failure).toEqual({
      deltas: ['[', 'demo', ']', ' Nothing', ' was'],
      code: 'upstream_broken',
    })
  },
  async '[[cut]]'(prompt) {
    await expect(ask(prompt)).rejects.toMatchObject({ code: 'upstream_broken' })
  },
  async '[[garbage 5]]'(prompt) {
    const { deltas, code } = await failureOf(prompt)
    expect({ count: deltas.length, code }).toEqual({ count: 5, code: 'upstream_invalid' })
  },
  async '[[garbage]]'(prompt) {
    await expect(ask(prompt)).rejects.toMatchObject({ code: 'upstream_invalid' })
  },
  async '[[stall 5]]'(prompt) {
    const heard = await stalls(prompt)
    expect(heard.filter((type) => type === 'part-delta')).toHaveLength(5)
  },
  async '[[stall]]'(prompt) {
    expect(await stalls(prompt)).toEqual([])
  },
  async '[[next]]'(prompt) {
    const request = toRequest(`[[call get_time]] ${prompt} [[say Done.]]`, { tools })
    const second = await afterCalls(request, () => 'noon')
    const events = await eventsOf(second)
    expect(deltasOf(events).join('')).toBe('[demo] Done.')
  },
  async '[[call get_weather]] [[next]] [[cut 3]]'(prompt) {
    const second = await afterCalls(toRequest(prompt, { tools }), () => 'rain')
    const events = await eventsOf(second)
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_broken' } })
    expect(deltasOf(events)).toHaveLength(3)
  },
}

describe('the documentation of the demo', async () => {
  const text = await readFile(new URL('../../../docs/demo.md', import.meta.url), 'utf8')
  const documented = [...text.matchAll(/`(\[\[.*?\]\])`/g)].map(([, example = '']) => example)

  it('shows the examples that are tried here, and no others', () => {
    expect([...documented].toSorted()).toEqual(Object.keys(EXAMPLES).toSorted())
  })

  it.each(Object.keys(EXAMPLES))('is correct about %s', async (example) => {
    expect.hasAssertions()
    await EXAMPLES[example]?.(example)
  })
})
