/** Where a model stands in a path. Its name is a client's: nothing in it may lead elsewhere. */
import { invalidRequest } from '#model'

const UPWARD: ReadonlySet<string> = new Set(['', '.', '..'])

export const toModelPath = (model: string): string => {
  const segments = model.split('/')
  if (segments.some((segment) => UPWARD.has(segment)))
    throw invalidRequest('The model’s name is no name of a model.', 'model')
  return `/models/${segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join('/')}`
}
