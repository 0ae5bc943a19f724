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
import { expect, it } from 'vitest'
import type { SessionCommand } from '#model'
import { writePosition } from '#runs'
import {
  chatHouse,
  type ChatHouse,
  type Reading,
  settle,
  type Visit,
} from '../../tools/chat/chat-house.ts'
import { foldSent } from '../../tools/chat/client-fold.ts'
import { goneStore } from '../../tools/chat/memory-store.ts'

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
  { weight: 1, arbitrary: record({ do: constantFrom('kill', 'clear', 'doubt', 'forget') }) },
)

type Step = typeof step extends Arbitrary<infer Value> ? Value : never

interface Client {
  reading?: Reading | undefined
  readonly sent: Reading['sent']
}

interface World {
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

const pick = (world: World, at: number): string => {
  const ids = [...world.house.store.kept('s').messages.keys()]
  return ids[at % Math.max(ids.length, 1)] ?? 'none'
}

const take = async (world: World, asked: Step): Promise<void> => {
  const { store, model } = world.house
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
    await command(world, { type: 'edit', message_id: pick(world, at), content: 'edited' })
  else if (action === 'regenerate' || action === 'choose')
    await command(world, { type: action, message_id: pick(world, at) })
  else if (action === 'continue') {
    const runs = [...store.kept('s').runs.keys()]
    await command(world, {
      type: 'continue',
      run_id: runs[at % Math.max(runs.length, 1)] ?? 'none',
    })
  } else if (action === 'dequeue') {
    const [id = 'none'] = store.kept('s').queue.keys()
    await command(world, { type: 'dequeue', message_id: id })
  } else if (action === 'drop' && client) leave(client)
  else if (action === 'back' && client) await comeBack(world, client)
  else if (action === 'full' && client?.reading) client.reading.isFull = !client.reading.isFull
  else if (action === 'flush') await world.visits[0]?.session.snapshot().catch(() => undefined)
  else if (action === 'clear') await command(world, { type: 'clear_history' })
  else if (action === 'forget') await store.forget({ owner: 'anonymous', id: 's' }, 1e9)
  else if (action === 'doubt')
    store.afterAppend = () => {
      store.afterAppend = undefined
      throw goneStore()
    }
  else if (action === 'kill') {
    for (const each of world.clients) leave(each)
    world.house.kill()
    world.house = world.house.restart()
    await enter(world)
    for (const each of world.clients) await comeBack(world, each)
  }
  await settle()
}

const rest = async (world: World): Promise<void> => {
  world.house.store.afterAppend = undefined
  for (let round = 0; round < 40; round++) {
    world.house.model.calls.at(-1)?.end()
    await settle()
    const { queue, runs } = world.house.store.kept('s')
    const isOpen = [...runs.values()].some(({ status }) => status === 'running')
    const isStored = await world.visits[0]?.session.snapshot().then(
      () => true,
      () => false,
    )
    if (!isOpen && queue.size === 0 && isStored) break
    await new Promise((resolve) => void setTimeout(resolve, round < 3 ? 1 : 60))
  }
  for (const client of world.clients) await comeBack(world, client)
  await settle()
}

it('converges', async () => {
  await assert(
    asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const world: World = { house: chatHouse(), visits: [], clients: [] }
      await enter(world)
      for (let at = 0; at < 3; at++) {
        const client: Client = { sent: [] }
        world.clients.push(client)
        await comeBack(world, client)
      }
      for (const each of steps) await take(world, each)
      await rest(world)
      const { session, messages, lastSeq, events } = world.house.store.kept('s')
      const stored = []
      for (let next = session.head; next !== null;) {
        const message = messages.get(next)
        expect(message).toBeDefined()
        if (!message) break
        const { id, parentId, role, content, status } = message
        stored.unshift({ id, parent: parentId, role, content, status })
        next = parentId
      }
      for (const client of world.clients) expect(foldSent(client.sent)).toEqual(stored)
      expect(stored.filter(({ status }) => status === 'running')).toEqual([])
      expect(world.visits[0]?.session.position.seq).toBe(lastSeq)
      let expected = events[0]?.from ?? lastSeq + 1
      for (const { from, seq } of events) {
        expect(from).toBe(expected)
        expected = seq + 1
      }
      const refused = /a queued message is refused/
      expect(world.house.faults.filter((fault) => !refused.test(fault))).toEqual([])
    }),
    { numRuns: 150 },
  )
})
