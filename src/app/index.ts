/** Creates and connects the modules. No other module does. */
export type { Address, App, FirstProcess, Inspection, Listening } from './app.ts'
export { toSampleModel } from './chat/sample-model.ts'
export { createApp } from './create-app.ts'
export type { AppOptions, ProviderOptions } from './options.ts'
export type { LoadOptions } from './reload.ts'
export { MissingKeys } from './restart-settings.ts'
