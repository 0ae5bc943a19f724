/** Base URLs as people write them. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../tools/app/house.ts'

describe('the base URL', () => {
  it.each(['/v1', '/v1/', '', '/'])('of OpenAI may end in %j', async (end) => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [
        {
          name: 'openai',
          vendor: 'openai',
          apiKey: 'sk-upstream-openai',
          baseUrl: upstream.url + end,
        },
      ],
    })
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
    expect(callsOf(upstream)[0]?.path).toBe('/v1/chat/completions')
    expect((await sluice.send('/v1/models')).text).toContain('"openai/gpt-')
  })

  it.each(['', '/', '/v1', '/v1/'])('of Anthropic may end in %j', async (end) => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [
        {
          name: 'anthropic',
          vendor: 'anthropic',
          apiKey: 'sk-ant-upstream',
          baseUrl: upstream.url + end,
        },
      ],
    })
    expect((await sluice.send(MESSAGES, { body: messagesBody() })).status).toBe(200)
    expect(callsOf(upstream)[0]?.path).toBe('/v1/messages')
    expect((await sluice.send('/v1/models')).text).toContain('"anthropic/claude-')
  })

  it.each([
    ['openai', '/api/paas/v4', '/api/paas/v4/chat/completions'],
    ['openai', '/proxy/v1/', '/proxy/v1/chat/completions'],
    ['anthropic', '/api/anthropic', '/api/anthropic/v1/chat/completions'],
  ] as const)('of %s may lead deeper: %s', async (vendor, base, path) => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [{ name: 'deep', vendor, baseUrl: upstream.url + base }],
    })
    const isChat = vendor === 'openai'
    await sluice.send(isChat ? CHAT : MESSAGES, {
      body: isChat ? chatBody('x', { model: 'deep/x' }) : messagesBody('x', { model: 'deep/x' }),
    })
    expect(callsOf(upstream)[0]?.path).toBe(
      isChat ? path : path.replace('/chat/completions', '/messages'),
    )
  })
})
