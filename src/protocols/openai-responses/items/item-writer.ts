/** Writes the items of a stream one at a time. Each is added once and done once. */
import {
  type Citation,
  isJsonObject,
  type JsonObject,
  parseObject,
  type PartOpening,
  type Tool,
} from '#model'
import { type ByteString, toByteString, unescapeJson } from '#streams'
import {
  DISCARDED,
  ignore,
  type PartWriter,
  toEscaped,
  writeAtEnd,
} from '../../answers/part-writer.ts'
import { foreignSignature } from '../../thoughts/reasoning-origin.ts'
import { toAnnotations } from '../annotations.ts'
import { PROTOCOL } from '../decode-content.ts'
import { createCallIds, toItemId } from './item-ids.ts'
import { createClientCalls } from '../tools/client-calls.ts'
import { unflattenName } from '../tools/namespaces.ts'
import { sealProof } from '../reasoning/sealed-reasoning.ts'

export interface ItemWriter {
  open(part: PartOpening): PartWriter
  /** Adds an empty message, since clients treat an answer without items as missing. */
  addEmptyMessage(): void
  /** The completed items, in order. */
  readonly done: readonly ByteString[]
}

export interface ItemContext {
  readonly responseId: () => string
  /** The answer's provider, and its id at the upstream. */
  readonly origin: () => { readonly provider: string; readonly id: string }
  readonly findTool: (name: string) => Tool | undefined
  /** Emits an event. `fields` is the inside of a JSON object. */
  readonly event: (type: string, fields: ByteString) => void
  /** Emits an event around a text. It skips the assembly of `fields`, because deltas come by the thousands. */
  readonly spliced: (before: ByteString, escaped: ByteString, after: ByteString) => void
}

const toJson = (value: unknown): ByteString => toByteString(JSON.stringify(value))

const toSummary = (text: ByteString): ByteString => `{"type":"summary_text","text":"${text}"}`

/** Items that are written from parts of their own kind, or that no answer contains. */
const NOT_NATIVE: ReadonlySet<unknown> = new Set([
  'message',
  'reasoning',
  'function_call',
  'custom_tool_call',
  'tool_search_call',
  'local_shell_call',
])

