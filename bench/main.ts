/**
 * Measures Sluice beside nginx and other gateways: `npm run bench [-- --quick --only=NAME --measure=NAME]`. What keys,
 * limits, prices and the ledger cost is a measure of its own: `--only=Sluice --measure=callers`. So is what a second
 * worker brings: `--only=Sluice --measure=workers`. What concerns sessions is measured in runs of its own, each of which
 * writes its section of results.md: `--measure=sessions` for all of them, or one as `--measure=session-load`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCallers } from './callers/callers.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { type Measure, measures } from './measures.ts'
import { createResults, toReport } from './report.ts'
import { keepSections, putSections } from './sections.ts'
import { measureSessions, sessionMeasures } from './sessions/measures.ts'
import type { LaneName, Subject } from './subject.ts'
import { subjects } from './subjects.ts'
import { say, startWorkbench } from './workbench.ts'
import { measureWorkers } from './workers.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    measure: { type: 'string', multiple: true },
  },
})
const rounds = options.quick ? 1 : 3
const wanted = (names: string[] | undefined, name: string) =>
  !names || names.some((each) => each.toLowerCase() === name.toLowerCase())
const ofSessions = sessionMeasures.filter(
  ({ name }) =>
    options.measure && (wanted(options.measure, name) || wanted(options.measure, 'sessions')),
)
const isOfSessions = ofSessions.length > 0
const quickScale = isOfSessions ? 0.1 : 0.4
const scale = options.quick ? quickScale : 1
const only = isOfSessions ? ['Sluice'] : options.only
const asked = subjects.filter(({ name, launch }) => !launch || wanted(only, name))

/** Installs it. @returns why it cannot be measured here, where that is no reason to measure nobody. */
const toReasonMissing = ({ missing, install }: Subject): string | undefined => {
  const reason = missing?.()
  if (reason !== undefined) return reason
  try {
    install?.()
    return undefined
  } catch (error) {
    if (!missing) throw error
    return 'it could not be installed'
  }
}

const reasons = new Map(asked.map((subject) => [subject, toReasonMissing(subject)]))
const chosen = asked.filter((subject) => reasons.get(subject) === undefined)
const missing = asked
  .filter((subject) => !chosen.includes(subject))
  .map((subject) => `${subject.name}: ${reasons.get(subject)}`)
const chosenMeasures = measures.filter(({ name }) => wanted(options.measure, name))
const concernsCallers = wanted(options.only, 'Sluice') && wanted(options.measure, 'callers')
const concernsWorkers = wanted(options.only, 'Sluice') && wanted(options.measure, 'workers')
const complete = !options.quick && !options.only && !options.measure
const REPORT = new URL('./results.md', import.meta.url)

const FIRST_LANE: LaneName = 'chat'
const LONGEST_RUN_MS = 60 * 60_000

const bench = await startWorkbench(LONGEST_RUN_MS)
const { scratch, load, upstream, upstreamPort } = bench
const results = createResults()
const startedMs = Date.now()

const concerns = (measure: Measure, { name, launch }: Subject) =>
  launch ? wanted(measure.only, name) : measure.direct === true

const lanesOf = ({ lanes, once }: Measure, subject: Subject): LaneName[] => {
  const shared = lanes.filter((laneName) => subject.lanes[laneName])
  return once ? shared.slice(0, 1) : shared
}

/** Takes every measure of one subject, on one process but where a measure wants a fresh one. */
const measureSubject = async (subject: Subject, round: number) => {
  let gateway: Gateway | undefined
  let starts = 0

  const restart = async () => {
    await gateway?.stop()
    gateway = undefined
    const folder = join(scratch, `${subject.name}-${round}-${++starts}`)
    gateway = await startGateway(subject, folder, upstreamPort)
    return gateway
  }

  const measureLane = async (measure: Measure, laneName: LaneName) => {
    const lane = subject.lanes[laneName]!
    const running = gateway && !measure.fresh ? gateway : await restart()
    const place = { gateway: running, laneName, lane, load, upstream, upstreamPort, scale }
    return await measure.run(place)
  }

  const due = chosenMeasures.filter((each) => round === 1 || !each.seldom)
  for (const measure of due.filter((each) => concerns(each, subject))) {
    for (const laneName of lanesOf(measure, subject)) {
      const notedLane = measure.once ? FIRST_LANE : laneName
      const label = `${subject.name}, ${laneName}, ${measure.name}`
      try {
        const values = await measureLane(measure, laneName)
        results.note(subject.name, notedLane, measure.name, values)
        const shown = Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(2)}`)
        say(`${label}: ${shown.join(', ')}`)
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error)
        results.noteFault(subject.name, notedLane, measure.name, fault)
        say(`${label}: ${fault}`)
        // What went wrong must not weigh on the next measure.
        await gateway?.stop()
        gateway = undefined
      }
    }
  }
  await gateway?.stop()
}

/** @returns the report */
const compareSubjects = async (): Promise<string> => {
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`)
    for (const subject of chosen.filter((each) => round === 1 || !each.firstRoundOnly))
      await measureSubject(subject, round)
  }
  const callers = concernsCallers ? await measureCallers(bench, scale) : ''
  const workers = concernsWorkers ? await measureWorkers(bench, scale) : ''
  return toReport({ results, subjects: chosen }, rounds, scale, missing) + callers + workers
}

const writeSections = async (): Promise<void> => {
  const sections = await measureSessions(ofSessions, scratch, scale)
  const report = putSections(readFileSync(REPORT, 'utf8'), sections)
  for (const [title, text] of sections) say(`\n## ${title}\n${text}`)
  if (!options.quick) writeFileSync(REPORT, report)
}

const writeReport = async (): Promise<void> => {
  const report = await compareSubjects()
  const titles = new Set(sessionMeasures.map(({ title }) => title))
  say(`\n${report}`)
  if (complete) writeFileSync(REPORT, keepSections(report, readFileSync(REPORT, 'utf8'), titles))
}

try {
  await (isOfSessions ? writeSections() : writeReport())
  say(`\n${Math.round((Date.now() - startedMs) / 1000)} s`)
} finally {
  bench.stop()
}
