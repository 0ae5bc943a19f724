/** The JSON shapes of Gemini: its responses, complete or as chunks, and its errors. */

import {
  anything,
  count,
  filled,
  flag,
  isRecord,
  list,
  number,
  oneOf,
  record,
  text,
} from './shape.ts'
import type { Shape } from './shape.ts'

/** The unspecified first value of an enumeration is never sent. */
const FINISH_REASONS = [
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'IMAGE_SAFETY',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'IMAGE_PROHIBITED_CONTENT',
  'NO_IMAGE',
  'IMAGE_RECITATION',
  'IMAGE_OTHER',
  'CONTINUATION',
]

const BLOCK_REASONS = [
  'SAFETY',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'IMAGE_SAFETY',
  'MODEL_ARMOR',
  'JAILBREAK',
]

const STATUSES = [
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'ABORTED',
  'ALREADY_EXISTS',
  'RESOURCE_EXHAUSTED',
  'CANCELLED',
  'DATA_LOSS',
  'UNKNOWN',
  'INTERNAL',
  'UNIMPLEMENTED',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]

/** What a part may hold; each holds one of them. */
export const PART_KINDS = [
  'text',
  'functionCall',
  'functionResponse',
  'inlineData',
  'fileData',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
  'audioTranscription',
] as const

const known =
  (values: string[]): Shape =>
  (value, path) =>
    typeof value === 'string' && values.includes(value)
      ? []
      : [`${path} is ${JSON.stringify(value)}, which the protocol does not know`]

const anObject: Shape = (value, path) => (isRecord(value) ? [] : [`${path} is not an object`])

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const bytes: Shape = (value, path) =>
  typeof value === 'string' && value !== '' && BASE64.test(value) ? [] : [`${path} is not base64`]

const partShape = record({
  'text?': text,
  'thought?': flag,
  'thoughtSignature?': bytes,
  'functionCall?': record({ name: filled, 'id?': filled, 'args?': anObject }),
  'functionResponse?': record({ name: filled, response: anObject }),
  'inlineData?': record({ mimeType: filled, data: bytes }),
  'fileData?': record({ fileUri: filled, 'mimeType?': filled }),
  'executableCode?': record({ language: oneOf('PYTHON'), code: text }),
  'codeExecutionResult?': record({
    outcome: oneOf('OUTCOME_OK', 'OUTCOME_FAILED', 'OUTCOME_DEADLINE_EXCEEDED'),
    'output?': text,
  }),
})

const tokenDetails = list(
  record({
    modality: oneOf('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT'),
    'tokenCount?': count,
  }),
)

const usageShape = record({
  promptTokenCount: count,
  totalTokenCount: count,
  'candidatesTokenCount?': count,
  'thoughtsTokenCount?': count,
  'cachedContentTokenCount?': count,
  'toolUsePromptTokenCount?': count,
  'promptTokensDetails?': tokenDetails,
  'candidatesTokensDetails?': tokenDetails,
  'cacheTokensDetails?': tokenDetails,
  'toolUsePromptTokensDetails?': tokenDetails,
  'trafficType?': filled,
  'serviceTier?': filled,
})

const safetyRatings = list(
  record({ category: filled, probability: filled, 'blocked?': flag, 'severity?': filled }),
)

const candidateShape = record({
  'index?': count,
  'content?': record({ role: oneOf('model'), 'parts?': list(partShape) }),
  'finishReason?': known(FINISH_REASONS),
  'finishMessage?': filled,
  'safetyRatings?': safetyRatings,
  'citationMetadata?': anObject,
  'groundingMetadata?': anObject,
  'urlContextMetadata?': anObject,
  'logprobsResult?': anObject,
  'avgLogprobs?': number,
  'tokenCount?': count,
})

export const responseShape = record({
  'candidates?': list(candidateShape),
  'promptFeedback?': record({
    'blockReason?': known(BLOCK_REASONS),
    'blockReasonMessage?': filled,
    'safetyRatings?': safetyRatings,
  }),
  'usageMetadata?': usageShape,
  'createTime?': filled,
  modelVersion: filled,
  responseId: filled,
})

const failureCode: Shape = (value, path) =>
  Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600
    ? []
    : [`${path} is not the number of a failure`]

export const errorShape = record({
  error: record({
    code: failureCode,
    message: filled,
    status: known(STATUSES),
    'details?': list(record({ '@type': filled, 'fieldViolations?': list(anything) })),
  }),
})
