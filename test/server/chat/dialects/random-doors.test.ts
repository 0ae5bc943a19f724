/** Members of one session at random doors do random things. At rest all of them show what the session has. */
import { expect, it } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { GPT } from '../../../tools/app/asks.ts'
import { startHouse } from '../../../tools/app/house.ts'
import {
  createMember,
  type DoorClient,
  JSON_DOORS,
} from '../../../tools/server/chat/door-client.ts'

const MEMBERS = 6
const ACTIONS = 60
const DOORS = JSON_DOORS.filter(({ hasBranches }) => hasBranches !== true)

/** The same numbers for the same seed. */
const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Shown {
  readonly role: string
  readonly content: string
  readonly status: string
  readonly message_id: string
}

it.each([1, 2, 3, 4])('seed %i', async (seed) => {
  const random = createRandom(seed)
  const { sluice } = await startHouse({
    defaultModel: GPT,
    upstream: {
      reply: ({ lastUserText }) => ({
        parts: [{ text: `You said: ${lastUserText}. `.repeat(1 + random(6)) }],
        paceMs: random(6),
        ...(random(8) === 0 && { fault: { status: 400, body: { error: { message: 'No.' } } } }),
      }),
    },
  })
  const list = async (): Promise<readonly Shown[]> =>
    (await sluice.send('/api/sessions/kitchen/messages')).json.messages as Shown[]
  const members = await Promise.all(
    [...Array(MEMBERS).keys()].map(async () => {
      const member = createMember(sluice.url, DOORS[random(DOORS.length)]!, 'kitchen')
      return { member, client: await member.connect('0.0') }
    }),
  )
  const act = async (each: { member: (typeof members)[0]['member']; client: DoorClient }) => {
    const what = random(10)
    if (what < 4) {
      const on_disconnect = random(2) === 0 ? 'continue' : 'cancel'
      each.client.send({ type: 'message', content: `Question ${random(1000)}`, on_disconnect })
    } else if (what < 7) {
      each.client.cut()
      each.client = await each.member.connect(each.member.read().position ?? '0.0')
    } else if (what === 7) each.client.send({ type: 'cancel' })
    else {
      const messages = await list()
      const one = messages[random(messages.length)]
      if (one?.role === 'user' && random(2) === 0)
        each.client.send({ type: 'edit', message_id: one.message_id, content: 'Edited.' })
      else if (one) each.client.send({ type: 'regenerate', message_id: one.message_id })
    }
  }
  for (let action = 0; action < ACTIONS; action++) {
    await act(members[random(MEMBERS)]!)
    if (random(3) === 0) await sleep(random(30))
  }

  const session = async () => {
    const [runs, messages] = [await sluice.send('/api/sessions/kitchen/runs'), await list()]
    return { isBusy: JSON.stringify(runs.json).includes('"running"'), messages }
  }
  const endsAt = performance.now() + 30_000
  let rest = await session()
  for (let still = 0; still < 3 && performance.now() < endsAt;) {
    await sleep(100)
    const next = await session()
    still = !next.isBusy && JSON.stringify(next) === JSON.stringify(rest) ? still + 1 : 0
    rest = next
  }
  const expected = rest.messages
    .filter(({ role }) => role === 'assistant')
    .map(({ content, status }) => ({ text: content, status }))
  for (const { member, client } of members) {
    await client.until('the same answers', () => {
      const shown = member.answers().map(({ text, status }) => ({ text, status }))
      return JSON.stringify(shown) === JSON.stringify(expected)
    })
    expect(member.read().faults).toEqual([])
    client.cut()
  }
})
