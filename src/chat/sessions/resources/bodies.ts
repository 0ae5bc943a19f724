/** The bodies of the resources, which the doors have judged. */
import type { OnDisconnect, WhenBusy } from '#model'
import type { SessionRecord, SessionSettings } from '../session-store.ts'

interface WireSettings {
  readonly temperature?: number
  readonly max_output_tokens?: number
  readonly when_busy?: WhenBusy
  readonly on_disconnect?: OnDisconnect
}

/** Null is the same as nothing. */
export interface PatchBody {
  readonly title?: string | null
  readonly system_prompt?: string | null
  readonly model?: string | null
  readonly settings?: WireSettings
  readonly metadata?: object
  readonly keep?: boolean
}

export interface CreateBody extends PatchBody {
  readonly id?: string
}

export interface ForkBody {
  /** The last message of the new session. Absent: the head. */
  readonly message_id?: string
  readonly title?: string
}

export interface ExtendBody {
  readonly hours?: number
}

type Described = Pick<
  SessionRecord,
  'title' | 'titledBy' | 'systemPrompt' | 'model' | 'settings' | 'metadata' | 'keep'
>

/** What a body changes of a session. */
export const toDescribed = (
  body: PatchBody,
  { settings }: Pick<SessionRecord, 'settings'>,
): Partial<Described> => ({
  ...(body.title === undefined ? {} : toTitle(body.title)),
  ...(body.system_prompt === undefined ? {} : { systemPrompt: body.system_prompt }),
  ...(body.model === undefined ? {} : { model: body.model }),
  ...(body.settings === undefined
    ? {}
    : { settings: { ...settings, ...toSettings(body.settings) } }),
  ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
  ...(body.keep === undefined ? {} : { keep: body.keep }),
})

const toTitle = (title: string | null): Pick<Described, 'title' | 'titledBy'> => ({
  title,
  titledBy: title === null ? 'nobody' : 'user',
})

const toSettings = ({
  temperature,
  max_output_tokens: maxOutputTokens,
  when_busy: whenBusy,
  on_disconnect: onDisconnect,
}: WireSettings): SessionSettings => ({
  ...(temperature === undefined ? {} : { temperature }),
  ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  ...(whenBusy === undefined ? {} : { whenBusy }),
  ...(onDisconnect === undefined ? {} : { onDisconnect }),
})
