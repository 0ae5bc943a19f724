/** Returns the input of a request as items; plain text is a user message. */
export const toItemList = (input: unknown): readonly unknown[] => {
  if (Array.isArray(input)) return input
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : []
}
