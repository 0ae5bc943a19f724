/** The variables that Sluice reads, for whoever wants to know which there are. */

export interface EnvironmentVariable {
  readonly name: string
  readonly meaning: string
  /** The field of the file that says the same, and wins. */
  readonly field?: string
}

export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'HOST', meaning: 'The address to listen on', field: 'server.host' },
  { name: 'PORT', meaning: 'The port to listen on; 0 takes any free one', field: 'server.port' },
  {
    name: 'SLUICE_API_KEYS',
    meaning: 'The keys that callers may use, divided by commas',
    field: 'keys',
  },
  { name: 'SLUICE_CONFIG', meaning: 'The path of the file, in place of ./sluice.yaml' },
  { name: 'OPENAI_API_KEY', meaning: 'The key for OpenAI', field: 'providers.openai.api_key' },
  {
    name: 'OPENAI_BASE_URL',
    meaning: 'An OpenAI-compatible server in place of OpenAI',
    field: 'providers.openai.base_url',
  },
  {
    name: 'ANTHROPIC_API_KEY',
    meaning: 'The key for Anthropic',
    field: 'providers.anthropic.api_key',
  },
  {
    name: 'ANTHROPIC_BASE_URL',
    meaning: 'An Anthropic-compatible server in place of Anthropic',
    field: 'providers.anthropic.base_url',
  },
  {
    name: 'CORS_ORIGINS',
    meaning: 'The web pages that may call, divided by commas',
    field: 'server.cors_origins',
  },
  { name: 'LOG_LEVEL', meaning: 'The least level that is logged', field: 'log.level' },
  { name: 'HTTPS_PROXY', meaning: 'The proxy to https:// providers; https_proxy wins' },
  { name: 'HTTP_PROXY', meaning: 'The proxy to http:// providers; http_proxy wins' },
  { name: 'NO_PROXY', meaning: 'Hosts that are reached without a proxy; no_proxy wins' },
  {
    name: 'NODE_EXTRA_CA_CERTS',
    meaning: 'A file of further certificate authorities, read by Node itself',
  },
]
