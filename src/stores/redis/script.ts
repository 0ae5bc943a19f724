/** What Redis computes in one step. */
import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

export interface Script {
  readonly text: string
  readonly sha: string
}

/** One script with its keys and arguments. In a cluster, all keys have one hash tag. */
export interface Step {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

export const toScript = (...parts: readonly string[]): Script => {
  const text = parts.join('\n')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** A Redis whose scripts were flushed needs the text once more. */
export const runStep = async (client: Redis, { script, keys, args }: Step): Promise<unknown> => {
  try {
    return await client.evalsha(script.sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return client.eval(script.text, keys.length, ...keys, ...args)
  }
}
