/** Whatever happens, at rest every reader has the messages that are stored, and the log has no gap. */
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  nat,
  oneof,
  record,
} from 'fast-check'
import { expect } from 'vitest'
import type { SessionCommand } from '#model'
import { writePosition } from '#runs'
import { chatHouse, type ChatHouse, type Reading, type Visit, visitor } from './chat-house.ts'
import { foldSent } from './client-fold.ts'
import type { ConvergingStore } from './converging.ts'
import type { MemoryStore } from './memory-store.ts'

const step = oneof(
  { weight: 4, arbitrary: record({ do: constant('say'), tab: nat(1), busy: nat(2) }) },
  { weight: 8, arbitrary: record({ do: constant('token'), count: nat(4) }) },
  { weight: 3, arbitrary: record({ do: constantFrom('end', 'fail', 'cancel', 'flush') }) },
  {
    weight: 3,
    arbitrary: record({
      do: constantFrom('edit', 'regenerate', 'choose', 'continue', 'dequeue'),
      at: nat(20),
    }),
  },
  {
    weight: 3,
    arbitrary: record({ do: constantFrom('drop', 'back', 'full'), reader: nat(2) }),
  },
  {
    weight: 1,
    arbitrary: record({ do: constantFrom('kill', 'clear', 'doubt', 'forget', 'lose') }),
  },
)

type Step = typeof step extends Arbitrary<infer Value> ? Value : never

interface Client {
  reading?: Reading | undefined
  readonly sent: Reading['sent']
}

/** What has gone wrong. */
const FOUND: Step[][] = [
  // A message was stored and in the log, but its client was told that it was not, and the run went on for ever.
  [
    { do: 'doubt' },
    { do: 'token', count: 0 },
    { do: 'token', count: 0 },
    { do: 'drop', reader: 0 },
    { do: 'lose' },
    { do: 'say', tab: 0, busy: 0 },
  ],
  // A reader kept text that the log had lost together with the process that had it.
  [
    { do: 'say', tab: 0, busy: 0 },
    { do: 'token', count: 0 },
    { do: 'say', tab: 0, busy: 0 },
    { do: 'lose' },
    { do: 'kill' },
    { do: 'token', count: 0 },
    { do: 'edit', at: 0 },
    { do: 'edit', at: 0 },
    { do: 'drop', reader: 0 },
  ],
]

interface World {
  readonly stored: ConvergingStore
  house: ChatHouse
  visits: Visit[]
  readonly clients: Client[]
}

const BUSY = ['queue', 'reject', 'interrupt'] as const

const positionOf = ({ sent }: Client): string => {
  const last = sent.at(-1)
  if (!last) return '0.0'
  if (last.seq !== undefined) return writePosition({ epoch: last.epoch, seq: last.seq })
  return last.event.type === 'snapshot' ? last.event.position : (last.event as { to: string }).to
}

const leave = (client: Client): void => {
  client.reading?.following.stop()
  client.reading = undefined
}

const comeBack = async (world: World, client: Client): Promise<void> => {
  leave(client)
  const visit = world.visits[0]
  const position = positionOf(client)
  const reading = await visit?.read(position).catch(() => undefined)
  if (!reading) return
  // What it was sent before is still there.
  client.sent.push(...reading.sent)
  Object.defineProperty(reading, 'sent', { value: reading.sent })
  const push = reading.sent.push.bind(reading.sent)
  reading.sent.push = (...events) => {
    client.sent.push(...events)
    return push(...events)
  }
  client.reading = reading
}

const command = async (world: World, asked: SessionCommand, tab = 0): Promise<void> => {
  // Many are refused: what they name is not there.
  await world.visits[tab]?.command(asked).catch(() => undefined)
}

const enter = async (world: World): Promise<void> => {
  // The store may fail at this moment, and the clients come again.
  const join = (): Promise<Visit> => world.house.join().catch(() => world.house.join())
  world.visits = [await join(), await join()]
}

const KEY = { owner: 'anonymous', id: 's' }

const messagesOf = async ({ stored }: World) =>
  (await stored.store.messages(KEY, { limit: 1_000 })).items

const runsOf = ({ stored }: World) => stored.store.runs(KEY, { limit: 1_000 })

const queueOf = async ({ house }: World): Promise<readonly { message_id: string }[]> =>
  ((await house.chat.resources.read(visitor(), 's')) as { queue: { message_id: string }[] }).queue

const pick = async (world: World, at: number): Promise<string> => {
  const messages = await messagesOf(world)
  return messages[at % Math.max(messages.length, 1)]?.id ?? 'none'
}

