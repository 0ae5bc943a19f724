/** What Sluice is told to do: by the command line, a file and the environment. */
export * from './config-error.ts'
export * from './environment-variables.ts'
export * from './load-config.ts'
export { PLACEHOLDER_KEY } from './own-address.ts'
export { createPublishedSchema } from './load-schema.ts'
