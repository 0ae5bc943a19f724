/** Ids of the tool calls of one answer: each its own, and none empty. */
export const createCallIds = (answerId: string): ((id: string) => string) => {
  const taken = new Set<string>()
  return (given) => {
    const base = given || `${answerId}_call`
    let own = base
    for (let again = 2; taken.has(own); again++) own = `${base}_${again}`
    taken.add(own)
    return own
  }
}
