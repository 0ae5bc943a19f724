/** Loads what publishes the schemas with the first request for them: few processes are ever asked. */
import type { JsonObject } from '#model'

export type { PublishedName } from './published/publish.ts'

/** By name, in JSON Schema 2020-12. They refer to each other by `#/components/schemas/`. */
export const loadPublished = async (): Promise<Readonly<Record<string, JsonObject>>> => {
  const { publish } = await import('./published/publish.ts')
  return publish()
}
