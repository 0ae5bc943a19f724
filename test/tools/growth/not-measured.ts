/**
 * Readers and writers that nothing here runs, each with the reason. Whatever else there is must run with what is
 * measured: `reached.test.ts` counts the calls.
 */
const because = (reason: string, names: string): Record<string, string> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, reason]),
  )

export const NOT_MEASURED: Readonly<Record<string, string>> = {
  ...because(
    'bounded: 64 KB of an error',
    `decodeError encodeError findForeignFault encodeStreamError encodeCut encodeFailure readFailure readStreamFailure
     decodeFault toError toModelError`,
  ),
  ...because('bounded: 64 KB of a head', 'encodeRequestHead readTags createParentReader'),
  ...because('bounded: the keys in the headers of one request', 'findFirst'),
  ...because('bounded: 64 KB of a first frame', 'readKey'),
  ...because('what reads the outline of its body is measured by itself', 'readJsonBody'),
  ...because(
    'bounded: a path or a query of 16 KB',
    'findRoute findSessionPath readAsked readAskedId readAskedModel readAskedPosition readOnce',
  ),
  ...because('looks for one field once, as the engine does', 'findPreviousId'),
  ...because(
    'bounded: a few numbers of one object',
    'decodeUsage createRealtimeTap costOf ratesOf',
  ),
  ...because('bounded: 1 MB of an answer, cut once', 'encodeStored decodeStored'),
  ...because('bounded: one name', 'encodingOf createHeaderNames createRequestIds toClientName'),
  ...because(
    'what it holds is measured by itself',
    'createDemo demo langchain createDecoder readNeeds',
  ),
  ...because(
    'of the configuration, not of a request',
    `createInstances loadClass missingPackage toMissingSentence toModelName unusable langchainSecrets langchainVendor
     createPrices loadPriceCatalogue placeFactor priceListOf reportsCost tierFactor
     fingerprintOf`,
  ),
  ...because(
    'speaks to a thread or a socket: fair-counts.test.ts and request-body.test.ts measure it',
    'createTokenCounter createBodyReader createBodyMemory',
  ),
  ...because(
    'bounded: the fields of a row are cut, and a batch has 1,000 rows',
    `createToRow createText createName toCallerId toNames toValues createRowIds createBatches createBacklog createDelivery createRowDelivery
     writeBatch createLedger readUsage readSettled findSettled reportUsage toUsageQuery toSinceMs createBooks createRetention deleteSome`,
  ),
  ...because(
    'bounded: the fields of a row are cut, and a minute has a bounded number of rows',
    'createAudit createAuditLines createToAuditRow writeAudit readAudit toAuditQuery',
  ),
  ...because('bounded: the texts of a span are cut', 'encodeSpan encodeSpans encodeAttributes'),
  ...because(
    'reads one proof of this gateway, and not a list of them',
    'decodeReasoning readSummary encodeNative',
  ),
}
