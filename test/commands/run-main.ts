import { vi } from 'vitest';
import { main } from '../../src/main.ts';

/** What main prints and returns. */
export async function run(...argv: string[]) {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      output[name] += String(text);
      return true;
    });
  }
  try {
    return { status: await main(argv), ...output };
  } finally {
    vi.restoreAllMocks();
  }
}
