/** The faults of a configuration, in sentences for its author. */

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** One fault per line. */
  readonly lines: readonly string[]

  constructor(...lines: readonly string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}
