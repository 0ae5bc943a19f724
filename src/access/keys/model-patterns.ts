/** The models that a key or token may use. */
import { createWildcard } from '#model'

/**
 * A pattern with a slash is compared with `provider/model`, one without with the model alone, since the names of models
 * may hold slashes too: `openai/*` does not match the model `openai/gpt-5` of another provider.
 */
export const toModelPatterns = (patterns: readonly string[]): ((name: string) => boolean) => {
  const complete = patterns.filter((pattern) => pattern.includes('/')).map(createWildcard)
  const alone = patterns.filter((pattern) => !pattern.includes('/')).map(createWildcard)
  return (name) => {
    const model = name.slice(name.indexOf('/') + 1)
    return (
      complete.some((matches) => matches(name) !== undefined) ||
      alone.some((matches) => matches(model) !== undefined)
    )
  }
}
