/** When the demo model may answer, and how it says that it is one. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../tools/app/house.ts'
import {
  checkChatAnswer,
  checkChatStream,
  checkMessagesAnswer,
  checkMessagesStream,
} from '../tools/checkers/index.ts'

const demo = { paceMs: 0 }

describe('with no provider configured', () => {
  it.each(['gpt-4o', 'claude-sonnet-5', 'demo/echo', 'anything'])(
    'answers to %s, with the name demo/...',
    async (model) => {
      const sluice = await sluiceForTest({ demo })
      const chat = await sluice.send(CHAT, { body: chatBody('Good morning', { model }) })
      expect(checkChatAnswer(chat.json)).toEqual([])
      expect(chat.json.model).toMatch(/^demo\//)
      expect(chat.text).toContain('"[demo] ')
      const messages = await sluice.send(MESSAGES, { body: messagesBody('Good day', { model }) })
      expect(checkMessagesAnswer(messages.json)).toEqual([])
      expect(messages.json.model).toMatch(/^demo\//)
      expect(messages.text).toContain('"[demo] ')
      expect(messages.headers).toMatchObject({
        'x-sluice-model': model,
        'x-sluice-target': expect.stringMatching(/^demo\//),
      })
    },
  )

  it('also does so in streams', async () => {
    const sluice = await sluiceForTest({ demo })
    const chat = await sluice.send(CHAT, { body: chatBody('hello', { stream: true }) })
    expect(checkChatStream(chat.bytes)).toEqual([])
    const messages = await sluice.send(MESSAGES, { body: messagesBody('hello', { stream: true }) })
    expect(checkMessagesStream(messages.bytes)).toEqual([])
    for (const { text } of [chat, messages]) {
      expect(text).toMatch(/"model":"demo\//)
      expect(text).not.toMatch(/"model":"(?!demo\/)/)
    }
  })

  it('is listed and ready', async () => {
    const sluice = await sluiceForTest({ demo })
    expect((await sluice.send('/v1/models')).text).toContain('"demo/')
    expect((await sluice.send('/health/ready')).status).toBe(200)
  })
})

describe('beside a provider', () => {
  it('answers if it is named', async () => {
    const { sluice } = await startHouse({ demo })
    const { json } = await sluice.send(CHAT, { body: chatBody('hello', { model: 'demo/echo' }) })
    expect(json.model).toBe('demo/echo')
  })

  it('answers if an alias names it', async () => {
    const { sluice } = await startHouse({
      demo,
      aliases: [{ name: 'try', targets: ['demo/echo'] }],
    })
    const { json } = await sluice.send(CHAT, { body: chatBody('hello', { model: 'try' }) })
    expect(json.model).toBe('demo/echo')
  })

  it.each(['unheard-of', 'gpt-4o', 'claude-sonnet-5', 'echo'])(
    'does not answer to %s',
    async (model) => {
      const { sluice } = await startHouse({ demo })
      const { headers } = await sluice.send(CHAT, { body: chatBody('hello', { model }) })
      expect(headers['x-sluice-target']).not.toMatch(/^demo/)
    },
  )

  it('is never the default, even if that is configured', async () => {
    const { sluice } = await startHouse({ demo, defaultModel: 'demo/echo' })
    const { status } = await sluice.send(CHAT, { body: chatBody('hello', { model: 'unheard-of' }) })
    expect(status).toBe(404)
  })

  it('is never a fallback, even if that is configured', async () => {
    const { sluice, upstream } = await startHouse({
      demo,
      aliases: [{ name: 'try', targets: ['openai/gpt-4o', 'demo/echo'] }],
    })
    upstream.next({ fault: { status: 403 } })
    const { status, headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'try' }) })
    expect([status, headers['x-sluice-attempts']]).toEqual([403, '1'])
  })
})
