/** Sluice in front of three scripted upstreams of one vendor, each of which a test can make fail for as long as it wants. */
import type { AppOptions } from '#app'
import type { AliasOptions } from '#router'
import { callsOf, sluiceForTest, upstreamForTest } from '../app/house.ts'
import { openaiAt } from '../app/start-sluice.ts'
import type { Answer } from '../upstream/start.ts'

const WELL: Answer = { parts: [{ text: 'one two three' }] }

const startOne = async () => {
  let answer = WELL
  const upstream = await upstreamForTest({ reply: () => answer })
  return {
    url: upstream.url,
    /** How many calls for an answer it has received. */
    count: () => callsOf(upstream).length,
    says: (next: Answer) => void (answer = next),
    recovers: () => void (answer = WELL),
  }
}

const TARGETS = ['first/gpt-4o', 'second/gpt-4o', 'third/gpt-4o']

/** The alias `best` leads to all three. */
export const startThree = async ({
  alias = {},
  firstUrl,
  patienceMs = 100,
  ...options
}: Partial<AppOptions> & {
  alias?: Partial<AliasOptions>
  firstUrl?: string
  patienceMs?: number
} = {}) => {
  const [first, second, third] = [await startOne(), await startOne(), await startOne()]
  const provider = (name: string, url: string) => ({ ...openaiAt(url), name })
  const sluice = await sluiceForTest({
    providers: [
      {
        ...provider('first', firstUrl ?? first.url),
        // Nobody wants to wait for an answer that never comes.
        deadlines: { firstEventMs: patienceMs, firstByteMs: patienceMs },
      },
      provider('second', second.url),
      provider('third', third.url),
    ],
    aliases: [{ name: 'best', targets: TARGETS, ...alias }],
    ...options,
  })
  return { sluice, first, second, third }
}
