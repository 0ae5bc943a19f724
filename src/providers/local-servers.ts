/** Finds the model servers on this machine, at their default ports. */
import type { Transport } from '#transport'
import { createVendorProvider } from './create-vendor-provider.ts'
import type { HttpProvider, Provider } from './provider.ts'
import type { Vendor } from './vendor.ts'
import { VENDOR_NAMES, type VendorName, VENDORS } from './vendors/index.ts'

export type LocalPorts = Readonly<Partial<Record<VendorName, number>>>

export const DEFAULT_LOCAL_PORTS: LocalPorts = Object.fromEntries(
  VENDOR_NAMES.flatMap((name) => {
    const { localPort }: Vendor = VENDORS[name]
    return localPort === undefined ? [] : [[name, localPort]]
  }),
)

export interface LocalAddress {
  readonly name: VendorName
  readonly url: string
}

export interface LocalServer extends LocalAddress {
  readonly provider: HttpProvider
}

export interface LocalSearch {
  readonly ports: LocalPorts
  /** Connects to this machine without a proxy. */
  readonly transport: Transport
  /** The port on which Sluice itself listens. */
  readonly ownPort: number
  /** Servers that are configured already are skipped. */
  readonly configured: readonly Provider[]
}

const WAIT_MS = 300

/** The servers that return a list of models. Makes no other requests. */
export const findLocalServers = async (search: LocalSearch): Promise<readonly LocalServer[]> => {
  const { ports, transport, ownPort, configured } = search
  const taken = new Set([ownPort, ...configured.flatMap(toLocalPort)])
  const names = new Set(configured.map(({ name }) => name))
  const found = await Promise.all(
    VENDOR_NAMES.map(async (name): Promise<LocalServer | undefined> => {
      const port = ports[name]
      if (port === undefined || taken.has(port) || names.has(name)) return undefined
      const server = toLocalServer({ name, url: `http://127.0.0.1:${port}/v1` }, transport)
      const within = AbortSignal.timeout(WAIT_MS)
      const models = await server.provider.fetchModels(within).catch(() => [])
      return models.length > 0 ? server : undefined
    }),
  )
  return found.filter((server) => server !== undefined)
}

/** A server that is known already. */
export const toLocalServer = ({ name, url }: LocalAddress, transport: Transport): LocalServer => ({
  name,
  url,
  provider: createVendorProvider(name, { transport, baseUrl: url }),
})

const LOCAL_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]'])

const toLocalPort = (provider: Provider): number[] => {
  if (provider.kind === 'local') return []
  const { hostname, port } = new URL(provider.origin)
  return LOCAL_HOSTS.has(hostname) ? [Number(port)] : []
}
