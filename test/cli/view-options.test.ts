// What --view, --format and their friends accept, and when colours appear.

import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wantsColor } from '../../src/cli/palette.ts';
import { addViewOptions, parseLiveViewOptions, parseViewOptions } from '../../src/cli/view-options.ts';
import { ConfigError } from '../../src/errors.ts';

function parse(...args: string[]) {
  const command = addViewOptions(new Command()).exitOverride();
  return parseViewOptions(command.parse(args, { from: 'user' }).opts());
}

function parseLive(...args: string[]) {
  const command = addViewOptions(new Command(), true).exitOverride();
  return parseLiveViewOptions(command.parse(args, { from: 'user' }).opts());
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('view options', () => {
  it('show commands, prettily, by default', () => {
    const defaults = { view: 'commands', format: 'pretty', heartbeats: true, color: undefined, quiet: false };
    expect(parse()).toMatchObject({ ...defaults, findingsOnly: false });
  });

  it('are taken as given', () => {
    expect(parse('--view', 'raw', '--format', 'tracer', '--no-heartbeats', '--no-color', '--quiet')).toMatchObject({
      view: 'raw',
      format: 'tracer',
      heartbeats: false,
      color: false,
      quiet: true,
    });
    expect(parse('--color').color).toBe(true);
    expect(parse('--findings-only').findingsOnly).toBe(true);
  });

  it('show frames as JSON', () => {
    expect(parse('--format', 'json').view).toBe('frames');
    expect(parse('--format', 'json', '--view', 'frames').view).toBe('frames');
  });

  it('have a full screen on the live command, beside which nothing is printed', () => {
    expect(parseLive('--view', 'top')).toMatchObject({ isTop: true, quiet: true });
    expect(parseLive('--view', 'raw')).toMatchObject({ isTop: false, quiet: false, view: 'raw' });
    expect(() => parseLive('--view', 'packets')).toThrow(
      "--view: expected commands, frames, raw or top, found 'packets'",
    );
    expect(() => parseLive('--view', 'top', '--format', 'json')).toThrow('--view: top is a full screen');
    expect(() => parseLive('--view', 'top', '--findings-only')).toThrow('--findings-only: goes without --view top');
  });

  it.each([
    [['--view', 'packets'], "--view: expected commands, frames or raw, found 'packets'"],
    [['--format', 'xml'], "--format: expected pretty, json or tracer, found 'xml'"],
    [['--format', 'json', '--view', 'commands'], '--view: --format json always shows frames; leave --view out'],
  ])('refuse %j', (args, message) => {
    expect(() => parse(...args)).toThrow(ConfigError);
    expect(() => parse(...args)).toThrow(message);
  });
});

describe('colour', () => {
  it('is for terminals', () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    expect(wantsColor({ isTTY: true }, undefined)).toBe(true);
    expect(wantsColor({}, undefined)).toBe(false);
    vi.stubEnv('TERM', 'dumb');
    expect(wantsColor({ isTTY: true }, undefined)).toBe(false);
  });

  it('is off with NO_COLOR, unless asked for', () => {
    vi.stubEnv('NO_COLOR', '1');
    expect(wantsColor({ isTTY: true }, undefined)).toBe(false);
    expect(wantsColor({ isTTY: true }, true)).toBe(true);
  });

  it('is as asked for', () => {
    expect(wantsColor({}, true)).toBe(true);
    expect(wantsColor({ isTTY: true }, false)).toBe(false);
  });
});
