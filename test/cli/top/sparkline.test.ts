import { describe, expect, it } from 'vitest';
import { Sparkline } from '../../../src/cli/top/sparkline.ts';

describe('a sparkline', () => {
  function drawn(values: readonly number[], columns: number): string {
    const line = new Sparkline();
    for (const value of values) line.add(value);
    return line.text(columns);
  }

  it('has the newest value at the right and the greatest at full height', () => {
    expect(drawn([0, 1, 2, 3, 4, 5, 6, 7, 8], 12)).toBe('    ▁▂▃▄▅▆▇█');
    expect(drawn([8, 1, 2], 2)).toBe('▄█');
  });

  it('shows that there is something, however little', () => {
    expect(drawn([0, 0.001, 1000], 3)).toBe(' ▁█');
  });

  it('is blank without any', () => {
    expect(drawn([], 4)).toBe('    ');
    expect(drawn([0, 0], 4)).toBe('    ');
  });
});
