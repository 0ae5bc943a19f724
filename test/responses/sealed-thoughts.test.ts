/** Encrypted thoughts return to the account that made them: every other one would refuse them. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CLAUDE, GPT, MESSAGES, messagesBody, RESPONSES } from '../tools/app/asks.ts'
import { callsOf, type House, sluiceForTest, upstreamForTest } from '../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../tools/app/start-sluice.ts'
import { openClient } from '../tools/server/websocket/open-client.ts'

const NAMES = ['one', 'two', 'three']
const INCLUDE = ['reasoning.encrypted_content']
const THOUGHTS = { parts: [{ reasoning: 'hm' }, { text: 'done' }] }

/** Three accounts of one vendor, none of which reads what another one has sealed. */
const start = async (options: Partial<AppOptions> = {}) => {
  const upstreams = []
  for (const account of NAMES)
    upstreams.push(await upstreamForTest({ account, reply: () => THOUGHTS }))
  const sluice = await sluiceForTest({
    providers: upstreams.map(({ url }, at) => ({ ...openaiAt(url), name: NAMES[at] ?? '' })),
    aliases: [
      { name: 'best', targets: NAMES.map((name) => `${name}/${GPT}`), strategy: 'weighted' },
    ],
    retry: { retries: 0, baseMs: 1 },
    ...options,
  })
  return { upstreams, sluice }
}

const user = (content: string) => ({ role: 'user', content })

type Item = Record<string, unknown>

const outputOf = (text: string, stream: boolean): readonly Item[] => {
  if (!stream) return (JSON.parse(text) as { output: Item[] }).output
  const end = text.split('\n').find((line) => line.startsWith('data: {"type":"response.completed"'))
  const { response } = JSON.parse(end?.slice('data: '.length) ?? '{}') as {
    response: { output: Item[] }
  }
  return response.output
}

const withoutIds = (items: readonly Item[]): Item[] =>
  items.map((item) => ({ ...item, id: undefined }))

const bodyOf = (input: readonly Item[], stream = false, more: object = {}) => ({
  model: 'best',
  input,
  include: INCLUDE,
  store: false,
  stream,
  ...more,
})

/** Several turns, each with all items before it, as clients that store nothing send them. */
const converse = async (sluice: House, stream: boolean, turns = 4): Promise<string[]> => {
  const items: Item[] = []
  const targets: string[] = []
  for (let turn = 0; turn < turns; turn++) {
    items.push(user(`turn ${turn}`))
    const { status, headers, text } = await sluice.send(RESPONSES, { body: bodyOf(items, stream) })
    expect(status, text).toBe(200)
    targets.push(String(headers['x-sluice-target']))
    items.push(...withoutIds(outputOf(text, stream)))
  }
  return targets
}

describe.each([false, true])('a client that stores nothing (stream: %s)', (stream) => {
  it('returns to the account that sealed its thoughts, although it names no conversation', async () => {
    const { sluice } = await start()
    const firsts = new Set<string>()
    for (let conversation = 0; conversation < 16; conversation++) {
      const targets = await converse(sluice, stream)
      expect(new Set(targets).size).toBe(1)
      firsts.add(targets[0] ?? '')
    }
    expect(firsts.size).toBeGreaterThan(1)
  })

  it('returns there without affinity, too, since no other account could serve it', async () => {
    const { sluice } = await start({ affinity: false })
    for (let conversation = 0; conversation < 5; conversation++)
      expect(new Set(await converse(sluice, stream)).size).toBe(1)
  })
})

it('a client on a socket returns there', async () => {
  const { sluice, upstreams } = await start()
  for (let conversation = 0; conversation < 6; conversation++) {
    const before = upstreams.map((upstream) => callsOf(upstream).length)
    const client = await openClient(sluice.url, RESPONSES)
    let previous: unknown
    for (let turn = 0; turn < 3; turn++) {
      const more = previous === undefined ? {} : { previous_response_id: previous }
      client.frames.length = 0
      client.send({ type: 'response.create', ...bodyOf([user(`turn ${turn}`)], false, more) })
      const { response } = await client.until(
        'the end',
        ({ type }) => type === 'response.completed',
      )
      previous = response?.id
    }
    client.socket.close()
    const asked = upstreams.map((upstream, at) => callsOf(upstream).length - (before[at] ?? 0))
    expect(asked.toSorted()).toEqual([0, 0, 3])
  }
})

it('a summary of a conversation returns to the account that made it', async () => {
  const { sluice } = await start()
  const targets = new Set<string>()
  for (let conversation = 0; conversation < 16; conversation++) {
    const compacted = await sluice.send(`${RESPONSES}/compact`, {
      body: { model: 'best', input: [user(`text ${conversation}`)] },
    })
    expect(compacted.status, compacted.text).toBe(200)
    const items = [...withoutIds(outputOf(compacted.text, false)), user('go on')]
    const target = compacted.headers['x-sluice-target']
    for (let call = 0; call < 2; call++) {
      const { status, headers, text } = await sluice.send(RESPONSES, { body: bodyOf(items) })
      expect(status, text).toBe(200)
      expect(headers['x-sluice-target']).toBe(target)
    }
    targets.add(String(target))
  }
  expect(targets.size).toBeGreaterThan(1)
})

