/** The configuration of Sluice, from the command line, a file and the environment. */
export * from './config-error.ts'
export * from './environment/environment-variables.ts'
export * from './load-config.ts'
export { PLACEHOLDER_KEY } from './options/own-address.ts'
export { watchFile } from './watch/watch-file.ts'
export { createPublishedSchema } from './file/load-schema.ts'
