/** Streams that know nothing of AI. */
export * from './byte-channel.ts'
export * from './bytes.ts'
export * from './json-members.ts'
export * from './json-string.ts'
export * from './slot-template.ts'
export * from './sse-reader.ts'
export * from './sse-writer.ts'
export * from './translator.ts'
