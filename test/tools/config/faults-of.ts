/** What is wrong with a configuration, one line each, as its reader says. */
import { ConfigError } from '#config'

export const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
  return []
}
