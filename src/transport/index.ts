/** How bytes reach an upstream: HTTP/1.1 over pooled connections, direct or through a proxy. */
export * from './transport.ts'
