/** What clients see of each fault of an upstream, by every way and in a storm. What was seen is docs/faults.md. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPrivateCa } from '../tools/transport/private-ca.ts'
import { type Findings, type Found, type StormRow, toPage } from './page.ts'
import { QUICK_DEADLINES, weatherAll } from './storms/storms.ts'
import { FAULTS, type Fault } from './table/faults.ts'
import { judgeAlone, judgeLate, judgeLie, judgeList, judgeSecond } from './table/judge.ts'
import { LATE_FAULTS, type LateFault, type Lie, LIES, SAID } from './table/late-faults.ts'
import { runWays } from './table/run.ts'
import { answeringUpstream } from './table/upstreams.ts'
import type { Way } from './table/ways.ts'

const trusted = createPrivateCa()
const unknown = createPrivateCa()
const identities = { ...trusted, unknown: unknown.server }

const everyone = getCACertificates('default')

beforeAll(() => setDefaultCACertificates([...everyone, trusted.ca]))

afterAll(() => {
  setDefaultCACertificates(everyone)
  trusted.remove()
  unknown.remove()
})

const early: Found<Fault>[] = []
const late: Found<LateFault>[] = []
const lies: Found<Lie>[] = []
const storms: StormRow[] = []

const all = (): boolean => true

describe('an upstream that fails before its answer', () => {
  it.each(FAULTS.map((fault) => [fault.what, fault] as const))('%s', async (_, fault) => {
    const { open, reaches = all, deadlines } = fault
    const { outcomes, lists } = await runWays(await open(identities), reaches, deadlines)
    early.push({ fault, outcomes })
    const judged = outcomes.flatMap((outcome) =>
      outcome.hasSecond ? judgeSecond(fault, outcome) : judgeAlone(fault, outcome),
    )
    expect([...judged, ...lists.flatMap(judgeList)]).toEqual([])
  })
})

const isGenerating = ({ kind }: Way): boolean => kind === 'generate' || kind === 'socket'

describe('an upstream that, in the middle of a stream,', () => {
  it.each(LATE_FAULTS.map((fault) => [fault.what, fault] as const))('%s', async (_, fault) => {
    const { answer, deadlines } = fault
    const upstream = await answeringUpstream(answer)
    const isStreamed = (way: Way) => isGenerating(way) && way.streamed
    const { outcomes } = await runWays(upstream, isStreamed, deadlines)
    const alone = outcomes.filter(({ hasSecond }) => !hasSecond)
    late.push({ fault, outcomes: alone })
    // After it has begun, a second target changes nothing.
    expect(outcomes.flatMap((outcome) => judgeLate(fault, outcome))).toEqual([])
  })
})

describe('an upstream that reports as its usage', () => {
  it.each(LIES.map((lie) => [lie.what, lie] as const))('%s', async (_, lie) => {
    const upstream = await answeringUpstream({ ...SAID, rawUsage: lie.rawUsage })
    const { outcomes } = await runWays(upstream, isGenerating)
    lies.push({ fault: lie, outcomes })
    expect(outcomes.flatMap(judgeLie)).toEqual([])
  })
})

describe('with a healthy second target', () => {
  it('a storm at the first costs no failed call, and hardly any time', async () => {
    const figures = await weatherAll()
    for (const { storm, calls, failed, times } of figures)
      storms.push({
        what: storm.what,
        settings: storm.isSilent ? QUICK : 'defaults',
        calls,
        failed: failed.length,
        isQuick: times <= MOST_TIMES,
      })
    const told = figures.map(({ storm, failed, times }) => ({
      storm: storm.what,
      failed: failed.slice(0, 2),
      times: Math.round(times * 100) / 100,
    }))
    const bad = told.filter(({ failed, times }) => failed.length > 0 || times > MOST_TIMES)
    expect(bad, JSON.stringify(told)).toEqual([])
  }, 400_000)
})

const MOST_TIMES = 1.5

const QUICK = Object.entries({
  first_event_ms: QUICK_DEADLINES.firstEventMs,
  first_byte_ms: QUICK_DEADLINES.firstByteMs,
})
  .map(([name, ms]) => `\`${name}: ${ms}\``)
  .join(', ')

it('docs/faults.md says what was seen (npm run faults -- -u writes it)', async () => {
  const findings: Findings = { early, late, lies, storms }
  await expect(toPage(findings)).toMatchFileSnapshot('../../docs/faults.md')
})
