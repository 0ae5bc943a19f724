/** The parser of the Python client, which is the strictest there is for OpenMetrics. */
import { pythonWith } from './python.ts'

const run = pythonWith('prometheus-client', '0.26.0')

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
): readonly PythonSample[] => JSON.parse(run(PROGRAM, text, [format])) as readonly PythonSample[]
