/** The places where models run. */
export * from './catalogue.ts'
export * from './create-vendor-provider.ts'
export { demo, type DemoProviderOptions } from './demo/index.ts'
export * from './langchain/index.ts'
export * from './local-servers.ts'
export * from './provider.ts'
export type { Quirk, Vendor } from './vendor.ts'
export * from './vendors/index.ts'
