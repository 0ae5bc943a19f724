/** The turns of a conversation go to one target with one key, in every dialect. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, GPT, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, type House, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { NAMINGS, namedAsk, type NamedAsk } from '../../tools/gateway/conversations.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'
import { isDone, openClient } from '../../tools/server/websocket/open-client.ts'

const WEIGHTED = { alias: { strategy: 'weighted' } } as const
const SESSIONS = Array.from({ length: 12 }, (_, at) => `session-of-the-client-${at}`)

const targetOf = async (sluice: House, { path, ...sending }: NamedAsk): Promise<string> => {
  const { status, headers, text } = await sluice.send(path, sending)
  expect(status, text).toBe(200)
  return String(headers['x-sluice-target'])
}

/** The targets of each session, over several turns. */
const turnsOf = async (
  ask: (session: string, turn: number) => Promise<string>,
  sessions = SESSIONS,
  turns = 3,
) => {
  const used = new Map<string, Set<string>>()
  for (let turn = 0; turn < turns; turn++)
    for (const session of sessions) {
      const targets = used.get(session) ?? new Set()
      used.set(session, targets.add(await ask(session, turn)))
    }
  return [...used.values()]
}

/** Each session had one, and all together had several: that they had one by chance is one in 3¹¹. */
const expectOneEach = (used: readonly ReadonlySet<string>[]) => {
  for (const each of used) expect([...each]).toHaveLength(1)
  expect(new Set(used.flatMap((each) => [...each])).size).toBeGreaterThan(1)
}

describe.each(NAMINGS)('%s, by %s', (dialect, _, naming) => {
  it.each([false, true])('has one target (stream: %s)', async (stream) => {
    const { sluice } = await startThree(WEIGHTED)
    const ask = (session: string, turn: number) =>
      targetOf(
        sluice,
        namedAsk(dialect, naming(session), { model: 'best', stream, text: `turn ${turn}` }),
      )
    expectOneEach(await turnsOf(ask))
  })

  it.each([false, true])('has one of several keys (stream: %s)', async (stream) => {
    const { ask } = await startPool()
    const turn = (session: string, at: number) =>
      ask(namedAsk(dialect, naming(session), { model: GPT, stream, text: `turn ${at}` }))
    expectOneEach(await turnsOf(turn))
  })
})

const KEYS = ['sk-pool-key-one-1111', 'sk-pool-key-two-2222', 'sk-pool-key-three-3333']

const startPool = async (options: Partial<AppOptions> = {}) => {
  const upstream = await upstreamForTest({ keys: { openai: null } })
  const { apiKey: _, ...provider } = openaiAt(upstream.url)
  const sluice = await sluiceForTest({ providers: [{ ...provider, apiKeys: KEYS }], ...options })
  const keyOf = () => String(callsOf(upstream).at(-1)?.headers.authorization?.slice(-4))
  const ask = async (asked: NamedAsk): Promise<string> => {
    await targetOf(sluice, asked)
    return keyOf()
  }
  return { sluice, upstream, ask, keyOf }
}

const chat = (session: string, text = 'x', headers: Record<string, string> = {}): NamedAsk => ({
  path: CHAT,
  body: chatBody(text, { model: 'best', prompt_cache_key: session }),
  headers,
})

describe('on a socket', () => {
  it.each([
    [
      'by the header of the socket',
      (id: string) => ({ headers: { 'x-session-id': id } }),
      () => ({}),
    ],
    ['by its frames', () => ({}), (key: string) => ({ prompt_cache_key: key })],
  ])('a conversation has one target, %s', async (_, toOptions, toFields) => {
    const { sluice } = await startThree(WEIGHTED)
    const used = await turnsOf(async (session) => {
      const client = await openClient(sluice.url, '/ws', toOptions(session))
      client.send({ id: 'a', ...chatBody('x', { model: 'best', ...toFields(session) }) })
      const done = await client.until('the end', isDone('a'))
      client.socket.close()
      return String(done.target)
    })
    expectOneEach(used)
  })

  it('a conversation of Responses has one target', async () => {
    const { sluice, first, second, third } = await startThree(WEIGHTED)
    const counts = () => [first, second, third].map(({ count }) => count())
    const used = await turnsOf(async (session) => {
      const before = counts()
      const client = await openClient(sluice.url, RESPONSES, { headers: { session_id: session } })
      client.send({ type: 'response.create', ...responsesBody('x', { model: 'best' }) })
      await client.until('the end', ({ type }) => type === 'response.completed')
      client.socket.close()
      return String(counts().findIndex((count, at) => count > (before[at] ?? 0)))
    })
    expectOneEach(used)
  })
})

