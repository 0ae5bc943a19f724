/** A Redis Cluster of three nodes: all keys of one script are on one node, whoever is counted and for which model. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createLimits } from '#access'
import { type Claim, createLiveStore, type LiveStore } from '#stores'
import {
  toGroups,
  toReply,
  toReturn,
  toTake,
} from '../../../src/stores/live/redis/claims-by-tag.ts'
import { RENEW } from '../../../src/stores/live/redis/scripts.ts'
import type { Step } from '../../../src/stores/redis/script.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

const startNode = async (): Promise<RedisServer> =>
  startRedis({
    args: ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`],
  })

const startCluster = async (): Promise<readonly RedisServer[]> => {
  const nodes = [await startNode(), await startNode(), await startNode()]
  const [first] = nodes
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`)
  await first?.command('--cluster', 'create', ...addresses, '--cluster-yes')
  for (const node of nodes)
    while (!(await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50)
  return nodes
}

const LIMITS = {
  windowRequests: 9,
  requestsPerMinute: 9,
  tokensPerMinute: 9000,
  streamingPerMinute: 9,
  concurrentStreams: 9,
}

const EVERYTHING = { ...LIMITS, models: { 'gpt-*': LIMITS, '{odd}*': LIMITS, '*}{*': LIMITS } }

/** What a streamed call of this caller takes. */
const claimsOf = (id: string, network: string): readonly Claim[] => {
  const taken: Claim[] = []
  const memory = createLiveStore()
  const live: LiveStore = {
    ...memory,
    take(claims) {
      taken.push(...claims)
      return memory.take(claims)
    },
  }
  const limits = { everyCaller: EVERYTHING, byIp: EVERYTHING, byOwner: EVERYTHING }
  const caller = { id, owner: 'ann {of} the {key:house}' }
  void createLimits(limits, live).admit(
    { requestId: 'req_1', caller, network, body: { length: 400 } },
    { model: 'gpt-4o', stream: true },
    { provider: { name: 'openai' }, model: '{odd}}{model' },
  )
  return taken
}

describe.runIf(withServers)('a Redis Cluster', () => {
  it('runs every script on one node, whatever a call takes', async () => {
    const nodes = await startCluster()
    const [node] = nodes
    if (!node) throw new Error('There is no node.')
    /** With redirections to the node that has the keys. */
    const run = async ({ script, keys, args }: Step): Promise<string[]> => {
      const slots = await Promise.all(keys.map((key) => node.command('CLUSTER', 'KEYSLOT', key)))
      expect(new Set(slots).size).toBe(1)
      const words = ['EVAL', script.text, keys.length, ...keys, ...args]
      return (await node.command('-c', ...words)).split('\n')
    }

    let claimed = 0
    for (let at = 0; at < 2; at++) {
      const claims = claimsOf(`caller-${at}`, at % 2 === 0 ? `203.0.113.${at}` : '2001:db8:0:1')
      claimed += claims.length
      const groups = toGroups(claims)
      expect(groups).toHaveLength(3)
      for (const group of groups) {
        const reply = toReply(group, await run(toTake(group.claims)))
        expect(reply.refused).toBe(-1)
        for (const claim of group.claims)
          if (claim.kind === 'slot')
            await run({
              script: RENEW,
              keys: toTake([claim]).keys,
              args: [claim.ttlMs, claim.lease],
            })
        await run(toReturn(group, reply))
      }
    }
    expect(claimed).toBe(2 * 3 * 20)
    // What was returned has left no key.
    for (const each of nodes) expect(await each.command('DBSIZE')).toBe('0')
  })
})
