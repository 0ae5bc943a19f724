/** The users of a key have its counts, and cost no memory of their own. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { type Caller, createAccess, createConnectionAccess, createLimits } from '#access'
import { NO_USAGE } from '#model'
import { createLiveStore } from '#stores'

it('what is counted of a key is found once for all its users', () => {
  let reads = 0
  const caller: Caller = { id: 'a', owner: 'ann' }
  const admission = createLimits(
    { everyCaller: { windowRequests: 1000 }, byOwner: { windowRequests: 1000 } },
    createLiveStore(),
  )
  for (let at = 0; at < 100; at++) {
    const user: Caller = {
      id: 'a',
      userId: String(at),
      userOf: caller,
      get owner() {
        reads++
        return 'ann'
      },
    }
    const call = { requestId: `req_${at}`, caller: user, body: { length: 10 } }
    const target = { provider: { name: 'openai' }, model: 'gpt-4o' }
    void admission.admit(call, { model: 'gpt-4o', stream: false }, target)
  }
  expect(reads).toBe(0)
})

const USERS = 10_000
/** Less than the name of a user would take for each. */
const MOST_GROWTH_BYTES = USERS * 50

it('ten thousand users of one key leave nothing behind', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const access = createAccess({ keys: [{ key: 'a-key', owner: 'ann' }] })
  const limits = { requestsPerMinute: 1_000_000, concurrentStreams: 1_000_000 }
  const admission = createLimits({ everyCaller: limits, byOwner: limits }, createLiveStore())
  const authenticate = createConnectionAccess(access.authenticate)
  const connection = {}
  const target = { provider: { name: 'openai' }, model: 'gpt-4o' }

  const round = async (name: string): Promise<number> => {
    for (let at = 0; at < USERS; at++) {
      const headers = { authorization: 'Bearer a-key', 'x-user-id': `${name}-${at}-of-the-users` }
      const caller = await authenticate(connection, headers)
      const call = { requestId: `req_${name}_${at}`, caller, body: { length: 10 } }
      const pass = await admission.admit(call, { model: 'gpt-4o', stream: true }, target)
      pass?.settle({ usage: NO_USAGE })
    }
    collect()
    return process.memoryUsage().heapUsed
  }
  await round('zero')
  const before = await round('first')
  const after = await round('other')
  expect(after - before).toBeLessThan(MOST_GROWTH_BYTES)
})
