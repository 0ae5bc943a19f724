/** Ids of the tool calls of one answer: unique and never empty. */
import { createUniqueIds } from '../answers/unique-ids.ts'

export const createCallIds = (answerId: string): ((id: string) => string) => {
  const toUnique = createUniqueIds()
  return (given) => toUnique(given || `${answerId}_call`)
}
