/** The parser of the Python client, which is the strictest there is for OpenMetrics. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const VERSION = '0.26.0'
const folder = join(tmpdir(), `sluice-prometheus-client-${VERSION}`)
const python = join(folder, 'bin', 'python')

/** In a throw-away folder, which later runs find again. */
const install = (): void => {
  if (existsSync(join(folder, 'installed'))) return
  rmSync(folder, { recursive: true, force: true })
  execFileSync('python3', ['-m', 'venv', folder])
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', `prometheus-client==${VERSION}`])
  mkdirSync(join(folder, 'installed'))
}

const PROGRAM = `
import json, sys
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text
parse = (openmetrics if sys.argv[1] == 'openmetrics' else text).text_string_to_metric_families
print(json.dumps([[family.name, family.type, sample.name, sample.labels, sample.value]
  for family in parse(sys.stdin.read()) for sample in family.samples]))
`

export type PythonSample = readonly [
  family: string,
  type: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
]

/** @throws if the text is not valid. */
export const parseWithPython = (
  format: 'text' | 'openmetrics',
  text: string,
): readonly PythonSample[] => {
  install()
  const out = execFileSync(python, ['-c', PROGRAM, format], { input: text, encoding: 'utf8' })
  return JSON.parse(out) as readonly PythonSample[]
}
