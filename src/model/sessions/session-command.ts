/** What clients ask of a session, on any door. Fields are those of the wire. */

export type WhenBusy = 'queue' | 'reject' | 'interrupt'
export type OnDisconnect = 'continue' | 'cancel'

export type SessionCommand =
  | MessageCommand
  | { readonly type: 'cancel'; readonly run_id?: string }
  | {
      readonly type: 'edit'
      readonly message_id: string
      readonly content: string
      readonly client_message_id?: string
      readonly model?: string
      readonly when_busy?: WhenBusy
      /** Absent: those of the message. */
      readonly attachments?: readonly string[]
      /** Absent: that of the message. */
      readonly metadata?: object
    }
  | {
      readonly type: 'regenerate'
      /** An answer, or the message that it answers. */
      readonly message_id: string
      readonly model?: string
      readonly when_busy?: WhenBusy
    }
  | { readonly type: 'continue'; readonly run_id: string; readonly when_busy?: WhenBusy }
  /** Moves the head. */
  | { readonly type: 'choose'; readonly message_id: string }
  | { readonly type: 'dequeue'; readonly message_id: string }
  | { readonly type: 'clear_history' }

export interface MessageCommand {
  readonly type: 'message'
  readonly content: string
  readonly client_message_id?: string
  readonly model?: string
  readonly when_busy?: WhenBusy
  readonly on_disconnect?: OnDisconnect
  /** Ids of uploads. */
  readonly attachments?: readonly string[]
  readonly metadata?: object
}

/** What came of a command. */
export interface CommandOutcome {
  /**
   * `started`: a run. `queued`: it waits for another run. `repeated`: it came before, and is not done again.
   * `nothing_to_cancel`: no run was in progress. `done`: everything else.
   */
  readonly status: 'started' | 'queued' | 'repeated' | 'nothing_to_cancel' | 'done'
  /** Of the message that was sent, or whose answer is made anew. */
  readonly message_id?: string
  /** Of the run that was started, repeated or cancelled. */
  readonly run_id?: string
  /** The events of the command come after this position. */
  readonly position: string
}
