/** Puts the program and its workers into few files: reading hundreds takes longer than running them. */
import { defineConfig } from 'rolldown'

export default defineConfig({
  input: {
    main: 'src/cli/main.ts',
    'count-worker': 'src/usage/counting/count-worker.ts',
    'sqlite-worker': 'src/stores/rows/sqlite/sqlite-worker.ts',
  },
  platform: 'node',
  // The dependencies stay where npm puts them.
  external: /^(?![./#])/,
  output: { dir: 'dist', cleanDir: true, chunkFileNames: '[name].js' },
})