describe('two callers that give their conversations the same names', () => {
  const keys = ['caller-one', 'caller-two']
  const as = (caller: string, user?: string) => ({
    authorization: `Bearer ${caller}`,
    ...(user !== undefined && { 'x-user-id': user }),
  })

  it('have conversations of their own, and so have two users of one', async () => {
    const { sluice } = await startThree({ ...WEIGHTED, keys })
    const targetsOf = async (headers: Record<string, string>) => {
      const used = await turnsOf(
        (session) => targetOf(sluice, chat(session, 'x', headers)),
        SESSIONS,
        2,
      )
      expectOneEach(used)
      return used.flatMap((each) => [...each]).join()
    }
    const all = new Set<string>()
    for (const headers of [as('caller-one'), as('caller-two'), as('caller-one', 'ann')])
      all.add(await targetsOf(headers))
    expect(all.size).toBe(3)
  })

  it('do not move those of the other', async () => {
    const { sluice, first, second, third } = await startThree({
      alias: { strategy: 'least_busy' },
      keys,
    })
    const all = { first, second, third }
    const name = 'the same for both'
    const ask = (caller: string) => targetOf(sluice, chat(name, 'x', as(caller)))
    const own = await ask('caller-one')
    const [provider = ''] = own.split('/')
    all[provider as keyof typeof all].says({ fault: { status: 503 } })
    const moved = await ask('caller-two')
    for (let turn = 0; turn < 5; turn++) expect(await ask('caller-two')).toBe(moved)
    all[provider as keyof typeof all].recovers()
    expect(await ask('caller-one')).toBe(own)
  })

  it('are nowhere in the log, with the names of their conversations', async () => {
    const { sluice } = await startThree({ ...WEIGHTED, logLevel: 'trace' })
    const { headers } = await sluice.send(CHAT, chat('a-name-of-a-conversation'))
    await targetOf(sluice, {
      ...chat('x'),
      headers: { session_id: 'another-name-of-a-conversation' },
    })
    expect(sluice.rawLog() + JSON.stringify(headers)).not.toContain('name-of-a-conversation')
  })
})

