/** What keys, limits, prices and the ledger add to a call and to a token, and what many keys and Redis do. */
import type { LaneName, Subject } from '../subject.ts'
import { LANES } from '../subject.ts'
import { say } from '../workbench.ts'
import { askAtPace, hasRedis, startRedis } from './redis.ts'
import { compare, type Kind, type Workbench } from './turns.ts'
import { complete, manyKeys, onRedis, without } from './variants.ts'

type Comparison = {
  label: string
  kind: Kind
  unit: 'call' | 'token'
  digits: number
  lanes: LaneName[]
  names: [string, string]
  subjects: [Subject, Subject]
  /** How much more the second may cost. */
  most: number
}

const MEASURED: LaneName[] = ['chat', 'messages to chat']

const toComparison = (
  label: string,
  kind: Kind,
  unit: 'call' | 'token',
  digits: number,
  most: number,
): Comparison => ({
  label,
  kind,
  unit,
  digits,
  most,
  lanes: MEASURED,
  names: ['without', 'with'],
  subjects: [without, complete],
})

const COMPARISONS: Comparison[] = [
  toComparison('2 KB', { load: 'answers', turns: 12 }, 'call', 1, 0.15),
  toComparison('100 paced streams', { load: 'paced', turns: 3 }, 'token', 1, 0.05),
  toComparison(
    'burst in writes of 16 to 32 KB',
    { load: 'burst', write: 'block', turns: 8 },
    'token',
    2,
    0.05,
  ),
  toComparison(
    'burst frame by frame',
    { load: 'burst', write: 'frame', turns: 6 },
    'token',
    2,
    0.05,
  ),
  {
    label: '2 KB, keys in the file',
    kind: { load: 'answers', turns: 12 },
    unit: 'call',
    digits: 1,
    lanes: ['chat'],
    names: ['1 key', '10,000 keys'],
    subjects: [complete, manyKeys],
    most: 0.05,
  },
]

const toLine = (cells: string[]) => `| ${cells.join(' | ')} |`

const toPercent = (share: number): string =>
  `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`

const toCompared = async (
  bench: Workbench,
  comparison: Comparison,
  laneName: LaneName,
  scale: number,
): Promise<string> => {
  const { label, kind, unit, digits, names, subjects, most } = comparison
  const [before, after] = (await compare(bench, kind, laneName, subjects, scale)) as [
    number,
    number,
  ]
  const added = after / before - 1
  return toLine([
    `CPU per ${unit}, ${label}, µs`,
    LANES[laneName].label,
    `${before.toFixed(digits)} ${names[0]}`,
    `${after.toFixed(digits)} ${names[1]}`,
    toPercent(added),
    `≤ ${most * 100} %: ${added <= most ? 'yes' : '**no**'}`,
  ])
}

const toRedisLines = async (bench: Workbench, scale: number): Promise<string[]> => {
  if (!hasRedis()) return ['- Redis: not measured, since redis-server is not installed.']
  const redis = await startRedis()
  try {
    const here = await askAtPace(bench, complete, undefined, scale)
    const there = await askAtPace(bench, onRedis(redis.url, 'redis'), redis, scale)
    const requests = onRedis(redis.url, 'redis, requests alone')
    const plain = await askAtPace(bench, requests, redis, scale)
    const added = (name: 'p50Ms' | 'p99Ms') => `${(there[name] - here[name]).toFixed(2)} ms`
    return [
      `- Limits in Redis add ${added('p50Ms')} to a call of 2 KB at the median, and ${added('p99Ms')} at p99, beside ` +
        `limits in process (${here.p50Ms.toFixed(2)} and ${here.p99Ms.toFixed(2)} ms).`,
      `- Redis counted ${plain.scripts.toFixed(2)} scripts a call where requests are limited, and ` +
        `${there.scripts.toFixed(2)} where tokens are, too: the second corrects the estimate, and no call waits for it.`,
    ]
  } finally {
    redis.stop()
  }
}

const isRow = (line: string) => line.startsWith('|')

const failed = (what: string) => (error: unknown) =>
  `- Not measured, ${what}: ${error instanceof Error ? error.message : String(error)}.`

/** @returns a section of the report */
export const measureCallers = async (bench: Workbench, scale: number): Promise<string> => {
  const lines: string[] = []
  const note = (line: string) => {
    say(line)
    lines.push(line)
  }
  for (const comparison of COMPARISONS)
    for (const laneName of comparison.lanes) {
      const what = `${comparison.label}, ${LANES[laneName].label}`
      note(await toCompared(bench, comparison, laneName, scale).catch(failed(what)))
    }
  for (const line of await toRedisLines(bench, scale).catch((error) => [failed('Redis')(error)]))
    note(line)
  return [
    '',
    '## Keys, limits, prices and the ledger',
    '',
    'Sluice with all of them beside Sluice without any, on the same core in turns of a second. Each value is the CPU time ' +
      'of all threads, and a quarter of the turns cost less. Every limit that there is counts each call.',
    '',
    toLine(['', 'lane', 'without', 'with', 'added', 'aim']),
    toLine(['---', '---', '---:', '---:', '---:', '---']),
    ...lines.filter(isRow),
    '',
    ...lines.filter((line) => !isRow(line)),
    '',
  ].join('\n')
}
