/** Whatever happens to the processes, at rest every reader has the messages that are stored, on the connection that it has. */
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constantFrom,
  nat,
  oneof,
  record,
} from 'fast-check'
import { expect, it } from 'vitest'
import type { SentEvent, SessionCommand } from '#model'
import { readPosition, writePosition } from '#runs'
import { readSession, type Reading, settle, type Visit } from '../../../tools/chat/chat-house.ts'
import { foldSent } from '../../../tools/chat/client-fold.ts'
import { type Replica, replicaHouse, type ReplicaHouse } from '../../../tools/chat/replica-house.ts'

const at = nat(2)

const step = oneof(
  { weight: 5, arbitrary: record({ do: constantFrom('say'), at, busy: nat(2) }) },
  { weight: 8, arbitrary: record({ do: constantFrom('token'), count: nat(3) }) },
  { weight: 4, arbitrary: record({ do: constantFrom('end', 'fail') }) },
  {
    weight: 4,
    arbitrary: record({ do: constantFrom('cancel', 'snapshot', 'again', 'clear'), at }),
  },
  {
    weight: 5,
    arbitrary: record({ do: constantFrom('drop', 'back', 'full'), reader: nat(3), at }),
  },
  { weight: 4, arbitrary: record({ do: constantFrom('kill', 'freeze', 'thaw', 'drain'), at }) },
  { weight: 2, arbitrary: record({ do: constantFrom('lose'), at, to: nat(2), count: nat(2) }) },
  { weight: 3, arbitrary: record({ do: constantFrom('wait') }) },
)

type Step = typeof step extends Arbitrary<infer Value> ? Value : never

/** Keeps what all of its connections were sent. */
interface Client {
  reading?: Reading | undefined
  readonly sent: SentEvent[]
}

interface Place {
  replica: Replica
  visit: Visit | undefined
  isFrozen: boolean
}

interface World {
  readonly house: ReplicaHouse
  readonly places: Place[]
  readonly clients: Client[]
  started: number
}

const KEY = { owner: 'anonymous', id: 's' }
const BUSY = ['queue', 'reject', 'interrupt'] as const

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const add = (world: World): Place => {
  const replica = world.house.add(`p${world.started++}`)
  void replica.chat.start()
  return { replica, visit: undefined, isFrozen: false }
}

const visitAt = async (place: Place): Promise<Visit | undefined> => {
  if (place.isFrozen) return undefined
  place.visit ??= await place.replica.join().catch(() => undefined)
  return place.visit
}

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

const comeBack = async (client: Client, place: Place): Promise<void> => {
  leave(client)
  const visit = await visitAt(place)
  if (!visit) return
  const reading = await readSession(visit.session, readPosition(positionOf(client)), (events) =>
    client.sent.push(...events),
  ).catch(() => undefined)
  client.reading = reading
}

const command = async (place: Place, asked: SessionCommand): Promise<void> => {
  const visit = await visitAt(place)
  // Nobody waits for what a dead process does not answer.
  await Promise.race([visit?.command(asked).catch(() => undefined), pause(20)])
}

const openCalls = ({ places }: World) =>
  places.flatMap(({ replica }) => replica.model.calls.filter(({ isOpen }) => isOpen))

const replace = (world: World, index: number, end: (place: Place) => void): void => {
  const place = world.places[index] as Place
  for (const client of world.clients)
    if (client.reading && readers.get(client.reading) === place) leave(client)
  end(place)
  world.places[index] = add(world)
}

const readers = new WeakMap<Reading, Place>()

