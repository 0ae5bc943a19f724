/**
 * A process that takes from limits in Redis, or without its address in the process that started it, as its parent says. It
 * is one of several that share them.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '#model'
import { type Claim, createLiveStore, type Verdict } from '#stores'
import { createLink } from '#workers'

export interface Work {
  readonly claims: readonly Claim[]
  readonly operations: number
}

const AT_ONCE = 50

const [, , redisUrl] = process.argv

const store = createLiveStore({
  ...(redisUrl === undefined ? { port: createLink(process) } : { redisUrl }),
  // Nothing passes that Redis did not count.
  onStoreFailure: 'refuse',
})

const takeInTheEnd = async (claims: readonly Claim[]): Promise<Verdict> => {
  for (;;) {
    try {
      return await store.take(claims)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      await sleep(50)
    }
  }
}

const withOwnLease = (claim: Claim): Claim =>
  claim.kind === 'slot' ? { ...claim, lease: randomUUID() } : claim

const run = async ({ claims, operations }: Work): Promise<number> => {
  let left = operations
  let passed = 0
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { allowed } = await takeInTheEnd(claims.map(withOwnLease))
      if (allowed) passed++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return passed
}

process.on('message', (work: Work) => {
  // The line to the live state has lists.
  if (Array.isArray(work)) return
  void run(work).then((passed) => process.send?.(passed))
})

await store.ready()
process.send?.('ready')
