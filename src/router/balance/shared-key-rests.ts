/** A key that rests in one process rests in all of them. A message names it by its fingerprint, and never itself. */
import type { Provider } from '#providers'
import { isDuration, type Messages, openChannel } from './channel.ts'

const CHANNEL = 'key-rests'

/**
 * @param providers those that are configured at present.
 * @returns a function that is called once with each provider, and tells the others when a key of its pool rests.
 */
export const shareKeyRests = (
  messages: Messages,
  providers: () => readonly Provider[],
): ((provider: Provider) => void) => {
  const hear = (name: string, key: string, ms: number): void => {
    for (const provider of providers())
      if (provider.kind === 'http' && provider.name === name) provider.keys?.rest(key, ms)
  }
  const open = () =>
    openChannel(messages, CHANNEL, ({ provider, key, ms }) => {
      if (typeof provider === 'string' && typeof key === 'string' && isDuration(ms))
        hear(provider, key, ms)
    }).tell
  let tell: ReturnType<typeof open> | undefined

  return (provider) => {
    if (provider.kind !== 'http' || !provider.keys) return
    const tellOthers = (tell ??= open())
    provider.keys.onRest(({ fingerprint, restMs }) =>
      tellOthers({ provider: provider.name, key: fingerprint, ms: restMs }),
    )
  }
}