const take = async (world: World, asked: Step): Promise<void> => {
  const { do: action, ...more } = asked as { do: string } & Record<string, number>
  const index = more.at ?? 0
  const place = world.places[index] as Place
  const client = world.clients[more.reader ?? 0] as Client
  const { replica } = place
  if (action === 'say')
    await command(place, {
      type: 'message',
      content: `q${Math.random()}`,
      when_busy: BUSY[more.busy ?? 0] ?? 'queue',
    })
  else if (action === 'token')
    for (const call of openCalls(world))
      for (let n = 0; n <= (more.count ?? 0); n++) call.say(`t${n} `)
  else if (action === 'end') for (const call of openCalls(world)) call.end()
  else if (action === 'fail') for (const call of openCalls(world)) call.fail()
  else if (action === 'cancel') await command(place, { type: 'cancel' })
  else if (action === 'clear') await command(place, { type: 'clear_history' })
  else if (action === 'again') place.visit = undefined
  else if (action === 'snapshot')
    await Promise.race([
      (await visitAt(place))?.session.snapshot().catch(() => undefined),
      pause(20),
    ])
  else if (action === 'drop') leave(client)
  else if (action === 'back') {
    await Promise.race([comeBack(client, place), pause(50)])
    if (client.reading) readers.set(client.reading, place)
  } else if (action === 'full' && client.reading) {
    const { reading } = client
    reading.isFull = !reading.isFull
    if (!reading.isFull) reading.following.resume()
  } else if (action === 'kill') replace(world, index, () => replica.die())
  else if (action === 'drain') replace(world, index, () => void replica.end())
  else if (action === 'freeze' && !place.isFrozen) {
    place.isFrozen = true
    replica.freeze()
  } else if (action === 'thaw' && place.isFrozen) {
    place.isFrozen = false
    replica.thaw()
  } else if (action === 'lose')
    world.house.hub.drop(
      replica.name,
      world.places[more.to ?? 0]?.replica.name ?? '',
      1 + (more.count ?? 0),
    )
  else if (action === 'wait') await pause(30)
  await settle()
}

const isAtRest = async ({ house, places }: World): Promise<boolean> => {
  const runs = await house.store.runs(KEY, { limit: 1_000 })
  const kept = house.store.all.size > 0 ? house.store.kept('s') : undefined
  const position = await Promise.race([
    (await visitAt(places[0] as Place))?.session.snapshot().catch(() => undefined),
    pause(500),
  ])
  return (
    runs.every(({ status }) => status !== 'running') &&
    (kept?.queue.size ?? 0) === 0 &&
    position !== undefined &&
    position.position.seq === kept?.lastSeq
  )
}

const rest = async (world: World): Promise<void> => {
  const names = world.places.map(({ replica }) => replica.name)
  for (const from of names) for (const to of names) world.house.hub.drop(from, to, 0)
  for (const place of world.places)
    if (place.isFrozen) {
      place.isFrozen = false
      place.replica.thaw()
    }
  for (const { reading } of world.clients)
    if (reading?.isFull) {
      reading.isFull = false
      reading.following.resume()
    }
  for (let round = 0; round < 100; round++) {
    for (const call of openCalls(world)) call.end()
    await settle()
    await pause(20)
    if (await isAtRest(world)) break
  }
  // A question that was lost is asked again after three seconds.
  for (let round = 0; round < 60 && !(await haveAll(world)); round++) await pause(100)
}

/** Whether those that were not cut off have everything. */
const haveAll = async (world: World): Promise<boolean> => {
  const shown = JSON.stringify(await shownOf(world))
  return world.clients.every(
    ({ reading, sent }) => !reading || reading.ended || JSON.stringify(foldSent(sent)) === shown,
  )
}

const shownOf = async ({ house }: World) => {
  const session = await house.store.find(KEY)
  const branch = await house.store.branch(KEY, session?.head ?? null, 1_000)
  return branch.map(({ id, parentId, role, content, status }) => ({
    id,
    parent: parentId,
    role,
    content,
    status,
  }))
}

it('converges with three processes', { timeout: 600_000 }, async () => {
  await assert(
    asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const house = replicaHouse()
      const world: World = { house, places: [], clients: [], started: 0 }
      for (let n = 0; n < 3; n++) world.places.push(add(world))
      for (const place of world.places) {
        const client: Client = { sent: [] }
        world.clients.push(client)
        await comeBack(client, place)
        if (client.reading) readers.set(client.reading, place)
      }
      world.clients.push({ sent: [] })
      for (const each of steps) await take(world, each)
      await rest(world)
      const shown = await shownOf(world)
      // Those that were not cut off have everything.
      for (const { reading, sent } of world.clients)
        if (reading && !reading.ended) expect(foldSent(sent)).toEqual(shown)
      for (const [index, client] of world.clients.entries()) {
        // Whoever is refused comes again.
        do await comeBack(client, world.places[index % 3] as Place)
        while (!client.reading)
        await settle()
        expect(foldSent(client.sent)).toEqual(shown)
      }
      expect(openCalls(world)).toEqual([])
      const runs = await house.store.runs(KEY, { limit: 1_000 })
      expect(runs.filter(({ status }) => status === 'running')).toEqual([])
      let expected = house.store.kept('s').events[0]?.from
      for (const { from, seq } of house.store.kept('s').events) {
        expect(from).toBe(expected)
        expected = seq + 1
      }
    }),
    { numRuns: 20 },
  )
})
