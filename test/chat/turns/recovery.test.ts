/** What is left when a process ends without a word, and another one takes over. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chatHouse, settle, visitor } from '../../tools/chat/chat-house.ts'

afterEach(() => void vi.useRealTimers())

const BATCH_MS = 100

const useTimers = (): void =>
  void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })

describe('a run whose process was killed', () => {
  it('is interrupted with the text that was stored, and readers that are ahead are rewound', async () => {
    useTimers()
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('stored', ' too')
    await vi.advanceTimersByTimeAsync(BATCH_MS)
    await settle()
    house.model.calls[0]?.say(' lost')
    expect(reading.text).toBe('stored too lost')

    const next = house.restart()
    await next.chat.start()
    const { messages, runs } = next.store.kept('s')
    expect([...messages.values()].at(-1)).toMatchObject({
      content: 'stored too',
      status: 'interrupted',
    })
    expect([...runs.values()]).toMatchObject([
      { status: 'interrupted', error: { code: 'interrupted' }, costSummary: { total_cost: 2 } },
    ])

    const again = await (await next.join()).read(`1.${visit.session.position.seq}`)
    expect(again.sent[0]?.event).toEqual({ type: 'rewind', to: '1.7' })
    expect(again.types.slice(1)).toEqual(['llm_end', 'run_end'])
    expect(again.sent.at(-1)).toMatchObject({
      epoch: 2,
      seq: 9,
      event: { status: 'interrupted', result: 'stored too' },
    })
  })

  it('is interrupted when its session is joined first', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    const next = house.restart()
    const again = await next.join()
    expect(again.session.activeRun).toBeUndefined()
    expect(await again.session.history()).toMatchObject([
      { content: 'hello' },
      { content: '', status: 'interrupted' },
    ])
    expect((await again.say('go on')).status).toBe('started')
  })

  it('had not shown anybody messages that are lost', async () => {
    useTimers()
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('shown')
    const { messages } = await visit.session.snapshot()
    house.kill()
    expect(messages.at(-1)?.content).toBe('shown')
    const again = await house.restart().join()
    expect((await again.session.history()).at(-1)?.content).toBe('shown')
  })

  it('can be continued', async () => {
    useTimers()
    const house = chatHouse()
    const visit = await house.join()
    const { run_id = '' } = await visit.say('count')
    await settle()
    house.model.calls[0]?.say('1, 2,')
    await vi.advanceTimersByTimeAsync(BATCH_MS)
    await settle()
    const next = house.restart()
    const again = await next.join()
    await again.command({ type: 'continue', run_id })
    await settle()
    expect(next.model.calls[0]?.turns.map(({ text }) => text).slice(0, 2)).toEqual([
      'count',
      '1, 2,',
    ])
  })

  it('is in the history of the next message, as far as it went', async () => {
    useTimers()
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('count')
    await settle()
    house.model.calls[0]?.say('1, 2,')
    await vi.advanceTimersByTimeAsync(BATCH_MS)
    await settle()
    house.kill()
    const next = house.restart()
    const again = await next.join()
    const { run_id = '' } = await again.say('go on')
    const prompt = await next.chat.resources.prompt(visitor(), 's', run_id)
    expect(prompt).toMatchObject({
      messages: [
        { role: 'user', content: 'count' },
        { role: 'assistant', content: '1, 2,' },
        { role: 'user', content: expect.stringMatching(/stopped before.*\n\ngo on$/s) },
      ],
    })
  })

  it('loses nothing of a reader that comes inside a joined range', async () => {
    useTimers()
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('a', 'b', 'c', 'd')
    await vi.advanceTimersByTimeAsync(BATCH_MS)
    await settle()
    const row = house.store.kept('s').events.at(-1)
    expect(row).toMatchObject({ lengths: [1, 1, 1, 1], event: { token: 'abcd' } })
    const next = await house.restart().join()
    const again = await next.read(`1.${(row?.from ?? 0) + 1}`)
    expect(again.text).toBe('cd')
    expect(reading.text).toBe('abcd')
  })
})

describe('a queue whose process was killed', () => {
  it('goes on, in order', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    await visit.say('two')
    await visit.say('three')
    const next = house.restart()
    await next.chat.start()
    await settle()
    expect(next.model.calls.map(({ turns }) => turns.at(-1)?.text)).toEqual(['one|two'])
    next.model.calls[0]?.end()
    await settle()
    expect(next.model.calls[1]?.turns.at(-1)?.text).toContain('three')
    next.model.calls[1]?.end()
    await settle()
    expect(next.store.kept('s').queue.size).toBe(0)
  })

  it('does not answer callers that may no longer call', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    await visit.say('two')
    const next = house.restart({ findCaller: () => undefined })
    await next.chat.start()
    await settle()
    expect(next.model.calls).toHaveLength(0)
    expect(next.store.kept('s').queue.size).toBe(0)
  })
})

describe('the process that was there before', () => {
  it('writes nothing any more, and sends its readers away', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    const next = house.restart()
    await next.join()
    const { lastSeq } = next.store.kept('s')
    house.model.calls[0]?.say('mine')
    house.model.calls[0]?.end()
    await settle()
    expect(next.store.kept('s').lastSeq).toBe(lastSeq)
    expect(reading.ended?.reason.vendorCode).toBe('going_away')
    expect(house.model.calls[0]?.isStopped).toBe(true)
  })
})
