/** Puts a model's name into a path. The name comes from a client, so it must not be able to change the path. */
import { invalidRequest } from '#model'

const FORBIDDEN: ReadonlySet<string> = new Set(['', '.', '..'])

export const toModelPath = (model: string): string => {
  const segments = model.split('/')
  if (segments.some((segment) => FORBIDDEN.has(segment)))
    throw invalidRequest('The model’s name is no name of a model.', 'model')
  return `/models/${segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join('/')}`
}