describe('when the account fails', () => {
  const first = async (sluice: House) => {
    const { text, headers } = await sluice.send(RESPONSES, { body: bodyOf([user('x')]) })
    const items = [user('x'), ...withoutIds(outputOf(text, false)), user('y')]
    return { items, target: String(headers['x-sluice-target']) }
  }

  it('its failure is the answer, since the other accounts would refuse the thoughts', async () => {
    const { sluice, upstreams } = await start()
    const { items, target } = await first(sluice)
    const home = upstreams[NAMES.indexOf(target.split('/')[0] ?? '')]
    home?.next({ fault: { status: 503, headers: { 'retry-after': '7' } } })
    const refused = await sluice.send(RESPONSES, { body: bodyOf(items) })
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '7'])
    expect(refused.json.error).toMatchObject({ type: expect.any(String) })
    expect(refused.headers['x-sluice-attempts']).toBe('1')
    // It rests, and is asked nevertheless: nobody else can serve the call.
    expect((await sluice.send(RESPONSES, { body: bodyOf(items) })).status).toBe(200)
  })

  it('a target of another protocol serves the call, without the thoughts', async () => {
    const upstream = await upstreamForTest({ account: 'one', reply: () => THOUGHTS })
    const other = await upstreamForTest({ account: 'two' })
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url), anthropicAt(other.url)],
      aliases: [{ name: 'best', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    const { items } = await first(sluice)
    upstream.next({ fault: { status: 503 } })
    const { status, headers } = await sluice.send(RESPONSES, { body: bodyOf(items) })
    expect([status, headers['x-sluice-target']]).toEqual([200, `anthropic/${CLAUDE}`])
    expect(JSON.stringify(callsOf(other).at(-1)?.body)).not.toContain('gAAAAAB')
  })
})

it('the thoughts that were given to one caller lead no other caller anywhere', async () => {
  const { sluice } = await start({ keys: ['caller-one', 'caller-two'] })
  const as = (key: string) => ({ authorization: `Bearer ${key}` })
  const { text } = await sluice.send(RESPONSES, {
    body: bodyOf([user('x')]),
    headers: as('caller-one'),
  })
  const items = [user('x'), ...withoutIds(outputOf(text, false)), user('y')]
  const statuses = new Set<number>()
  for (let call = 0; call < 40; call++) {
    const { status } = await sluice.send(RESPONSES, {
      // It wants no thoughts, so it is given none of its own.
      body: bodyOf(items, false, { include: [] }),
      headers: as('caller-two'),
    })
    statuses.add(status)
  }
  expect([...statuses].toSorted()).toEqual([200, 400])
})

describe('with several keys', () => {
  const KEYS = ['sk-pool-key-one-1111', 'sk-pool-key-two-2222', 'sk-pool-key-three-3333']

  const startPool = async () => {
    const upstream = await upstreamForTest({ keys: { openai: null }, reply: () => THOUGHTS })
    const { apiKey: _, ...provider } = openaiAt(upstream.url)
    const sluice = await sluiceForTest({ providers: [{ ...provider, apiKeys: KEYS }] })
    const used = () =>
      upstream.calls
        .filter(({ path }) => path.startsWith(RESPONSES))
        .map(({ headers }) => headers.authorization?.slice(-4))
    return { sluice, used }
  }

  it('thoughts return to the key that was used for them', async () => {
    const { sluice, used } = await startPool()
    const items: Item[] = [user('x')]
    const body = () => bodyOf(items, false, { model: GPT })
    const { text } = await sluice.send(RESPONSES, { body: body() })
    items.push(...withoutIds(outputOf(text, false)), user('y'))
    for (let call = 0; call < 3; call++)
      expect((await sluice.send(RESPONSES, { body: body() })).status).toBe(200)
    expect(used()).toEqual(['1111', '1111', '1111', '1111'])
  })

  it.each([false, true])(
    'a stored response is continued and read with its own key (stream: %s)',
    async (stream) => {
      const { sluice, used } = await startPool()
      const ask = async (more: object = {}) => {
        const body = { model: GPT, input: 'x', stream, ...more }
        const { status, text } = await sluice.send(RESPONSES, { body })
        expect(status, text).toBe(200)
        return /"id":"(resp_[^"]+)"/.exec(text)?.[1] ?? ''
      }
      const own = await ask()
      const second = await ask()
      await ask({ previous_response_id: own })
      await ask({ previous_response_id: second })
      expect((await sluice.send(`${RESPONSES}/${own}`)).status).toBe(200)
      expect((await sluice.send(`${RESPONSES}/${second}`, { method: 'DELETE' })).status).toBe(200)
      expect(used()).toEqual(['1111', '2222', '1111', '2222', '1111', '2222'])
    },
  )
})

it('Claude Code, whose thoughts no account has sealed, may go anywhere', async () => {
  const { sluice } = await start()
  const targets = new Set<string>()
  for (let call = 0; call < 40; call++) {
    const { headers } = await sluice.send(MESSAGES, { body: messagesBody('x', { model: 'best' }) })
    targets.add(String(headers['x-sluice-target']))
  }
  expect(targets.size).toBe(3)
})
