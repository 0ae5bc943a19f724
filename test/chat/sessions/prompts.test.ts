/** What the model of a run was sent is put together again from the messages, and is not kept with each run. */
import { describe, expect, it } from 'vitest'
import {
  chatHouse,
  type ChatHouse,
  type HouseOptions,
  settle,
  visitor,
} from '../../tools/chat/chat-house.ts'

const ME = visitor()

interface Prompt {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly settings: object
}

const promptOf = async (house: ChatHouse, runId: string): Promise<Prompt> =>
  (await house.chat.resources.prompt(ME, 's', runId)) as Prompt

const start = async (options: HouseOptions = {}) => {
  const house = chatHouse(options)
  house.model.answer = (call) => {
    call.say(`answer to ${call.turns.at(-1)?.text}`)
    call.end()
  }
  const visit = await house.join()
  const ask = async (command: Parameters<typeof visit.command>[0]): Promise<string> => {
    const { run_id: id = '' } = await visit.command(command)
    await settle()
    return id
  }
  return { house, visit, ask, say: (content: string) => ask({ type: 'message', content }) }
}

/** Every run shows what its model was sent. */
const expectAll = async (house: ChatHouse, runs: readonly string[]): Promise<void> => {
  for (const [at, id] of runs.entries()) {
    const { messages } = await promptOf(house, id)
    const sent = house.model.calls[at]?.turns.map(({ role, text }) => ({
      role,
      content: text.replaceAll('|', '\n\n'),
    }))
    expect(messages).toEqual(sent)
  }
}

describe('the prompt of a run', () => {
  it('is what its model was sent, whatever became of the session later', async () => {
    const set = { maxHistory: 2 }
    const { house, visit, ask, say } = await start({ set })
    const runs = [await say('one'), await say('two'), await say('three'), await say('four')]
    const [first] = await visit.session.history()
    runs.push(await ask({ type: 'edit', message_id: first?.message_id ?? '', content: 'other' }))
    const { resources } = house.chat
    await resources.patch(ME, 's', {
      system_prompt: 'Be brief.',
      settings: { temperature: 0.5, max_output_tokens: 9 },
    })
    set.maxHistory = 50
    runs.push(await say('five'), await say('six'))
    await resources.patch(ME, 's', { system_prompt: 'Be long.', settings: {} })
    runs.push(await say('seven'))
    await resources.patch(ME, 's', { system_prompt: null })
    runs.push(await say('eight'))
    await expectAll(house, runs)
    expect(await promptOf(house, runs[6] ?? '')).toMatchObject({
      messages: [{ role: 'system', content: 'Be brief.' }, {}, {}, {}, {}, {}],
      settings: { temperature: 0.5, max_output_tokens: 9 },
    })
  })

  it('has the marks of answers that were cut, and of those that go on', async () => {
    const { house, visit, ask, say } = await start()
    house.model.answer = (call) => call.say('1, 2,')
    const runs = [await say('count')]
    await visit.command({ type: 'cancel' })
    runs.push(await ask({ type: 'continue', run_id: runs[0] ?? '' }))
    await visit.command({ type: 'cancel' })
    runs.push(await say('go on'))
    await expectAll(house, runs)
    expect((await promptOf(house, runs[1] ?? '')).messages.at(-1)?.content).toMatch(/Continue it/)
  })

  it('takes no more room in a long session than in a short one', async () => {
    const { house, say } = await start({ set: { messageRate: false } })
    const sizeOf = (id: string): number => JSON.stringify(house.store.kept('s').runs.get(id)).length
    await house.chat.resources.patch(ME, 's', { system_prompt: 'y'.repeat(10_000) })
    const runs: string[] = []
    for (let at = 0; at < 30; at++) runs.push(await say('x'.repeat(1_000)))
    const [first = '', ...others] = runs
    expect(sizeOf(first)).toBeLessThan(11_000)
    for (const id of others) expect(sizeOf(id)).toBeLessThan(1_000)
    await expectAll(house, runs)
  })

  it('has its system prompt after a restart, too', async () => {
    const { house, say } = await start()
    await house.chat.resources.patch(ME, 's', { system_prompt: 'Be brief.' })
    const runs = [await say('one'), await say('two')]
    expect(await promptOf(house.restart(), runs[1] ?? '')).toMatchObject({
      messages: [{ content: 'Be brief.' }, { content: 'one' }, {}, { content: 'two' }],
    })
  })

  it('is gone when the history was cleared, and the next run has the system prompt itself', async () => {
    const { house, visit, say } = await start()
    await house.chat.resources.patch(ME, 's', { system_prompt: 'Be brief.' })
    const before = await say('one')
    await visit.command({ type: 'clear_history' })
    await expect(promptOf(house, before)).rejects.toMatchObject({ code: 'not_found' })
    const after = await say('two')
    expect((await promptOf(house, after)).messages.map(({ content }) => content)).toEqual([
      'Be brief.',
      'two',
    ])
  })

  it('of an earlier version is shown as it was kept', async () => {
    const { house, say } = await start()
    const id = await say('one')
    const { runs } = house.store.kept('s')
    const run = runs.get(id)
    const turns = [{ role: 'user', parts: [{ kind: 'text', text: 'kept' }] }]
    if (run) runs.set(id, { ...run, prompt: JSON.stringify({ turns, temperature: 1 }) })
    expect(await promptOf(house, id)).toMatchObject({
      messages: [{ role: 'user', content: 'kept' }],
      settings: { temperature: 1 },
    })
  })
})
