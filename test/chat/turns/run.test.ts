/** One answer, from the message to its end. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { toFirstLine } from '../../../src/chat/turns/run/first-line.ts'
import { chatHouse, settle, visitor } from '../../tools/chat/chat-house.ts'

describe('a message', () => {
  it('is answered by the model, and readers get the events in order', async () => {
    const { join, model, store, faults } = chatHouse()
    const visit = await join()
    const reading = await visit.read()
    const outcome = await visit.say('hello')
    expect(outcome).toMatchObject({ status: 'started', position: '1.0' })
    await settle()
    model.calls[0]?.say('Hi', ' there')
    model.calls[0]?.end()
    await settle()
    expect(reading.types).toEqual([
      'user_message',
      'session_updated',
      'run_start',
      'llm_start',
      'part_start',
      'token',
      'token',
      'llm_end',
      'run_end',
    ])
    expect(reading.sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(reading.sent.at(-1)?.event).toMatchObject({
      type: 'run_end',
      status: 'done',
      result: 'Hi there',
      finish_reason: 'stop',
      cost_summary: { total_tokens: 12, prompt_tokens: 10, completion_tokens: 2, total_cost: 2 },
    })
    expect(store.kept('s').session).toMatchObject({ title: 'hello', titledBy: 'first_line' })
    const [asked, answer] = store.kept('s').messages.values()
    expect(asked).toMatchObject({ role: 'user', content: 'hello', status: 'done', parentId: null })
    expect(answer).toMatchObject({
      role: 'assistant',
      content: 'Hi there',
      status: 'done',
      parentId: asked?.id,
    })
    expect(store.kept('s').lastSeq).toBe(9)
    expect(faults).toEqual([])
  })
})

describe('an answer', () => {
  it('has thoughts, citations and a refusal, each in its part', async () => {
    const { join, model, store } = chatHouse()
    const visit = await join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    const [call] = model.calls
    call?.think('hm')
    call?.say('It is so.')
    call?.cite('so')
    call?.refuse('No more.')
    call?.end()
    await settle()
    const run_id = [...store.kept('s').runs.keys()][0]
    const events = reading.sent.map(({ event }) => event)
    expect(events.slice(4, -2)).toMatchObject([
      { type: 'part_start', part: 0, kind: 'reasoning' },
      { type: 'reasoning', part: 0, token: 'hm', run_id },
      { type: 'part_start', part: 1, kind: 'text' },
      { type: 'token', part: 1, token: 'It is so.', token_count: 2, cost: 2 },
      { type: 'citation', index: 0, quote: 'so' },
      { type: 'part_start', part: 2, kind: 'refusal' },
      { type: 'token', part: 2, token: 'No more.' },
    ])
    expect([...store.kept('s').messages.values()].at(-1)).toMatchObject({
      content: 'It is so.No more.',
      parts: [
        { kind: 'reasoning', text: 'hm' },
        { kind: 'text', text: 'It is so.' },
        { kind: 'citation', quote: 'so' },
        { kind: 'refusal', text: 'No more.' },
      ],
    })
  })

  it('that fails in the middle keeps its text, and says why', async () => {
    const { join, model, store } = chatHouse()
    const visit = await join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    model.calls[0]?.say('par')
    model.calls[0]?.fail(new GatewayError('upstream_rate_limited', 'Too many calls.'))
    await settle()
    expect(reading.sent.at(-1)?.event).toMatchObject({
      type: 'run_end',
      status: 'failed',
      result: 'par',
      finish_reason: null,
      cost_summary: { completion_tokens: 1, total_cost: 1 },
      error: {
        message: 'Too many calls.',
        type: 'rate_limit_error',
        code: 'upstream_rate_limited',
        param: null,
      },
    })
    expect([...store.kept('s').messages.values()].at(-1)).toMatchObject({
      content: 'par',
      status: 'failed',
    })
    expect((await visit.say('again')).status).toBe('started')
  })

  it('that was refused has a cost of zero, and the session still has its title', async () => {
    const { join, model, store } = chatHouse()
    const visit = await join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    model.calls[0]?.fail(new GatewayError('rate_limited', 'The limit is reached.'))
    await settle()
    expect(reading.types).toEqual(['user_message', 'session_updated', 'run_start', 'run_end'])
    expect(reading.sent.at(-1)?.event).toMatchObject({
      cost_summary: {
        model: 'm',
        total_tokens: 0,
        prompt_tokens: 0,
        completion_tokens: 0,
        cached_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
        total_cost: 0,
        estimated: false,
      },
    })
    expect(store.kept('s').session.title).toBe('hello')
  })

  it('that cannot be made because of a fault here ends, and the operator learns of it', async () => {
    const { join, model, store, faults } = chatHouse()
    const visit = await join()
    model.answer = () => {
      throw new Error('a fault')
    }
    await visit.say('hello')
    await settle()
    expect(visit.session.activeRun).toBeUndefined()
    expect([...store.kept('s').runs.values()]).toMatchObject([
      { status: 'failed', error: { code: 'internal' } },
    ])
    expect(faults).toEqual([expect.stringContaining('a run has failed')])
  })
})

describe('what the model is sent', () => {
  it('begins with the system prompt and has the settings of the session', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await house.chat.resources.patch(visitor(), 's', {
      system_prompt: 'Be brief.',
      model: 'own',
      settings: { temperature: 0.5, max_output_tokens: 9 },
    })
    await visit.say('hello')
    await settle()
    const { turns, call } = house.model.calls[0] ?? {}
    expect(turns).toEqual([
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'hello' },
    ])
    expect(call?.request).toMatchObject({ model: 'own', temperature: 0.5, maxOutputTokens: 9 })
    expect(call).toMatchObject({ conversation: 'anonymous s', route: 'WS /ws/session/{id}' })
  })

  it('has the last exchanges, as many as are set', async () => {
    const house = chatHouse({ set: { maxHistory: 2 } })
    house.model.answer = (call) => {
      setImmediate(() => {
        call.say(`answer ${house.model.calls.length}`)
        call.end()
      })
    }
    const visit = await house.join()
    for (let at = 1; at <= 5; at++) {
      await visit.say(`question ${at}`)
      await settle()
    }
    expect(house.model.calls[4]?.turns.map(({ text }) => text)).toEqual([
      'question 3',
      'answer 3',
      'question 4',
      'answer 4',
      'question 5',
    ])
  })
})

describe('a title', () => {
  it.each([
    ['  \n first line \nsecond', 'first line'],
    ['x'.repeat(200), 'x'.repeat(80)],
    ['🙂'.repeat(100), '🙂'.repeat(80)],
    ['日本語で話してください', '日本語で話してください'],
  ])('of %j is its first line', (content, title) => {
    expect(toFirstLine(content)).toBe(title)
  })

  it('that a user has given stays', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await house.chat.resources.patch(visitor(), 's', { title: 'mine' })
    await visit.say('hello')
    expect(house.store.kept('s').session.title).toBe('mine')
  })
})
