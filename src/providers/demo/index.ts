/** The built-in model: a tool for people who write clients. What it understands is in docs/demo.md. */
export { createDemo, demo, type DemoProviderOptions } from './demo.ts'
