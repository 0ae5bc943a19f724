/** What is known of conversations outlives a reload, as far as the new configuration still has their targets and keys. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, GPT, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, type House, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'

const NAMES = ['one', 'two', 'three']
const SESSIONS = Array.from({ length: 12 }, (_, at) => `session ${at}`)
const WELL = { parts: [{ reasoning: 'hm' }, { text: 'done' }] }

/** Three accounts, none of which reads what another one has sealed. */
const start = async (options: Partial<AppOptions> = {}) => {
  let failing: string | undefined
  const startOne = (account: string) =>
    upstreamForTest({
      account,
      reply: () => (account === failing ? { fault: { status: 503 } } : WELL),
    })
  const upstreams = new Map<string, Awaited<ReturnType<typeof startOne>>>()
  for (const name of NAMES) upstreams.set(name, await startOne(name))
  const providers = (firstByteMs = 10_000) =>
    NAMES.map((name) => ({
      ...openaiAt(upstreams.get(name)?.url ?? ''),
      name,
      deadlines: { firstByteMs },
    }))
  const sluice = await sluiceForTest({
    providers: providers(),
    aliases: [
      { name: 'best', targets: NAMES.map((name) => `${name}/${GPT}`), strategy: 'weighted' },
    ],
    retry: { retries: 0, baseMs: 1 },
    ...options,
  })
  const fail = (name: string | undefined) => void (failing = name)
  return { sluice, providers, fail }
}

const ask = async (sluice: House, session: string): Promise<string> => {
  const body = chatBody('x', { model: 'best', prompt_cache_key: session })
  const { status, headers, text } = await sluice.send(CHAT, { body })
  expect(status, text).toBe(200)
  return String(headers['x-sluice-target']).split('/')[0] ?? ''
}

const targetsOf = async (sluice: House): Promise<readonly string[]> => {
  const targets: string[] = []
  for (const session of SESSIONS) targets.push(await ask(sluice, session))
  return targets
}

describe('a conversation', () => {
  it('stays where it went when its own target failed, although all providers are new objects', async () => {
    const { sluice, providers, fail } = await start()
    const own = await ask(sluice, 'mine')
    fail(own)
    const other = await ask(sluice, 'mine')
    expect(other).not.toBe(own)
    fail(undefined)
    await sluice.reload({ providers: providers(20_000) })
    for (let turn = 0; turn < 3; turn++) expect(await ask(sluice, 'mine')).toBe(other)
  })

  it('whose target was removed has another one', async () => {
    const { sluice, providers, fail } = await start()
    const own = await ask(sluice, 'mine')
    fail(own)
    const other = await ask(sluice, 'mine')
    fail(undefined)
    const left = NAMES.filter((name) => name !== other)
    await sluice.reload({
      providers: providers().filter(({ name }) => left.includes(name)),
      aliases: [
        { name: 'best', targets: left.map((name) => `${name}/${GPT}`), strategy: 'weighted' },
      ],
    })
    const now = await ask(sluice, 'mine')
    expect(left).toContain(now)
    for (let turn = 0; turn < 3; turn++) expect(await ask(sluice, 'mine')).toBe(now)
  })

  it('has the same target if the configuration lists the providers in another order', async () => {
    const { sluice, providers } = await start()
    const before = await targetsOf(sluice)
    expect(new Set(before).size).toBeGreaterThan(1)
    await sluice.reload({ providers: providers().toReversed() })
    expect(await targetsOf(sluice)).toEqual(before)
  })

  it('is kept as soon as a reload turns affinity on, and balanced as soon as one turns it off', async () => {
    const { sluice } = await start({ affinity: false })
    const several = async () => {
      const used = new Set<string>()
      for (let turn = 0; turn < 40; turn++) used.add(await ask(sluice, 'mine'))
      return used.size
    }
    expect(await several()).toBe(3)
    await sluice.reload({ affinity: true })
    expect(await several()).toBe(1)
    await sluice.reload({ affinity: false })
    expect(await several()).toBe(3)
  })
})

interface Response {
  readonly id: string
  readonly output: readonly Record<string, unknown>[]
}

it('encrypted thoughts return to their account, although all providers are new objects', async () => {
  const { sluice, providers } = await start({ affinity: false })
  const bodyOf = (input: readonly object[]) => ({
    model: 'best',
    input,
    include: ['reasoning.encrypted_content'],
    store: false,
  })
  const user = { role: 'user', content: 'x' }
  for (let conversation = 0; conversation < 6; conversation++) {
    const made = await sluice.send(RESPONSES, { body: bodyOf([user]) })
    const { output } = JSON.parse(made.text) as Response
    const thoughts = output.map((item) => ({ ...item, id: undefined }))
    await sluice.reload({ providers: providers(20_000 + conversation) })
    const { status, headers, text } = await sluice.send(RESPONSES, {
      body: bodyOf([user, ...thoughts, user]),
    })
    expect(status, text).toBe(200)
    expect(headers['x-sluice-target']).toBe(made.headers['x-sluice-target'])
  }
})

it('a stored response returns to the key that made it, wherever that is in the list by then', async () => {
  const keys = ['sk-pool-key-one-1111', 'sk-pool-key-two-2222', 'sk-pool-key-three-3333']
  const upstream = await upstreamForTest({ keys: { openai: null } })
  const { apiKey: _, ...provider } = openaiAt(upstream.url)
  const sluice = await sluiceForTest({ providers: [{ ...provider, apiKeys: keys }] })
  const askWith = async (more: Record<string, unknown>) => {
    const { status, text } = await sluice.send(RESPONSES, { body: responsesBody('x', more) })
    expect(status, text).toBe(200)
    const key = String(callsOf(upstream).at(-1)?.headers.authorization)
    return { key, id: (JSON.parse(text) as Response).id }
  }
  const made = [await askWith({}), await askWith({}), await askWith({})]
  expect(new Set(made.map(({ key }) => key)).size).toBe(3)
  await sluice.reload({ providers: [{ ...provider, apiKeys: keys.toReversed() }] })
  for (const { id, key } of made)
    expect(await askWith({ previous_response_id: id })).toMatchObject({ key })
  const [, , third] = keys
  await sluice.reload({ providers: [{ ...provider, apiKeys: keys.slice(0, 2) }] })
  for (const { id, key } of made) {
    const { key: used } = await askWith({ previous_response_id: id })
    if (!key.endsWith(String(third))) expect(used).toBe(key)
  }
})
