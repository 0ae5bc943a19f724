/** The parts of a store's address that no log may show: its passwords, as they are written and as they are sent. */
export const urlSecrets = (url: string | undefined): string[] => {
  if (url === undefined) return []
  const { password, searchParams } = new URL(url)
  const inQuery = [...searchParams].flatMap(([name, value]) => (SECRET.test(name) ? [value] : []))
  const written = inQuery.map(encodeURIComponent)
  return [...new Set([password, decodeURIComponent(password), ...inQuery, ...written])].filter(
    (each) => each !== '',
  )
}

/** Drivers read a password from the query, too. */
const SECRET = /pass|secret|token/i
