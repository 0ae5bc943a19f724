/** The variables that Sluice reads, for whoever wants to know which there are. */

import { type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'

export interface EnvironmentVariable {
  readonly name: string
  readonly meaning: string
  /** The field of the file that says the same, and wins. */
  readonly field?: string
}

const toVariables = (vendorName: VendorName): EnvironmentVariable[] => {
  const { title, variables, baseUrl }: Vendor = VENDORS[vendorName]
  if (!variables || variables.isShared) return []
  const address = baseUrl === undefined ? 'The address of' : 'A server in place of'
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
  { name: 'PORT', meaning: 'The port to listen on; 0 takes any free one', field: 'server.port' },
  {
    name: 'WEBSOCKET_PORT',
    meaning: 'A port for WebSockets alone, besides the other',
    field: 'server.websocket_port',
  },
  {
    name: 'SLUICE_API_KEYS',
    meaning: 'The keys that callers may use, divided by commas',
    field: 'keys',
  },
  { name: 'SLUICE_CONFIG', meaning: 'The path of the file, in place of ./sluice.yaml' },
  ...VENDOR_NAMES.flatMap(toVariables),
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
