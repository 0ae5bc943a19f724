/**
 * Readers and writers that are measured as parts of another, which is named here, or whose input cannot grow. A new
 * one is measured in `streams.ts` or `protocols.ts`, or gets its place here.
 */
const through = (measured: string, names: string): Record<string, string> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, measured]),
  )

export const REACHED_THROUGH: Readonly<Record<string, string>> = {
  ...through(
    'decodeRequest',
    `createCallIds createCallNames decodeBlock createSchemaFilter createToolNames createUniqueIds decodeAllTools decodeContent
     decodeFunctions decodeGrammar decodeInput decodeParts decodeReasoning decodeSystem decodeToolChoice decodeTools
     decodeTurns decodeBatch decodeSingle createDecoder parseArguments readSummary`,
  ),
  ...through(
    'encodeRequest',
    `createToolIds encodeContent encodeFormat encodeGrammar encodeNative encodeOutput encodePart encodeParts
     encodeResultParts encodeThinking encodeToolChoice encodeTools encodeTurns`,
  ),
  ...through(
    'decodeEvents',
    `createAnswerReader createCallReader decodeAnnotation decodeChunkUsage decodeUsage decodeStreamError parseJson
     parseObject`,
  ),
  ...through(
    'encodeEvents',
    `createPartQueue encodeCitation encodeCut encodeFinishReason encodeGrounding encodeMessageStart encodeStop
     encodeStreamError encodeUsage encodeUsageInBothStyles encodeWholeUsage`,
  ),
  ...through('encodeMessage', 'encodeAnswer encodeBatchAnswer encodeSingleAnswer'),
  ...through('decodeMessage', 'decodeAnswer decodeInputTokens'),
  ...through('createTap', 'createEventTap'),
  ...through(
    'findMember',
    `findForeignReasoning findForeignThinking findForeignThoughts findOwnSummaries readMarkedItems createResponseWatch`,
  ),
  ...through(
    'findMembers',
    'findQuote parseBody parseEvent readEnvelope readFlag readFrame readText',
  ),
  ...through('gatherPieces', 'createBodyMemory createBodyReader'),
  ...through('bounded: 64 KB of a head', 'decodeFields decodeHead encodeRequestHead'),
  ...through(
    'bounded: 64 KB of an error',
    'decodeError encodeError encodeFailure readFailure readStreamFailure',
  ),
  ...through('bounded: a path or a query of 16 KB', 'findRoute readAskedModel'),
  ...through(
    'bounded: a few members of one object',
    'decodeEnding decodeFault findFault findForeignFault',
  ),
  ...through('bounded: one of few', 'createRequestIds findPlace'),
}
