/** What is wrong with a configuration, in sentences for whoever wrote it. */

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** One fault each. */
  readonly lines: readonly string[]

  constructor(...lines: readonly string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}
