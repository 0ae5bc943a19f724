/** The messages of OTLP as OpenTelemetry publishes them for Python. Protobuf refuses what they do not have. */
import { pythonWith } from './python.ts'

const run = pythonWith('opentelemetry-proto', '1.45.2')

/** The JSON of OTLP has ids in hex, where that of protobuf has base64. */
const PROGRAM = `
import base64, json, sys
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

def hex_ids(value):
    if isinstance(value, list):
        return [hex_ids(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: base64.b64encode(bytes.fromhex(each)).decode()
            if key in ('traceId', 'spanId', 'parentSpanId') else hex_ids(each)
            for key, each in value.items()}

def read(value):
    kind = value.WhichOneof('value')
    if kind == 'array_value':
        return [read(each) for each in value.array_value.values]
    return getattr(value, kind)

found = []
for line in sys.stdin:
    request = json_format.ParseDict(hex_ids(json.loads(line)), ExportTraceServiceRequest())
    again = ExportTraceServiceRequest()
    again.ParseFromString(request.SerializeToString())
    for resource in again.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                found.append({
                    'traceId': span.trace_id.hex(), 'spanId': span.span_id.hex(),
                    'parentSpanId': span.parent_span_id.hex(), 'traceState': span.trace_state,
                    'name': span.name, 'kind': span.kind, 'status': span.status.code,
                    'durationMs': (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6,
                    'events': [event.name for event in span.events],
                    'attributes': {each.key: read(each.value) for each in span.attributes},
                    'resource': {each.key: read(each.value) for each in resource.resource.attributes}})
print(json.dumps(found))
`

export interface PythonSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  readonly kind: number
  readonly status: number
  readonly durationMs: number
  readonly events: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

/** @param bodies of requests. @throws if one is no message of OTLP. */
export const parseOtlpWithPython = (bodies: readonly string[]): readonly PythonSpan[] =>
  JSON.parse(run(PROGRAM, bodies.join('\n'))) as readonly PythonSpan[]
