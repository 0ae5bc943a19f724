/** Sluice in front of three scripted upstreams of one vendor, each of which a test can make fail for as long as it wants. */
import type { AppOptions } from '#app'
import type { AliasOptions } from '#router'
import { callsOf, sluiceForTest, upstreamForTest } from '../app/house.ts'
import { openaiAt } from '../app/start-sluice.ts'
import type { Deadlines } from '#providers'
import type { Reply } from '../upstream/answers/answer.ts'
import type { Answer } from '../upstream/start.ts'

const WELL: Answer = { parts: [{ text: 'one two three' }] }

const startOne = async () => {
  let reply: Reply = () => WELL
  const upstream = await upstreamForTest({ reply: (call) => reply(call) })
  return {
    upstream,
    url: upstream.url,
    /** How many calls for an answer it has received. */
    count: () => callsOf(upstream).length,
    answers: (next: Reply) => void (reply = next),
    says: (next: Answer) => void (reply = () => next),
    recovers: () => void (reply = () => WELL),
  }
}

const TARGETS = ['first/gpt-4o', 'second/gpt-4o', 'third/gpt-4o']

/** The alias `best` leads to all three. */
export const startThree = async ({
  alias = {},
  firstUrl,
  patienceMs,
  deadlines = patienceMs === undefined ? {} : { firstEventMs: patienceMs, firstByteMs: patienceMs },
  ...options
}: Partial<AppOptions> & {
  alias?: Partial<AliasOptions>
  firstUrl?: string
  /** How long the first one is waited for, where it may be silent. A busy machine takes long for any answer. */
  patienceMs?: number
  /** Of the first one. */
  deadlines?: Partial<Deadlines>
} = {}) => {
  const [first, second, third] = [await startOne(), await startOne(), await startOne()]
  const provider = (name: string, url: string) => ({ ...openaiAt(url), name })
  const sluice = await sluiceForTest({
    providers: [
      { ...provider('first', firstUrl ?? first.url), deadlines },
      provider('second', second.url),
      provider('third', third.url),
    ],
    aliases: [{ name: 'best', targets: TARGETS, ...alias }],
    ...options,
  })
  const upstreams = [first, second, third].map(({ upstream }) => upstream)
  return { sluice, first, second, third, upstreams }
}
