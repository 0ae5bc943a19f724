/** What is remembered of answers: by whom, for how long, and how much. */
import { describe, expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import type { GatewayError } from '#model'
import { createResponseStore } from '../../../src/responses/store/response-store.ts'
import { runsOf } from '../../../src/responses/store/stored-turn.ts'

const CALLER = { id: 'caller-1' }
const OTHER = { id: 'caller-2' }

const INPUT = '{"type":"message","role":"user","content":"hi"}'

const given = (text: string) => ({ own: Buffer.from(text), all: Buffer.from(text) })

const response = (id: string, text = 'hello') => ({
  id,
  output: [{ type: 'message', id: `msg_${id}`, content: text }],
  model: 'a model',
})

const stored = (id: string, text = 'hello') => [given(INPUT), response(id, text)] as const

const itemsOf = (id: string, text: string) =>
  response(id, text).output.map((item) => JSON.stringify(item))

const parse = (json: Buffer | string | undefined): unknown =>
  json === undefined ? undefined : JSON.parse(json.toString())

describe('the store of responses', () => {
  it('returns an answer only to the caller that received it', () => {
    const store = createResponseStore()
    store.save(CALLER, ...stored('resp_1'))
    const found = store.find(CALLER, 'resp_1')
    expect(parse(found?.text)).toEqual(response('resp_1'))
    expect(found?.turn.input.toString()).toBe(INPUT)
    expect(found?.isPending).toBe(false)
    expect(store.find(OTHER, 'resp_1')).toBeUndefined()
    expect(store.findItem(OTHER, 'msg_resp_1')).toBeUndefined()
    expect(store.delete(OTHER, 'resp_1')).toBe(false)
  })

  it('finds an item by its id', () => {
    const store = createResponseStore()
    store.save(CALLER, ...stored('resp_1'))
    expect(parse(store.findItem(CALLER, 'msg_resp_1'))).toEqual(response('resp_1').output[0])
    expect(store.findItem(CALLER, 'msg_else')).toBeUndefined()
  })

  it('removes expired answers, and deleted ones at once', () => {
    let nowMs = 0
    const store = createResponseStore({ keepMs: 1000, now: () => nowMs })
    store.save(CALLER, ...stored('resp_1'))
    store.save(CALLER, ...stored('resp_2'))
    expect(store.delete(CALLER, 'resp_2')).toBe(true)
    expect(store.find(CALLER, 'resp_2')).toBeUndefined()
    nowMs = 999
    expect(store.find(CALLER, 'resp_1')).toBeDefined()
    nowMs = 1000
    expect(store.find(CALLER, 'resp_1')).toBeUndefined()
    expect(store.findItem(CALLER, 'msg_resp_1')).toBeUndefined()
  })

  it('removes the oldest if it is full, and never exceeds its limit', () => {
    const text = 'x'.repeat(1000)
    const store = createResponseStore({ maxBytes: 10_000 })
    for (let count = 0; count < 100; count++) store.save(CALLER, ...stored(`resp_${count}`, text))
    const kept = Array.from({ length: 100 }, (_, at) => at).filter((at) =>
      store.find(CALLER, `resp_${at}`),
    )
    expect(kept.length).toBeGreaterThan(1)
    expect(kept.length).toBeLessThan(10)
    expect(kept.at(-1)).toBe(99)
    expect(kept[0]).toBe(100 - kept.length)
  })
})

describe('several callers', () => {
  const text = 'x'.repeat(1000)
  const keptOf = (store: ReturnType<typeof createResponseStore>, caller: { id: string }) =>
    Array.from({ length: 100 }, (_, at) => at).filter((at) => store.find(caller, `resp_${at}`))

  it('keep their answers, however much one of them adds', () => {
    const store = createResponseStore({ maxBytes: 20_000 })
    for (let count = 0; count < 4; count++) store.save(OTHER, ...stored(`resp_${count}`, text))
    for (let count = 0; count < 100; count++) store.save(CALLER, ...stored(`resp_${count}`, text))
    expect(keptOf(store, OTHER)).toEqual([0, 1, 2, 3])
    expect(keptOf(store, CALLER).at(-1)).toBe(99)
  })

  it('keep their answers, even if one of them divides what it adds among many users', () => {
    const store = createResponseStore({ maxBytes: 20_000 })
    for (let count = 0; count < 4; count++) store.save(OTHER, ...stored(`resp_${count}`, text))
    for (let user = 100; user < 200; user++)
      store.save({ ...CALLER, userId: `user-${user}` }, ...stored(`resp_${user}`, text))
    expect(keptOf(store, OTHER)).toEqual([0, 1, 2, 3])
    expect(store.find({ ...CALLER, userId: 'user-199' }, 'resp_199')).toBeDefined()
  })

  it('may have thousands of users, and none slows the others down', { timeout: 60_000 }, () => {
    const store = createResponseStore()
    const save = (user: number) =>
      store.save({ ...CALLER, userId: `user-${user}` }, ...stored(`resp_${user}`))
    for (let user = 0; user < 20_000; user++) save(user)
    expect(store.find({ ...CALLER, userId: 'user-19999' }, 'resp_19999')).toBeDefined()
  })

  it('keep what calls need before one of them that divides its own among users', () => {
    const memory = createMemoryAccount({ maxBytes: 40_000, shared: false })
    const store = createResponseStore({ memory })
    for (let count = 0; count < 4; count++) store.save(OTHER, ...stored(`resp_${count}`, text))
    for (let user = 0; user < 9; user++)
      store.save({ ...CALLER, userId: `user-${user}` }, ...stored(`resp_${user}`, text))
    memory.hold({ id: 'caller-3' }, 20_000)
    expect(keptOf(store, OTHER)).toEqual([0, 1, 2, 3])
  })

  it('end no run of each other’s', () => {
    const store = createResponseStore({ maxBytes: 20_000 })
    const dropped: string[] = []
    const runOf = (id: string) => ({ response: { id }, drop: () => void dropped.push(id) })
    store.begin(OTHER, given(INPUT), runOf('theirs')).grow(5000)
    const own = store.begin(CALLER, given(INPUT), runOf('own'))
    for (let count = 0; count < 100; count++) own.grow(1000)
    expect(dropped).toEqual(['own'])
    expect(store.findRun(OTHER, 'theirs')).toBeDefined()
  })

  it('are counted in the memory account, and stored answers are removed for calls', () => {
    const memory = createMemoryAccount({ maxBytes: 40_000, shared: true })
    const store = createResponseStore({ memory })
    for (let count = 0; count < 4; count++) store.save(OTHER, ...stored(`resp_${count}`, text))
    for (let count = 0; count < 100; count++) store.save(CALLER, ...stored(`resp_${count}`, text))
    expect(keptOf(store, OTHER)).toHaveLength(4)
    expect(keptOf(store, CALLER).length).toBeLessThan(18)
    const { release } = memory.hold(CALLER, 12_000)
    expect(keptOf(store, CALLER).length).toBeLessThan(8)
    expect(keptOf(store, OTHER)).toHaveLength(4)
    release()
    for (let count = 0; count < 100; count++) {
      store.delete(CALLER, `resp_${count}`)
      store.delete(OTHER, `resp_${count}`)
    }
    expect(memory.heldBytes).toBe(0)
  })

  it('are refused a run if their share is used up, with the error of the account', () => {
    const memory = createMemoryAccount({ maxBytes: 40_000, shared: true })
    const store = createResponseStore({ memory })
    const run = { response: { id: 'resp_1' }, drop: () => undefined }
    expect(() => store.begin(CALLER, given(INPUT), run, 30_000)).toThrow(
      expect.objectContaining({ status: 429, vendorCode: 'share_used_up' }),
    )
    expect(memory.heldBytes).toBe(0)
  })
})

describe('turns that continue each other', () => {
  it('are stored once: a conversation takes memory in proportion to its length', () => {
    const sizeOf = (turns: number): number => {
      const memory = createMemoryAccount({ maxBytes: Infinity, shared: false })
      const store = createResponseStore({ memory, maxBytes: Infinity })
      let all = INPUT
      for (let turn = 0; turn < turns; turn++) {
        const own = { own: Buffer.from(INPUT), all: Buffer.from(all) }
        store.save(CALLER, { ...own, previousId: `resp_${turn - 1}` }, response(`resp_${turn}`))
        all += `,${INPUT}`
      }
      return memory.heldBytes
    }
    expect(sizeOf(400) / sizeOf(200)).toBeLessThan(2.2)
  })

  it('stay while a later one does, and are all removed with the last', () => {
    const memory = createMemoryAccount({ maxBytes: Infinity, shared: false })
    const store = createResponseStore({ memory })
    store.save(CALLER, given('"first"'), response('resp_1', 'one'))
    const next = { ...given('"second"'), previousId: 'resp_1' }
    store.save(CALLER, next, response('resp_2', 'two'))
    store.delete(CALLER, 'resp_1')
    expect(store.findItem(CALLER, 'msg_resp_1')).toBeUndefined()
    const runs = runsOf(store.find(CALLER, 'resp_2')!.turn).map(String)
    expect(runs).toEqual([
      '"first"',
      ...itemsOf('resp_1', 'one'),
      '"second"',
      ...itemsOf('resp_2', 'two'),
    ])
    store.delete(CALLER, 'resp_2')
    expect(memory.heldBytes).toBe(0)
  })

  it('whose beginning is removed keep their complete input', () => {
    const store = createResponseStore()
    const all = Buffer.from('"first","second"')
    store.save(
      CALLER,
      { own: Buffer.from('"second"'), all, previousId: 'resp_0' },
      response('resp_1'),
    )
    expect(store.find(CALLER, 'resp_1')?.turn.input.toString()).toBe('"first","second"')
  })
})

describe('a response that is still being made', () => {
  const begin = (id: string, store = createResponseStore<ReturnType<typeof createRun>>()) => {
    const run = createRun(id)
    const held = store.begin(CALLER, given('"hi"'), run)
    return { store, run, held }
  }
  const createRun = (id: string) => ({
    response: { id, status: 'in_progress', output: [] as unknown[] },
    dropped: '',
    drop({ code }: GatewayError) {
      this.dropped = code
    },
  })

  it('is found with its progress, by its caller only', () => {
    const { store, run } = begin('resp_1')
    run.response = { ...run.response, output: [{ type: 'message' }] }
    const found = store.find(CALLER, 'resp_1')
    expect(parse(found?.text)).toEqual(run.response)
    expect(found?.turn.input.toString()).toBe('"hi"')
    expect(found?.isPending).toBe(true)
    expect(store.findRun(CALLER, 'resp_1')).toBe(run)
    expect(store.find(OTHER, 'resp_1')).toBeUndefined()
    expect(store.findRun(OTHER, 'resp_1')).toBeUndefined()
  })

  it('stays while it is made, and for its time from its end on', () => {
    let nowMs = 0
    const { store, run, held } = begin(
      'resp_1',
      createResponseStore({ keepMs: 1000, now: () => nowMs }),
    )
    store.save(CALLER, ...stored('resp_2'))
    nowMs = 5000
    expect(store.find(CALLER, 'resp_1')).toBeDefined()
    expect(store.find(CALLER, 'resp_2')).toBeUndefined()
    run.response = { id: 'resp_1', status: 'completed', output: [{ id: 'msg_1' }] }
    held.finish(run.response)
    expect(parse(store.findItem(CALLER, 'msg_1'))).toEqual({ id: 'msg_1' })
    nowMs = 6000
    expect(store.find(CALLER, 'resp_1')).toBeUndefined()
    expect(run.dropped).toBe('at_capacity')
  })

  it('that outgrows all of the memory goes alone', () => {
    const { store, run, held } = begin('resp_1', createResponseStore({ maxBytes: 10_000 }))
    store.save(CALLER, ...stored('resp_2'))
    held.grow(10_000)
    expect(run.dropped).toBe('at_capacity')
    expect(store.find(CALLER, 'resp_2')).toBeDefined()
    store.save(CALLER, ...stored('resp_3', 'x'.repeat(10_000)))
    expect(store.find(CALLER, 'resp_3')).toBeUndefined()
    expect(store.find(CALLER, 'resp_2')).toBeDefined()
  })

  it('is ended when it is deleted', () => {
    const { store, run } = begin('resp_1')
    expect(store.delete(CALLER, 'resp_1')).toBe(true)
    expect(run.dropped).toBe('cancelled')
  })

  it('is ended if there is no memory for it', () => {
    const { store, run, held } = begin('resp_1', createResponseStore({ maxBytes: 10_000 }))
    held.grow(9_000)
    expect(run.dropped).toBe('')
    held.grow(1_000)
    expect(run.dropped).toBe('at_capacity')
    expect(store.find(CALLER, 'resp_1')).toBeUndefined()
    // Whatever it still says counts for nothing.
    held.grow(100_000)
    held.finish(run.response)
    store.save(CALLER, ...stored('resp_2'))
    expect(store.find(CALLER, 'resp_2')).toBeDefined()
  })
})
