/** The list of variables that Sluice reads, for the documentation and for --help. */

import { type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'

export interface EnvironmentVariable {
  readonly name: string
  readonly meaning: string
  /** The field in the file with the same meaning, which takes precedence. */
  readonly field?: string
}

const toVariables = (vendorName: VendorName): EnvironmentVariable[] => {
  const { title, variables, baseUrl }: Vendor = VENDORS[vendorName]
  if (!variables || variables.isShared) return []
  const address = baseUrl === undefined ? 'The address of' : 'The address of a server in place of'
  return [
    ...variables.apiKey.map((name) => ({
      name,
      meaning: `The key for ${title}`,
      field: `providers.${vendorName}.api_key`,
    })),
    ...variables.baseUrl.map((name) => ({
      name,
      meaning: `${address} ${title}`,
      field: `providers.${vendorName}.base_url`,
    })),
  ]
}

export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'HOST', meaning: 'The address to listen on', field: 'server.host' },
  { name: 'PORT', meaning: 'The port to listen on; 0 means any free port', field: 'server.port' },
  {
    name: 'WEBSOCKET_PORT',
    meaning: 'An additional port for WebSockets only',
    field: 'server.websocket_port',
  },
  {
    name: 'SLUICE_WORKERS',
    meaning: 'How many processes serve; auto means one for each core',
    field: 'server.workers',
  },
  {
    name: 'SLUICE_API_KEYS',
    meaning: 'The keys that callers may use, separated by commas',
    field: 'keys',
  },
  {
    name: 'SLUICE_ADMIN_KEY',
    meaning: 'A key that opens `/admin` and `/metrics`, and nothing else',
    field: 'admin_keys',
  },
  { name: 'SLUICE_CONFIG', meaning: 'The path of the file, in place of ./sluice.yaml' },
  ...VENDOR_NAMES.flatMap(toVariables),
  {
    name: 'SLUICE_DATA',
    meaning:
      'The folder for what outlives the process, ./.sluice if not set; made when it is first written',
  },
  {
    name: 'DATABASE_URL',
    meaning:
      'The address of PostgreSQL, which then has the ledger in place of a file in SLUICE_DATA',
  },
  {
    name: 'CORS_ORIGINS',
    meaning: 'The origins of web pages that may call, separated by commas',
    field: 'server.cors_origins',
  },
  {
    name: 'REDIS_URL',
    meaning: 'The Redis or Valkey in which several processes count limits together',
  },
  {
    name: 'RATE_LIMIT_WINDOW_MS',
    meaning: 'The window in which the calls of a caller are counted',
    field: 'limits.window_ms',
  },
  {
    name: 'RATE_LIMIT_MAX_REQUESTS',
    meaning: 'The calls of a caller in that window',
    field: 'limits.window_requests',
  },
  {
    name: 'STREAMING_RATE_LIMIT_MAX',
    meaning: 'The streamed calls of a caller, a minute',
    field: 'limits.streaming_per_minute',
  },
  { name: 'LOG_LEVEL', meaning: 'The lowest level that is logged', field: 'log.level' },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'The receiver of traces, without `/v1/traces`',
    field: 'traces.endpoint',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    meaning: 'The complete address for traces, in place of the one above',
    field: 'traces.endpoint',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    meaning: 'Headers for that receiver, as `name=value,name=value`',
    field: 'traces.headers.NAME',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    meaning: 'The same, in place of the ones above',
    field: 'traces.headers.NAME',
  },
  {
    name: 'OTEL_SERVICE_NAME',
    meaning: 'The name of this service in traces',
    field: 'traces.service_name',
  },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    meaning: 'What else describes this process, as `name=value,name=value`',
    field: 'traces.resource.NAME',
  },
  {
    name: 'OTEL_TRACES_SAMPLER',
    meaning: 'Which traces are recorded',
    field: 'traces.sampler',
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    meaning: 'The part of all traces that a sampler by ratio records',
    field: 'traces.ratio',
  },
  { name: 'OTEL_SDK_DISABLED', meaning: '`true`: calls are not traced' },
  { name: 'OTEL_TRACES_EXPORTER', meaning: '`none`: calls are not traced' },
  {
    name: 'HTTPS_PROXY',
    meaning: 'The proxy for https:// providers; https_proxy takes precedence',
  },
  { name: 'HTTP_PROXY', meaning: 'The proxy for http:// providers; http_proxy takes precedence' },
  {
    name: 'NO_PROXY',
    meaning: 'Hosts that are reached without a proxy; no_proxy takes precedence',
  },
  {
    name: 'NODE_EXTRA_CA_CERTS',
    meaning: 'A file of additional certificate authorities, read by Node itself',
  },
]
