/** Something that is wrong with a configuration, or worth knowing. */
export interface Finding {
  /** A note does not change how the command exits. */
  readonly level: 'warning' | 'note'
  /** The field or the variable. */
  readonly subject: string
  readonly message: string
}

export const warning = (subject: string, message: string): Finding => ({
  level: 'warning',
  subject,
  message,
})

export const note = (subject: string, message: string): Finding => ({
  level: 'note',
  subject,
  message,
})