const take = async (world: World, asked: Step): Promise<void> => {
  const { model } = world.house
  const call = model.calls.at(-1)
  const { do: action, ...more } = asked as { do: string } & Record<string, number>
  const client = world.clients[more.reader ?? 0]
  const { at = 0 } = more
  if (action === 'say')
    await command(
      world,
      { type: 'message', content: `q${Math.random()}`, when_busy: BUSY[more.busy ?? 0] ?? 'queue' },
      more.tab,
    )
  else if (action === 'token') for (let n = 0; n <= (more.count ?? 0); n++) call?.say(`t${n} `)
  else if (action === 'end') call?.end()
  else if (action === 'fail') call?.fail()
  else if (action === 'cancel') await command(world, { type: 'cancel' })
  else if (action === 'edit')
    await command(world, { type: 'edit', message_id: await pick(world, at), content: 'edited' })
  else if (action === 'regenerate' || action === 'choose')
    await command(world, { type: action, message_id: await pick(world, at) })
  else if (action === 'continue') {
    const runs = await runsOf(world)
    await command(world, {
      type: 'continue',
      run_id: runs[at % Math.max(runs.length, 1)]?.id ?? 'none',
    })
  } else if (action === 'dequeue') {
    const [next] = await queueOf(world)
    await command(world, { type: 'dequeue', message_id: next?.message_id ?? 'none' })
  } else if (action === 'drop' && client) leave(client)
  else if (action === 'back' && client) await comeBack(world, client)
  else if (action === 'full' && client?.reading) client.reading.isFull = !client.reading.isFull
  else if (action === 'flush') await world.visits[0]?.session.snapshot().catch(() => undefined)
  else if (action === 'clear') await command(world, { type: 'clear_history' })
  else if (action === 'forget') {
    // Nothing is forgotten of a run in progress.
    const isOpen = (await runsOf(world)).some(({ status }) => status === 'running')
    if (!isOpen) await world.stored.store.forget(KEY, 1e9)
  } else if (action === 'doubt') world.stored.doubt()
  else if (action === 'lose') await world.stored.lose()
  else if (action === 'kill') {
    for (const each of world.clients) leave(each)
    world.house.kill()
    world.house = world.house.restart()
    await enter(world)
    for (const each of world.clients) await comeBack(world, each)
  }
  await world.stored.settle()
  expect(world.house.model.calls.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1)
}

const rest = async (world: World): Promise<void> => {
  world.stored.beSure()
  for (let round = 0; round < 40; round++) {
    world.house.model.calls.at(-1)?.end()
    await world.stored.settle()
    const queue = await queueOf(world)
    const isOpen = (await runsOf(world)).some(({ status }) => status === 'running')
    const isStored = await world.visits[0]?.session.snapshot().then(
      () => true,
      () => false,
    )
    if (!isOpen && queue.length === 0 && isStored) break
    await new Promise((resolve) => void setTimeout(resolve, round < 3 ? 1 : 60))
  }
  for (const client of world.clients) await comeBack(world, client)
  await world.stored.settle()
}

/** @param open an empty store, once for each run. */
export const expectConverging = async (
  open: () => ConvergingStore | Promise<ConvergingStore>,
  numRuns: number,
): Promise<void> => {
  await assert(
    asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const stored = await open()
      const house = chatHouse({ store: stored.store as MemoryStore })
      const world: World = { stored, house, visits: [], clients: [] }
      await enter(world)
      for (let at = 0; at < 3; at++) {
        const client: Client = { sent: [] }
        world.clients.push(client)
        await comeBack(world, client)
      }
      for (const each of steps) await take(world, each)
      await rest(world)
      const session = await stored.store.find(KEY)
      const branch = await stored.store.branch(KEY, session?.head ?? null, 1_000)
      const shown = branch.map(({ id, parentId, role, content, status }) => ({
        id,
        parent: parentId,
        role,
        content,
        status,
      }))
      for (const client of world.clients) expect(foldSent(client.sent)).toEqual(shown)
      expect((await runsOf(world)).filter(({ status }) => status === 'running')).toEqual([])
      const refused = /a queued message is refused/
      expect(world.house.faults.filter((fault) => !refused.test(fault))).toEqual([])
      const position = world.visits[0]?.session.position
      world.house.kill()
      const opened = await stored.store.open(KEY)
      expect(opened?.lastSeq).toBe(position?.seq)
      let expected = opened?.events[0]?.from
      for (const { from, seq } of opened?.events ?? []) {
        expect(from).toBe(expected)
        expected = seq + 1
      }
      await stored.close()
    }),
    { numRuns, examples: FOUND.map((steps) => [steps]) },
  )
}
