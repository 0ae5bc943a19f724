/** Where models live. */
export * from './anthropic.ts'
export * from './catalogue.ts'
export * from './demo-provider.ts'
export * from './openai.ts'
export * from './provider.ts'
