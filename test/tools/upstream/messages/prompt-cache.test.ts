/** The prompt cache of the scripted vendor counts as the real one does. */
import { expect, it } from 'vitest'
import { createMemory } from '../memory.ts'
import { countCached } from './prompt-cache.ts'

const MODEL = 'claude-sonnet-4-5-20250929'
const LONG = 'A rule that holds for all answers. '.repeat(200)
const cache_control = { type: 'ephemeral' }
const system = [{ type: 'text', text: LONG, cache_control }]
const user = (text: string, more = {}) => ({
  role: 'user',
  content: [{ type: 'text', text, ...more }],
})

it('writes a marked prompt once, and reads it from then on', () => {
  const memory = createMemory()
  const first = countCached({ model: MODEL, system, messages: [user('a')] }, memory)
  expect(first).toMatchObject({ cacheRead: 0, cacheWrite1h: 0 })
  expect(first.cacheWrite).toBeGreaterThan(1_024)
  const second = countCached({ model: MODEL, system, messages: [user('b')] }, memory)
  expect(second).toEqual({ cacheRead: first.cacheWrite, cacheWrite: 0, cacheWrite1h: 0 })
})

it('reads what was marked a turn ago, and writes the rest up to the last mark', () => {
  const memory = createMemory()
  const one = user(LONG, { cache_control })
  const first = countCached({ model: MODEL, messages: [one] }, memory)
  const messages = [
    user(LONG),
    { role: 'assistant', content: 'fine' },
    user(LONG, { cache_control }),
  ]
  const second = countCached({ model: MODEL, messages }, memory)
  expect(second.cacheRead).toBe(first.cacheWrite)
  expect(second.cacheWrite).toBeGreaterThan(1_024)
})

it.each([
  ['without marks', { system: LONG, messages: [user('a')] }],
  ['that is too short', { messages: [user('short', { cache_control })] }],
])('neither reads nor writes a prompt %s', (_, body) => {
  const memory = createMemory()
  for (let time = 0; time < 2; time++)
    expect(countCached({ model: MODEL, ...body }, memory)).toEqual({
      cacheRead: 0,
      cacheWrite: 0,
      cacheWrite1h: 0,
    })
})

it('reads nothing of another model, or of a prompt that begins otherwise', () => {
  const memory = createMemory()
  countCached({ model: MODEL, system, messages: [user('a')] }, memory)
  const other = countCached({ model: 'claude-opus-4-1', system, messages: [user('a')] }, memory)
  expect(other.cacheRead).toBe(0)
  const tools = [{ name: 'a', input_schema: { type: 'object' } }]
  expect(
    countCached({ model: MODEL, tools, system, messages: [user('a')] }, memory).cacheRead,
  ).toBe(0)
})
