/** The fields of a request to generate content that Sluice reads, in either spelling. */
import { EFFORTS } from '#model'
import {
  anything,
  each,
  fields,
  type Known,
  oneOf,
  looseFields,
} from '../requests/ignored-fields.ts'
import { toCamelKey } from './wire.ts'

const of = (known: Readonly<Record<string, Known>>): Known => fields(known, toCamelKey)

const INLINE = of({ mimeType: anything, data: anything, displayName: anything })
const FILE = of({ mimeType: anything, fileUri: anything, displayName: anything })

const PART = of({
  text: anything,
  thought: anything,
  thoughtSignature: anything,
  functionCall: of({ id: anything, name: anything, args: anything }),
  functionResponse: of({
    id: anything,
    name: anything,
    response: anything,
    parts: each(of({ inlineData: INLINE, fileData: FILE })),
  }),
  inlineData: INLINE,
  fileData: FILE,
})

const CONTENT = of({ role: anything, parts: each(PART) })

const MODES: ReadonlySet<string> = new Set(['auto', 'any', 'none', 'validated'])
const LEVELS: ReadonlySet<string> = new Set(EFFORTS)
const MIME_TYPES: ReadonlySet<string> = new Set(['text/plain', 'application/json'])

/** Other fields at the top or in the settings are kept as extensions; other tools are the vendor's own. */
export const GEMINI_REQUEST: Known = looseFields(
  {
    contents: each(CONTENT),
    systemInstruction: (value, path, note) =>
      (typeof value === 'object' && value !== null && 'parts' in value ? CONTENT : PART)(
        value,
        path,
        note,
      ),
    tools: each(
      looseFields(
        {
          functionDeclarations: each(
            of({
              name: anything,
              description: anything,
              parameters: anything,
              parametersJsonSchema: anything,
            }),
          ),
        },
        toCamelKey,
      ),
    ),
    toolConfig: of({
      functionCallingConfig: of({ mode: oneOf(MODES), allowedFunctionNames: anything }),
    }),
    generationConfig: looseFields(
      {
        responseMimeType: oneOf(MIME_TYPES),
        thinkingConfig: of({
          thinkingBudget: anything,
          thinkingLevel: oneOf(LEVELS),
          includeThoughts: anything,
        }),
      },
      toCamelKey,
    ),
  },
  toCamelKey,
)
