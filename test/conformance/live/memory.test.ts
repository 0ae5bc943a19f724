/** Live state in this process. */
import { createLiveStore } from '#stores'
import { describeLiveStore } from '../../tools/stores/live-conformance.ts'

describeLiveStore('a live store in memory', async () => {
  const store = createLiveStore()
  await store.ready()
  return [store, store]
})
