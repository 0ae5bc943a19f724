/** The state of responses between calls, as the hook that the gateway calls. */
import type { MemoryAccount } from '#access'
import {
  type CallState,
  type Deferral,
  isRelayed,
  readEnvelope,
  type RestoredCall,
  toBeatMs,
} from '#gateway'
import type { Target } from '#router'
import type { BackgroundRun } from './background/background-run.ts'
import {
  type BackgroundRuns,
  createBackgroundRuns,
  wantsBackground,
} from './background/background.ts'
import {
  haveSeveralAccounts,
  type Homes,
  noteContinued,
  noteHomeFor,
  pinTargets,
  preferLast,
} from './pin-targets.ts'
import { givenTo, recall, rememberFor } from './recall.ts'
import { createResponseHomes } from './response-targets.ts'
import { createResponseStore, type ResponseStore } from './store/response-store.ts'

/** What is kept of responses. It outlives the configuration. */
export interface KeptResponses {
  /** Of translated responses. */
  readonly responses: ResponseStore<BackgroundRun>
  /** Of relayed ones. */
  readonly homes: Omit<Homes, 'trustsUnknown'>
  readonly background: BackgroundRuns
}

/** @param memory the account of everything held for callers. */
export const createKeptResponses = (memory: MemoryAccount): KeptResponses => {
  const responses = createResponseStore<BackgroundRun>({ memory })
  const background = createBackgroundRuns({ responses })
  const homes = {
    given: createResponseHomes({ memory }),
    conversations: createResponseHomes({ memory }),
    sealed: createResponseHomes({ memory }),
    continued: createResponseHomes({ memory }),
  }
  return { responses, homes, background }
}

export interface ResponseStateOptions {
  readonly kept: KeptResponses
  readonly memory: MemoryAccount
  /** How deep a body's JSON may be nested. */
  readonly maxDepth: number
  /** The maximum size of a request with its references replaced. */
  readonly maxBodyBytes: number
  /** Whether several callers share the keys of upstreams. */
  readonly shared: boolean
  /** Whether unknown ids are sent upstream even if several callers share a key. */
  readonly trustsUnknownIds: boolean
  /** After how long a silent stream is opened. */
  readonly openAfterMs: number
}

export interface ResponseState extends CallState, KeptResponses {
  readonly homes: Homes
  /** The interval of heartbeats to a reader while nothing arrives. */
  readonly beatMs: number
}

export const createResponseState = (options: ResponseStateOptions): ResponseState => {
  const { memory, maxDepth, maxBodyBytes: maxBytes, shared } = options
  const { responses, background } = options.kept
  const beatMs = toBeatMs(options.openAfterMs)
  const homes: Homes = {
    ...options.kept.homes,
    trustsUnknown: !shared || options.trustsUnknownIds,
  }

  const restore: CallState['restore'] = (asked, outline, record): RestoredCall => {
    const references = asked.protocol.findReferences?.(asked.body, outline.members, shared) ?? []
    const { call, unknown, leaning } = recall(asked, outline, references, {
      responses,
      memory,
      maxBytes,
      record,
    })
    const envelope = call.body === asked.body ? outline : readEnvelope(call, maxDepth)

    const defer = (targets: readonly Target[]): Deferral => {
      const [first] = targets
      if (!first || !wantsBackground(call, envelope)) return { targets }
      // Never fall back from an upstream with native background mode to one that would have to run here.
      const isNative = isRelayed(call, envelope, first)
      const able = targets.filter((target) => isRelayed(call, envelope, target) === isNative)
      if (isNative) return { targets: able }
      const given = givenTo(call, envelope, leaning)
      return {
        targets: able,
        begin: (generate) => background.start(call, envelope, given, generate, { beatMs, shared }),
      }
    }

    let hasSeveralAccounts = false

    return {
      call,
      envelope,
      narrow(targets) {
        hasSeveralAccounts = haveSeveralAccounts(targets)
        if (hasSeveralAccounts) preferLast(call, call.continues ?? leaning?.previousId, homes)
        return pinTargets(call, envelope, unknown, targets, homes)
      },
      defer,
      note: () => ({
        remember: rememberFor(call, envelope, leaning, (answer, given, target) => {
          responses.save(call.caller, given, answer)
          if (hasSeveralAccounts)
            noteContinued(homes, call.caller, answer.id, target, call.belonging?.used.key)
        }),
        noteHome: noteHomeFor(call, envelope, unknown, homes, hasSeveralAccounts),
      }),
    }
  }

  return { restore, responses, homes, background, beatMs }
}
