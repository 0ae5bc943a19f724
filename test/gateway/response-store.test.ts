/** What is remembered of answers: by whom, for how long, and how much. */
import { describe, expect, it } from 'vitest'
import { createResponseStore } from '../../src/gateway/response-store.ts'

const CALLER = { id: 'caller-1' }
const OTHER = { id: 'caller-2' }

const stored = (id: string, text = 'hello') => ({
  input: [{ type: 'message', role: 'user', content: 'hi' }],
  response: { id, output: [{ type: 'message', id: `msg_${id}`, content: text }] },
})

describe('the store of responses', () => {
  it('gives an answer back to the caller who got it, and to nobody else', () => {
    const store = createResponseStore()
    store.save(CALLER, stored('resp_1'))
    expect(store.find(CALLER, 'resp_1')).toEqual(stored('resp_1'))
    expect(store.find(OTHER, 'resp_1')).toBeUndefined()
    expect(store.findItem(OTHER, 'msg_resp_1')).toBeUndefined()
    expect(store.delete(OTHER, 'resp_1')).toBe(false)
  })

  it('finds an item by its own id', () => {
    const store = createResponseStore()
    store.save(CALLER, stored('resp_1'))
    expect(store.findItem(CALLER, 'msg_resp_1')).toEqual(stored('resp_1').response.output[0])
    expect(store.findItem(CALLER, 'msg_else')).toBeUndefined()
  })

  it('forgets after its time, and what is deleted at once', () => {
    let nowMs = 0
    const store = createResponseStore({ keepMs: 1000, now: () => nowMs })
    store.save(CALLER, stored('resp_1'))
    store.save(CALLER, stored('resp_2'))
    expect(store.delete(CALLER, 'resp_2')).toBe(true)
    expect(store.find(CALLER, 'resp_2')).toBeUndefined()
    nowMs = 999
    expect(store.find(CALLER, 'resp_1')).toBeDefined()
    nowMs = 1000
    expect(store.find(CALLER, 'resp_1')).toBeUndefined()
    expect(store.findItem(CALLER, 'msg_resp_1')).toBeUndefined()
  })

  it('forgets the oldest where there is no room, and never holds more than it may', () => {
    const text = 'x'.repeat(1000)
    const store = createResponseStore({ maxBytes: 10_000 })
    for (let count = 0; count < 100; count++) store.save(CALLER, stored(`resp_${count}`, text))
    const kept = Array.from({ length: 100 }, (_, at) => at).filter((at) =>
      store.find(CALLER, `resp_${at}`),
    )
    expect(kept.length).toBeGreaterThan(1)
    expect(kept.length).toBeLessThan(10)
    expect(kept.at(-1)).toBe(99)
    expect(kept[0]).toBe(100 - kept.length)
  })
})
