/** How bytes reach an upstream: HTTP/1.1 over pooled connections, direct or through a proxy. */
export * from './transport.ts'
export { fetchText } from './texts/fetch-text.ts'
export { postText } from './texts/post-text.ts'
export { createTransport } from './create-transport.ts'
export type { TransportOptions } from './create-transport.ts'
export { proxyFault, proxySecrets, toProxySettings } from './proxy.ts'
export type { ProxySettings } from './proxy.ts'
