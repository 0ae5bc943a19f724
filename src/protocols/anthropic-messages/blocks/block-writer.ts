/** Writes the blocks of a stream one at a time. Each is opened once and closed once. */
import type { Citation, JsonObject, PartOpening } from '#model'
import { type ByteString, escapeJson, sseEvent, unescapeJson } from '#streams'
import { toText } from '../../requests/lenient-fields.ts'
import {
  DISCARDED,
  ignore,
  type PartWriter,
  toEscaped,
  writeAtEnd,
} from '../../answers/part-writer.ts'
import { foreignSignature } from '../../thoughts/reasoning-origin.ts'
import {
  type NativeBlock,
  parseArguments,
  redactedBlock,
  textBlock,
  thinkingBlock,
  toNativeBlock,
  toolUseBlock,
} from './blocks.ts'
import { encodeCitation } from '../citations.ts'
import { createToolIds } from '../tool-ids.ts'

export interface BlockWriter {
  open(part: PartOpening): PartWriter
  /** A tool has been called. */
  callsTools(): boolean
  /** The answer is a refusal, at least in part. */
  refuses(): boolean
  /** The last block is a call whose input is not a JSON object. */
  unfinished(): boolean
}

const DELTA_END = '"}}\n\n'

const toCitationDelta = (citation: Citation): JsonObject[] => {
  const value = encodeCitation(citation)
  return value ? [{ type: 'citations_delta', citation: value }] : []
}

/** @param origin identifies the provider and message of unsigned thoughts. */
export const createBlockWriter = (
  emit: (bytes: ByteString) => void,
  origin: () => { readonly provider: string; readonly id: string },
): BlockWriter => {
  const toOwnId = createToolIds()
  let blocks = 0
  let callsTools = false
  let refuses = false
  let unfinished = false

  const start = (content_block: JsonObject): void =>
    emit(
      sseEvent('content_block_start', {
        type: 'content_block_start',
        index: blocks,
        content_block,
      }),
    )

  const delta = (value: JsonObject): void =>
    emit(
      sseEvent('content_block_delta', { type: 'content_block_delta', index: blocks, delta: value }),
    )

  const stop = (): void =>
    emit(sseEvent('content_block_stop', { type: 'content_block_stop', index: blocks++ }))

  const openingOf = (type: string, key: string): ByteString =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":${blocks},"delta":{"type":"${type}","${key}":"`

  const openText = (onText: () => void): PartWriter => {
    const opening = openingOf('text_delta', 'text')
    const early: JsonObject[] = []
    let open = false

    return {
      write(piece) {
        const more = toEscaped(piece)
        if (more === '') return
        if (!open) {
          open = true
          onText()
          start(textBlock(''))
        }
        emit(opening + more + DELTA_END)
        if (early.length > 0) early.splice(0).forEach(delta)
      },
      cite(citation) {
        const deltas = toCitationDelta(citation)
        if (open) deltas.forEach(delta)
        else early.push(...deltas)
      },
      end: () => void (open && stop()),
    }
  }

  const openThinking = (): PartWriter => {
    const opening = openingOf('thinking_delta', 'thinking')
    let open = false

    const openOnce = (): void => {
      if (!open) start(thinkingBlock('', ''))
      open = true
    }
    return {
      write(piece) {
        const more = toEscaped(piece)
        if (more === '') return
        openOnce()
        emit(opening + more + DELTA_END)
      },
      cite: ignore,
      end(signature = '') {
        if (!open && signature === '') return
        openOnce()
        const { provider, id } = origin()
        delta({ type: 'signature_delta', signature: signature || foreignSignature(provider, id) })
        stop()
      },
    }
  }

  const openCall = (id: string, name: string): PartWriter => {
    const opening = openingOf('input_json_delta', 'partial_json')
    let input: ByteString = ''
    callsTools = true
    start(toolUseBlock(toOwnId(id), name, {}))
    return {
      write(piece) {
        const more = toEscaped(piece)
        input += more
        emit(opening + more + DELTA_END)
      },
      cite: ignore,
      end() {
        unfinished = parseArguments(unescapeJson(input)) === undefined
        stop()
      },
    }
  }

  const openFreeformCall = (id: string, name: string): PartWriter => {
    const opening = openingOf('input_json_delta', 'partial_json')
    const write = (json: string) => emit(opening + escapeJson(json) + DELTA_END)
    callsTools = true
    start(toolUseBlock(toOwnId(id), name, {}))
    write('{"input":"')
    return {
      write: ({ text }) => write(JSON.stringify(text).slice(1, -1)),
      cite: ignore,
      end() {
        write('"}')
        stop()
      },
    }
  }

  const writeNative = (block: NativeBlock): void => {
    if (block.type === 'compaction') {
      start({ ...block, content: null })
      delta({ type: 'compaction_delta', content: block.content ?? null })
    } else if ('input' in block) {
      start({ ...block, id: toOwnId(toText(block.id)), input: {} })
      delta({ type: 'input_json_delta', partial_json: JSON.stringify(block.input) })
    } else start(block)
    stop()
  }

  return {
    open(part) {
      switch (part.kind) {
        case 'text':
          return openText(ignore)
        case 'refusal':
          return openText(() => {
            refuses = true
          })
        case 'reasoning': {
          const { redacted } = part
          if (redacted === undefined || redacted === '') return openThinking()
          return writeAtEnd(() => {
            start(redactedBlock(redacted))
            stop()
          })
        }
        case 'tool-call':
          return part.freeform ? openFreeformCall(part.id, part.name) : openCall(part.id, part.name)
        case 'native': {
          const block = toNativeBlock(part.protocol, part.value)
          return writeAtEnd(() => block && writeNative(block))
        }
        case 'audio':
        case 'citation':
          return DISCARDED
      }
    },
    callsTools: () => callsTools,
    refuses: () => refuses,
    unfinished: () => unfinished,
  }
}