export const createItemWriter = (context: ItemContext): ItemWriter => {
  const { event, spliced, responseId } = context
  const toOwnCallId = createCallIds(responseId)
  const done: ByteString[] = []
  let items = 0

  const nextId = (prefix: string): string => toItemId(responseId(), prefix, items)

  const add = (item: JsonObject): void =>
    event('response.output_item.added', `"output_index":${items},"item":${toJson(item)}`)

  const finish = (item: ByteString): void => {
    event('response.output_item.done', `"output_index":${items},"item":${item}`)
    done.push(item)
    items++
  }

  const toDelta = (type: string, place: ByteString, after: ByteString) => {
    const before = `event: ${type}\ndata: {"type":"${type}",${place},"delta":"`
    return (escaped: ByteString) => spliced(before, escaped, `"${after}`)
  }

  const openClientCall = createClientCalls({
    open(prefix, fields, callId, empty) {
      const item = { id: nextId(prefix), ...fields, call_id: toOwnCallId(callId) }
      add({ ...item, ...empty, status: 'in_progress' })
      return item
    },
    close: (item) => finish(toJson(item)),
  })

  const openMessage = (type: 'output_text' | 'refusal'): PartWriter & { begin(): void } => {
    const isText = type === 'output_text'
    const key = isText ? 'text' : 'refusal'
    const annotations: JsonObject[] = []
    const citations: Citation[] = []
    let id = ''
    let place: ByteString = ''
    let escaped: ByteString = ''
    let grow: ((more: ByteString) => void) | undefined

    const part = (text: ByteString): ByteString =>
      isText
        ? `{"type":"output_text","annotations":${toJson(annotations)},"logprobs":[],"text":"${text}"}`
        : `{"type":"refusal","refusal":"${text}"}`

    const message = (status: string, content: ByteString): ByteString =>
      `{"id":"${id}","type":"message","status":"${status}","role":"assistant","content":[${content}]}`

    const start = () => {
      id = nextId('msg')
      place = `"item_id":"${id}","output_index":${items},"content_index":0`
      event(
        'response.output_item.added',
        `"output_index":${items},"item":${message('in_progress', '')}`,
      )
      event('response.content_part.added', `${place},"part":${part('')}`)
      return toDelta(`response.${type}.delta`, place, isText ? ',"logprobs":[]' : '')
    }

    const annotate = (annotation: JsonObject): void => {
      const at = `"annotation_index":${annotations.length}`
      annotations.push(annotation)
      event(
        'response.output_text.annotation.added',
        `${place},${at},"annotation":${toJson(annotation)}`,
      )
    }

    return {
      begin() {
        grow ??= start()
      },
      write(delta) {
        const more = toEscaped(delta)
        if (more === '') return
        grow ??= start()
        escaped += more
        grow(more)
      },
      cite(citation) {
        if (isText) citations.push(citation)
      },
      end() {
        if (!grow) return true
        // Some citations cover the complete text, so they wait for its end.
        if (citations.length > 0) toAnnotations(unescapeJson(escaped), citations).forEach(annotate)
        const logprobs = isText ? '"logprobs":[],' : ''
        event(`response.${type}.done`, `${place},${logprobs}"${key}":"${escaped}"`)
        event('response.content_part.done', `${place},"part":${part(escaped)}`)
        finish(message('completed', part(escaped)))
        return true
      },
    }
  }

  const openReasoning = (): PartWriter => {
    let id = ''
    let place: ByteString = ''
    let escaped: ByteString = ''
    let grow: ((more: ByteString) => void) | undefined

    const start = () => {
      id = nextId('rs')
      place = `"item_id":"${id}","output_index":${items},"summary_index":0`
      add({ id, type: 'reasoning', summary: [], encrypted_content: null })
      event('response.reasoning_summary_part.added', `${place},"part":${toSummary('')}`)
      return toDelta('response.reasoning_summary_text.delta', place, '')
    }

    return {
      ...DISCARDED,
      write(delta) {
        const more = toEscaped(delta)
        if (more === '') return
        grow ??= start()
        escaped += more
        grow(more)
      },
      end(signature = '') {
        if (!grow) {
          if (signature !== '') writeSealed({ signature })
          return true
        }
        event('response.reasoning_summary_text.done', `${place},"text":"${escaped}"`)
        event('response.reasoning_summary_part.done', `${place},"part":${toSummary(escaped)}`)
        const { provider, id: answerId } = context.origin()
        const sealed = sealProof({ signature: signature || foreignSignature(provider, answerId) })
        finish(
          `{"id":"${id}","type":"reasoning","summary":[${toSummary(escaped)}],"encrypted_content":"${sealed}"}`,
        )
        return true
      },
    }
  }

  const writeSealed = (proof: Parameters<typeof sealProof>[0]): void => {
    const item = { id: nextId('rs'), type: 'reasoning', summary: [] }
    add({ ...item, encrypted_content: null })
    finish(toJson({ ...item, encrypted_content: sealProof(proof) }))
  }

  /** Opens a call. `key` is the field of its payload on the wire. */
  const openCall = (part: PartOpening & { kind: 'tool-call' }): PartWriter => {
    const [prefix, type, key, kind] = part.freeform
      ? (['ctc', 'custom_tool_call', 'input', 'custom_tool_call_input'] as const)
      : (['fc', 'function_call', 'arguments', 'function_call_arguments'] as const)
    const tool = context.findTool(part.name)
    const id = nextId(prefix)
    const named = tool ? unflattenName(tool) : { name: part.name }
    const item = { id, type, call_id: toOwnCallId(part.id), ...named }
    const place = `"item_id":"${id}","output_index":${items}`
    const grow = toDelta(`response.${kind}.delta`, place, '')
    let escaped: ByteString = ''
    add({ ...item, [key]: '', status: 'in_progress' })

    const write = (more: ByteString): void => {
      if (more === '') return
      escaped += more
      grow(more)
    }
    const close = (status: string): void => {
      event(`response.${kind}.done`, `${place},"${key}":"${escaped}"`)
      finish(`${toJson(item).slice(0, -1)},"${key}":"${escaped}","status":"${status}"}`)
    }
    return {
      cite: ignore,
      write: (delta) => write(toEscaped(delta)),
      end() {
        // A call without arguments gets an empty object.
        if (!part.freeform && escaped === '') write('{}')
        if (!part.freeform && !parseObject(unescapeJson(escaped))) return false
        close('completed')
        return true
      },
      abandon: () => close('incomplete'),
    }
  }

  const openNative = (value: unknown): PartWriter => {
    if (!isJsonObject(value) || typeof value.type !== 'string' || NOT_NATIVE.has(value.type))
      return DISCARDED
    return writeAtEnd(() => {
      const own = typeof value.call_id === 'string' ? { call_id: toOwnCallId(value.call_id) } : {}
      const status = 'status' in value ? { status: 'completed' } : {}
      const item = {
        ...value,
        ...own,
        ...status,
        id: nextId(value.type === 'compaction' ? 'cmp' : 'item'),
      }
      add(item)
      finish(toJson(item))
    })
  }

  return {
    open(part) {
      switch (part.kind) {
        case 'text':
          return openMessage('output_text')
        case 'refusal':
          return openMessage('refusal')
        case 'reasoning': {
          const { redacted } = part
          return redacted ? writeAtEnd(() => writeSealed({ redacted })) : openReasoning()
        }
        case 'tool-call': {
          const tool = context.findTool(part.name)
          return (tool && openClientCall(tool, part.id)) ?? openCall(part)
        }
        case 'native':
          return part.protocol === PROTOCOL ? openNative(part.value) : DISCARDED
        case 'audio':
        case 'citation':
          return DISCARDED
      }
    },
    addEmptyMessage() {
      const message = openMessage('output_text')
      message.begin()
      message.end()
    },
    done,
  }
}
