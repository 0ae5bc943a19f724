/** Decides which proxy to use for an origin, by the rules of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
import { BlockList, isIP } from 'node:net'

export interface ProxySettings {
  readonly httpProxy?: string | undefined
  readonly httpsProxy?: string | undefined
  readonly noProxy?: string | undefined
}

export interface Proxy {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** The value of Proxy-Authorization. */
  readonly authorization: string | undefined
}

/** Lower case wins, as in curl. An empty value counts as not set. */
export const toProxySettings = (
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings => ({
  httpProxy: environment['http_proxy'] || environment['HTTP_PROXY'],
  httpsProxy: environment['https_proxy'] || environment['HTTPS_PROXY'],
  noProxy: environment['no_proxy'] || environment['NO_PROXY'],
})

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

export const toPort = (url: URL): number => Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 80)

/** Without the brackets of an IPv6 address. */
export const toHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

const toUrl = (value: string): URL | undefined => {
  const text = value.includes('://') ? value : `http://${value}`
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Errors contain only the name of the setting: the value may hold a password. */
const toProxy = (name: string, value: string | undefined): Proxy | undefined => {
  if (!value) return undefined
  const url = toUrl(value)
  if (!url || !(url.protocol in DEFAULT_PORTS) || url.hostname === '')
    throw new TypeError(`${name} is not an http:// or https:// URL`)
  const user = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  return {
    host: toHost(url),
    port: toPort(url),
    secure: url.protocol === 'https:',
    authorization:
      user || password
        ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
        : undefined,
  }
}

/** What is wrong with the settings, in one sentence that quotes none of them, or undefined. */
export const proxyFault = ({ httpsProxy, httpProxy }: ProxySettings): string | undefined => {
  for (const [name, value] of [
    ['HTTPS_PROXY', httpsProxy],
    ['HTTP_PROXY', httpProxy],
  ] as const)
    try {
      toProxy(name, value)
    } catch (error) {
      return error instanceof URIError
        ? `${name} must have its user name and password percent-encoded.`
        : `${name} must be an http:// or https:// URL.`
    }
  return undefined
}

/** The parts of the settings that no log may show: passwords, as they are written and as they are sent. */
export const proxySecrets = ({ httpsProxy, httpProxy }: ProxySettings): string[] =>
  [httpsProxy, httpProxy].flatMap((value) => {
    const url = value ? toUrl(value) : undefined
    const passwords = url ? [url.password, decodeURIComponent(url.password)] : []
    return [...new Set(passwords)].filter((each) => each !== '')
  })

type Rule = (host: string, port: number) => boolean

const toSubnetRule = (entry: string): Rule | undefined => {
  const [address = '', bits = ''] = entry.split('/')
  const version = isIP(address)
  const prefix = Number(bits)
  if (version === 0 || !/^\d{1,3}$/.test(bits) || prefix > (version === 4 ? 32 : 128))
    return undefined
  const subnet = new BlockList()
  subnet.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6')
  return (host) => isIP(host) !== 0 && subnet.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}

const toHostRule = (entry: string): Rule => {
  const { host, port } = splitPort(entry)
  const name = host.replace(/^\*?\./, '').replace(/\.$/, '')
  return (origin, originPort) =>
    (port === undefined || port === originPort) &&
    (origin === name || (isIP(origin) === 0 && origin.endsWith(`.${name}`)))
}

const splitPort = (entry: string): { host: string; port: number | undefined } => {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry)
  if (bracketed)
    return { host: bracketed[1] ?? '', port: bracketed[2] ? Number(bracketed[2]) : undefined }
  const named = isIP(entry) === 6 ? null : /^(.*):(\d+)$/.exec(entry)
  return named ? { host: named[1] ?? '', port: Number(named[2]) } : { host: entry, port: undefined }
}

/**
 * Entries are separated by commas or blanks: `*`, a host (with its subdomains, as in curl and Go), `.suffix`, an
 * address, or a subnet. A host may have a port.
 */
const toRules = (noProxy: string | undefined): Rule[] =>
  (noProxy ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => (entry === '*' ? () => true : (toSubnetRule(entry) ?? toHostRule(entry))))

/** Only `noProxy` exempts an origin: even loopback goes through the proxy unless it is listed. */
export const createProxyChoice = (
  settings: ProxySettings,
): ((origin: URL) => Proxy | undefined) => {
  const http = toProxy('HTTP_PROXY', settings.httpProxy)
  const https = toProxy('HTTPS_PROXY', settings.httpsProxy)
  const rules = toRules(settings.noProxy)
  return (origin) => {
    const proxy = origin.protocol === 'https:' ? https : http
    const host = toHost(origin).replace(/\.$/, '')
    return proxy && rules.some((rule) => rule(host, toPort(origin))) ? undefined : proxy
  }
}
