/** The measures of the sessions: each is a run of its own, with a section of its own in the report. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { say } from '../workbench.ts'
import { idle } from './measure-idle.ts'
import { load, readers, replicas } from './measure-load.ts'
import { type SessionMeasure, startSessionBench } from './measure.ts'
import { stops, stopsElsewhere } from './stops/measure-stops.ts'

export const sessionMeasures: readonly SessionMeasure[] = [
  stops,
  load,
  readers,
  idle,
  stopsElsewhere,
  replicas,
]

const git = (...words: string[]): string =>
  execFileSync('git', words, { encoding: 'utf8', cwd: import.meta.dirname }).trim()

const toCommit = (): string => {
  try {
    return `commit ${git('rev-parse', '--short=8', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`
  } catch {
    return 'no commit'
  }
}

/** Where and when. */
const toConditions = (scale: number): string => {
  const cpu = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return (
    `A run of its own: ${new Date().toISOString().slice(0, 10)}; ${cpu}, ${cpus().length} cores, ${memoryGb} GB; ` +
    `Linux ${release()}; Node ${process.version}; ${toCommit()}${scale === 1 ? '' : `; durations and counts times ${scale}`}.`
  )
}

/** @returns the sections, by their titles */
export const measureSessions = async (
  wanted: readonly SessionMeasure[],
  scratch: string,
  scale: number,
): Promise<Map<string, string>> => {
  const sections = new Map<string, string>()
  for (const { title, run } of wanted) {
    const startedAt = performance.now()
    say(title)
    const bench = await startSessionBench(scratch, scale)
    try {
      const lines = await run(bench)
      sections.set(title, ['', toConditions(scale), '', ...lines, ''].join('\n'))
    } finally {
      bench.stop()
    }
    say(`${Math.round((performance.now() - startedAt) / 1000)} s`)
  }
  return sections
}
