/** The input of a request as the items that it stands for: text alone is a message of the user. */
export const toItemList = (input: unknown): readonly unknown[] => {
  if (Array.isArray(input)) return input
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : []
}
