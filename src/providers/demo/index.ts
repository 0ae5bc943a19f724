/** The built-in model, a tool for people who write clients. Its features are described in docs/demo.md. */
export { createDemo, demo, type DemoProviderOptions } from './demo.ts'
