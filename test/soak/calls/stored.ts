/** Responses that are stored, continued, read, cancelled and deleted, and runs in the background. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Asked, Asking } from '../ask.ts'
import { KEYS } from '../callers.ts'
import { as, type Call, type Kind } from './call.ts'
import { CLAUDE, GPT, toWords } from './dialects.ts'

const PATH = '/v1/responses'

/** Every call is of a user of its own, who has nothing that others could read. */
const open = (call: Call) => {
  const headers = { ...as(KEYS.archive, call), 'x-user-id': `user-${call.number}` }
  const ask = (path: string, asking: Asking = {}) => call.ask(path, { ...asking, headers })
  const expect = async (what: string, asked: Promise<Asked>, expected = 200): Promise<Asked> => {
    const answer = await asked
    if (answer.status !== expected) call.fail(`${what}: status ${answer.status}: ${answer.text}`)
    return answer
  }
  return { ask, expect }
}

const idOf = ({ text }: Asked): string => {
  try {
    return String((JSON.parse(text) as { id?: unknown }).id)
  } catch {
    return 'none'
  }
}

/** In Sluice. Most of it stays there. */
const here: Kind = {
  share: 25,
  async make(call) {
    const { ask, expect } = open(call)
    const first = { model: CLAUDE, input: toWords(call) }
    const id = idOf(await expect('to be stored', ask(PATH, { body: first })))
    await expect('to be read', ask(`${PATH}/${id}`))
    await expect('its input', ask(`${PATH}/${id}/input_items`))
    const next = { ...first, previous_response_id: id, stream: true }
    await expect('to be continued', ask(PATH, { body: next }))
    if (call.random.chance(0.3))
      await expect('to be deleted', ask(`${PATH}/${id}`, { method: 'DELETE' }))
    await expect('of nobody', ask(`${PATH}/resp_${call.number}`), 404)
    return 2
  },
}

/** At the upstream: each request about it is a call, too. */
const there: Kind = {
  share: 12,
  async make(call) {
    const { ask, expect } = open(call)
    const body = { model: GPT, input: toWords(call), store: true }
    const id = idOf(await expect('to be stored there', ask(PATH, { body })))
    await expect('to be read there', ask(`${PATH}/${id}`))
    await expect('to be deleted there', ask(`${PATH}/${id}`, { method: 'DELETE' }))
    return 3
  },
}

const ENDED = /"status":"(?:completed|cancelled|failed|incomplete)"/
const LOOKS = 400

const untilEnded = async (call: Call, look: () => Promise<Asked>): Promise<void> => {
  for (let looks = 0; looks < LOOKS; looks++) {
    const { status, text } = await look()
    if (status !== 200) return call.fail(`a run that is read: status ${status}: ${text}`)
    if (ENDED.test(text)) return
    await sleep(10)
  }
  call.fail('a run does not end')
}

type After = (call: Call, id: string, door: ReturnType<typeof open>) => Promise<unknown>

const AFTERWARDS: readonly After[] = [
  (call, id, { ask }) => untilEnded(call, () => ask(`${PATH}/${id}`)),
  (_, id, { ask, expect }) =>
    expect('a run that is followed', ask(`${PATH}/${id}?stream=true&starting_after=1`)),
  async (_, id, { ask }) => {
    // Its reader leaves, and the run goes on.
    await ask(`${PATH}/${id}?stream=true`, { leaves: { at: 'stream' } })
  },
  async (call, id, { ask, expect }) => {
    await sleep(call.random.below(20))
    await expect('a run that is cancelled', ask(`${PATH}/${id}/cancel`, { body: '' }))
  },
  async (call, id, { ask, expect }) => {
    await sleep(call.random.below(20))
    await expect('a run that is deleted', ask(`${PATH}/${id}`, { method: 'DELETE' }))
  },
]

const background: Kind = {
  share: 25,
  async make(call) {
    const door = open(call)
    const text = `[[pace ${1 + call.random.below(4)}]] ${toWords(call)}`
    const body = { model: CLAUDE, input: text, background: true }
    const id = idOf(await door.expect('a run', door.ask(PATH, { body })))
    await call.random.pick(AFTERWARDS)(call, id, door)
    return 1
  },
}

export const STORED: Readonly<Record<string, Kind>> = { here, there, background }
