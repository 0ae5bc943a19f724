/** Where the time of a call goes: `npm run bench:where [-- --quick --only=TITLE]`. A complete run writes where.md. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compareAsking } from '../asking/compare.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { measures } from '../measures.ts'
import type { Setting } from '../setting.ts'
import type { Subject } from '../subject.ts'
import { subjects } from '../subjects.ts'
import { say, startWorkbench } from '../workbench.ts'
import { attribute, weighBytes, weighTime } from './attribute.ts'
import { inspected, openProfilers } from './inspector.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { createPlaces } from './source-places.ts'
import { type Spent, toReport } from './table.ts'
import { createWatch, unitsIn } from './watch.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})
const chosen = scenarios.filter(({ title }) => options.only?.includes(title) ?? true)
/** The title of what is no scenario. */
const ASKED = 'asked'
const comparesAsking = options.only?.includes(ASKED) ?? true
const complete = !options.quick && !options.only

const TRANSLATED = { title: '', lane: 'messages to chat', unit: 'token', digits: 2 } as const

const LONGEST_RUN_MS = 15 * 60_000
const INTERVAL_US = 500
const scale = options.quick ? 0.5 : 1.5

const subjectOf = (name: string): Subject => subjects.find((each) => each.name === name)!
const sluice = inspected(subjectOf('Sluice'))
const nginx = subjectOf('nginx')

sluice.install?.()
const bench = await startWorkbench(LONGEST_RUN_MS)
const placeOf = createPlaces()
let runs = 0

const withGateway = async <Value>(
  subject: Subject,
  run: (gateway: Gateway, folder: string) => Promise<Value>,
): Promise<Value> => {
  const folder = join(bench.scratch, `${subject.name}-${++runs}`)
  const gateway = await startGateway(subject, folder, bench.upstreamPort)
  try {
    return await run(gateway, folder)
  } finally {
    await gateway.stop()
  }
}

const measure = async (
  scenario: Scenario,
  subject: Subject,
  gateway: Gateway,
  watch?: Setting['watch'],
): Promise<number> => {
  const { run } = measures.find(({ name }) => name === scenario.measure)!
  // Nginx relays alone, and only by this lane.
  const laneName = subject === nginx ? 'chat' : scenario.lane
  const { load, upstream, upstreamPort } = bench
  const place = { gateway, laneName, lane: subject.lanes[laneName]!, load, upstream, upstreamPort }
  const { cpuUs } = await run({ ...place, scale, ...(watch && { watch }) })
  return cpuUs!
}

const spendingOf = (scenario: Scenario): Promise<Spent> =>
  withGateway(sluice, async (gateway, folder) => {
    const plainUs = await measure(scenario, sluice, gateway)
    const profilers = await openProfilers(folder, INTERVAL_US)
    const watch = createWatch(gateway.pid, profilers.time)
    const profiledUs = await measure(scenario, sluice, gateway, watch)
    const heapWatch = createWatch(gateway.pid, profilers.heap)
    const heapUs = await measure(scenario, sluice, gateway, heapWatch)
    profilers.close()
    const { profile, threads } = watch.seen()
    const heap = heapWatch.seen()
    return {
      scenario,
      plainUs,
      profiledUs,
      attribution: attribute(weighTime(profile), placeOf),
      threads,
      heap: attribute(weighBytes(heap.profile), placeOf),
      heapUnits: unitsIn(heap.threads, heapUs),
      nginxUs: undefined,
    }
  })

const nginxIsThere = () => {
  try {
    return nginx.version() !== ''
  } catch {
    return false
  }
}

try {
  const spent: Spent[] = []
  const hasNginx = nginxIsThere()
  for (const scenario of chosen) {
    const own = await spendingOf(scenario)
    const nginxUs = hasNginx
      ? await withGateway(nginx, (gateway) => measure(scenario, nginx, gateway))
      : undefined
    spent.push({ ...own, nginxUs })
    say(
      `${scenario.title}: ${own.plainUs.toFixed(2)} µs, profiled ${own.profiledUs.toFixed(2)} µs, ` +
        `nginx ${nginxUs?.toFixed(2) ?? 'not there'}`,
    )
  }
  const overHttp = (name: string) =>
    withGateway(sluice, (gateway) => measure({ ...TRANSLATED, measure: name }, sluice, gateway))
  const asked = comparesAsking ? `\n${await compareAsking(bench, scale, overHttp)}` : ''
  const report = (spent.length > 0 ? toReport(spent, INTERVAL_US) : '') + asked
  say(`\n${report}`)
  if (complete) writeFileSync(new URL('../where.md', import.meta.url), report)
} finally {
  bench.stop()
}
