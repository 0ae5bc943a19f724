/** Describes an error in the YAML syntax. The parser's own messages may quote the file. */
import type { ErrorCode, YAMLParseError, YAMLWarning } from 'yaml'

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'an escape in double quotes is not one that YAML knows; try single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a value begins with a character that YAML reserves; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value with a colon and a blank in it needs quotes',
  MISSING_CHAR: 'a quote, a bracket, a colon or a blank is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing, or the indentation does not fit',
  MULTIPLE_DOCS: 'a second document begins here; one is all there may be',
  TAB_AS_INDENT: 'a tab stands where blanks must indent',
}

/** Anchors and aliases are not supported. A star is nearly always a missing quote. */
export const ALIAS_FAULT = 'this begins with a * and needs quotes'

export const toSyntaxFault = (error: YAMLParseError | YAMLWarning, text: string): string => {
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^['"]?([\w.-]*)/.exec(text.slice(error.pos[0]))?.[1]
    return `${key || 'a field'}: stands here a second time`
  }
  return `this is not valid YAML: ${SENTENCES[error.code] ?? 'it cannot be read from here on'}`
}
