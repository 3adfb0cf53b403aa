// What is written to standard error while a full screen is up.

import { describe, expect, it } from 'vitest';
import { holdErrors } from '../../src/cli/held-errors.ts';
import { Screen } from './traffic.ts';

describe('errors beside a full screen', () => {
  it('wait until it is gone', () => {
    const screen = new Screen(80);
    const release = holdErrors(screen);
    screen.write('one\n');
    screen.write('two\n');
    expect(screen.text).toBe('');
    release();
    expect(screen.text).toBe('one\ntwo\n');
    screen.write('three\n');
    expect(screen.text).toBe('one\ntwo\nthree\n');
  });

  it('are bounded, the newest kept', () => {
    const screen = new Screen(80);
    const release = holdErrors(screen);
    for (let i = 0; i < 10_000; i++) screen.write(`line ${i}\n`);
    release();
    expect(screen.text.length).toBeLessThanOrEqual(64 << 10);
    expect(screen.text).toMatch(/line 9999\n$/);
  });

  it('do not wait where they go elsewhere', () => {
    const file = new Screen();
    const release = holdErrors(file);
    file.write('one\n');
    expect(file.text).toBe('one\n');
    release();
  });
});