describe('when a target fails', () => {
  it('its conversations go elsewhere without a failed call, and stay there when it recovers', async () => {
    const { sluice, first } = await startThree(WEIGHTED)
    const ask = (session: string) => targetOf(sluice, chat(session))
    const before = new Map<string, string>()
    for (const session of SESSIONS) before.set(session, await ask(session))
    first.says({ fault: { status: 503 } })
    const during = new Map<string, string>()
    for (const session of SESSIONS) during.set(session, await ask(session))
    first.recovers()
    for (const session of SESSIONS) {
      const own = before.get(session) ?? ''
      const now = during.get(session) ?? ''
      if (own.startsWith('first/')) expect(now).not.toBe(own)
      else expect(now).toBe(own)
    }
    // Those that nobody has told to go away may return, those that answered elsewhere do not move again.
    const after = new Map<string, string>()
    for (const session of SESSIONS) after.set(session, await ask(session))
    for (const session of SESSIONS) expect(await ask(session)).toBe(after.get(session))
  })

  it('calls that the cache answers change nothing about where their conversation is', async () => {
    const cache = { store: 'memory', maxBytes: 1e6, ttlMs: 60_000 } as const
    const { sluice, first, second, third } = await startThree({ ...WEIGHTED, cache })
    const own = await targetOf(sluice, chat('one', 'the first turn'))
    const [provider = ''] = own.split('/')
    const failing = { first, second, third }[provider as 'first']
    failing.says({ fault: { status: 503 } })
    const [moved, followed] = await Promise.all([
      targetOf(sluice, chat('one', 'the second turn')),
      targetOf(sluice, chat('one', 'the second turn')),
    ])
    expect(moved).not.toBe(own)
    expect(followed).toBe(moved)
    failing.recovers()
    await sluice.send(CHAT, chat('one', 'the first turn'))
    expect(await targetOf(sluice, chat('one', 'the third turn'))).toBe(moved)
  })

  it('a list in order is used in its order again', async () => {
    const { sluice, first } = await startThree()
    const ask = () => targetOf(sluice, chat('one'))
    first.says({ fault: { status: 503 } })
    expect(await ask()).toBe('second/gpt-4o')
    first.recovers()
    expect(await ask()).toBe('first/gpt-4o')
  })

  it('a list in order keeps a conversation that has sealed thoughts with it', async () => {
    const { sluice, first } = await startThree()
    const thoughts = [
      { type: 'reasoning.encrypted', data: 'c2VhbGVk', id: 'r', format: null, index: 0 },
    ]
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'y', reasoning_details: thoughts },
      { role: 'user', content: 'z' },
    ]
    const body = { ...chatBody('x', { model: 'best', prompt_cache_key: 'one' }), messages }
    const ask = async () => {
      // The upstream refuses fields of OpenRouter, which changes nothing about where it was sent.
      const { headers } = await sluice.send(CHAT, { body })
      return headers['x-sluice-target']
    }
    first.says({ fault: { status: 503 } })
    expect(await targetOf(sluice, chat('one'))).toBe('second/gpt-4o')
    first.recovers()
    expect(await ask()).toBe('second/gpt-4o')
  })
})

it('a key that rests is replaced for its conversations only, which come back to it', async () => {
  const { upstream, ask } = await startPool()
  const turn = (session: string) =>
    ask({ ...chat(session), body: chatBody('x', { prompt_cache_key: session }) })
  const before = new Map<string, string>()
  for (const session of SESSIONS) before.set(session, await turn(session))
  upstream.next({ fault: { status: 429, headers: { 'retry-after': '60' } } })
  const rested = before.get(SESSIONS[0] ?? '')
  for (const session of SESSIONS) {
    const now = await turn(session)
    if (before.get(session) === rested) expect(now).not.toBe(rested)
    else expect(now).toBe(before.get(session))
  }
})

describe('without affinity', () => {
  it.each([
    ['for all', { affinity: false, ...WEIGHTED }],
    ['for the alias', { ...WEIGHTED, alias: { strategy: 'weighted', affinity: false } }],
  ] as const)('each call is balanced by itself: %s', async (_, options) => {
    const { sluice } = await startThree(options)
    const [used] = await turnsOf((session) => targetOf(sluice, chat(session)), ['one'], 40)
    expect(used?.size).toBe(3)
  })

  it('keys take turns', async () => {
    const { ask } = await startPool({ affinity: false })
    const [used] = await turnsOf(
      (session) => ask({ ...chat(session), body: chatBody('x', { prompt_cache_key: session }) }),
      ['one'],
    )
    expect(used?.size).toBe(3)
  })
})

it('two processes of the same configuration send a conversation to the same target', async () => {
  const here = await startThree(WEIGHTED)
  const [first, second, third] = [here.first, here.second, here.third]
  const there = await sluiceForTest({
    providers: [first, second, third].map(({ url }, at) => ({
      ...openaiAt(url),
      name: ['first', 'second', 'third'][at] ?? '',
    })),
    aliases: [
      {
        name: 'best',
        targets: ['first/gpt-4o', 'second/gpt-4o', 'third/gpt-4o'],
        strategy: 'weighted',
      },
    ],
  })
  for (const session of SESSIONS)
    expect(await targetOf(there, chat(session))).toBe(await targetOf(here.sluice, chat(session)))
})
