/** Evaluates queries with the engine of Prometheus itself, which is a module of Go. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Series } from '../scrape.ts'

const VERSION = 'v0.305.0'
const folder = join(tmpdir(), `sluice-promql-${VERSION}`)
const program = join(folder, 'promql')
const source = new URL('main.go', import.meta.url)

const go = (...words: readonly string[]) =>
  execFileSync('go', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })

/** Whether Go is installed, and the engine's modules are served here. In a throw-away folder, which later runs find again. */
export const canBuildPrometheus = (): boolean => {
  if (existsSync(program)) return true
  try {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    copyFileSync(source, join(folder, 'main.go'))
    go('mod', 'init', 'promql')
    go('get', `github.com/prometheus/prometheus/promql@${VERSION}`)
    return true
  } catch {
    return false
  }
}

const build = (): void => {
  if (!existsSync(program)) go('build', '-mod=mod', '-o', program, '.')
}

/** What was scraped at one moment. */
export interface Scrape {
  readonly atMs: number
  readonly series: readonly Series[]
}

export interface Evaluated {
  readonly error?: string
  /** Such as that a rate is taken of something that is not a counter. */
  readonly warnings: readonly string[]
  /** The values are texts, since JSON has no NaN. */
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly value: string
  }[]
}

/** At the moment of the last scrape. */
export const evaluate = (
  scrapes: readonly Scrape[],
  queries: readonly string[],
): readonly Evaluated[] => {
  build()
  const input = { atMs: scrapes.at(-1)?.atMs ?? 0, series: toPoints(scrapes), queries }
  const out = execFileSync(program, { input: JSON.stringify(input), encoding: 'utf8' })
  return JSON.parse(out) as readonly Evaluated[]
}

const toPoints = (scrapes: readonly Scrape[]) => {
  const points = new Map<string, [number, number][]>()
  for (const { atMs, series } of scrapes)
    for (const { name, labels, value } of series) {
      const key = JSON.stringify({ ...labels, __name__: name })
      points.set(key, [...(points.get(key) ?? []), [atMs, value]])
    }
  return [...points].map(([labels, each]) => ({
    labels: JSON.parse(labels) as Readonly<Record<string, string>>,
    points: each,
  }))
}
