/** Tells of each fault that was not found as soon as that is known: a run of a large room takes an hour. */
// Installed with the first run; types are checked without it.
const { PluginKind, declareClassPlugin } = (await import('@stryker-mutator/api/plugin' as string)) as { PluginKind: { Reporter: string }; declareClassPlugin(kind: string, name: string, of: unknown): unknown }

interface Tested { readonly status: string; readonly fileName: string; readonly mutatorName: string; readonly replacement?: string; readonly location: { readonly start: { readonly line: number; readonly column: number } } }

class Unfound {
  onMutantTested({ status, fileName, mutatorName, replacement, location: { start } }: Tested): void {
    if (status === 'Killed' || status === 'Timeout' || status === 'Ignored') return
    console.log(`not found (${status}) ${fileName.slice(fileName.lastIndexOf('/core/') + 1)}:${start.line}:${start.column} ${mutatorName} ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`)
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'unfound', Unfound)]
