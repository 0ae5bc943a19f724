/** Asks a model in its own process, as the sessions of a chat do: no client, no server, and no protocol on that side. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '#gateway'
import { createDeparture, type ModelRequest } from '#model'
import { generationOf } from '../../test/tools/app/generation-of.ts'
import { GATEWAY_CORE } from '../gateway.ts'
import { CHAT_MODEL } from '../subject.ts'
import { answerCommands } from '../worker.ts'

let gateway: Gateway | undefined
let tokens = 0
let calls = 0

const REQUEST: ModelRequest = {
  model: `openai/${CHAT_MODEL}`,
  stream: true,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'word '.repeat(400) }] }],
}

/** The text of each token is read, as a log would read it. */
let characters = 0

const ask = async (): Promise<void> => {
  const { error } = await gateway!.ask(
    {
      requestId: `bench-${++calls}`,
      route: 'bench',
      caller: { id: 'bench' },
      request: REQUEST,
      signal: createDeparture(),
      conversation: `session-${calls}`,
    },
    {
      begin() {},
      event(event) {
        if (event.type !== 'part-delta') return
        tokens++
        characters += event.text.length
      },
    },
  )
  if (error) throw error
}

/** @returns CPU of a token while `run` runs. */
const costOf = async (run: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  const tokensBefore = tokens
  await run()
  const { user, system } = process.cpuUsage(before)
  if (characters === 0) throw new Error('nothing was told')
  return (user + system) / (tokens - tokensBefore)
}

const commands = {
  async prepare({ upstreamPort }: { upstreamPort: number }) {
    execFileSync('taskset', ['-acp', GATEWAY_CORE, String(process.pid)], { stdio: 'pipe' })
    const { generation } = generationOf({
      providers: [
        {
          name: 'openai',
          vendor: 'openai',
          apiKey: 'sk-upstream-openai',
          baseUrl: `http://127.0.0.1:${upstreamPort}/v1`,
        },
      ],
    })
    gateway = generation.gateway
    generation.prices.load()
    await sleep(500)
  },
  /** One call after another, over so many connections. */
  burst({ connections, ms }: { connections: number; ms: number }) {
    return costOf(async () => {
      const endsAt = performance.now() + ms
      const loop = async () => {
        while (performance.now() < endsAt) await ask()
      }
      await Promise.all(Array.from({ length: connections }, loop))
    })
  },
  /** So many streams at the same time, that end after the window. */
  async paced({ streams, windowMs }: { streams: number; windowMs: number }) {
    const open = Promise.all(Array.from({ length: streams }, ask))
    await sleep(1000)
    const us = await costOf(() => sleep(windowMs))
    await open
    return us
  },
}

export type AskerCommands = typeof commands

answerCommands(commands)
