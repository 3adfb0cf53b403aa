// What is on the screen after which keys. The pages of fixtures/golden/top are the sample's, at 80 and 120 columns;
// UPDATE_GOLDEN=1 writes them anew instead of comparing with them.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/cli/columns.ts';
import { Dashboard } from '../../../src/cli/top/dashboard.ts';
import { loadStyle, type Style } from '../../../src/cli/top/style.ts';
import { root } from '../../rig/root.ts';
import { EMPTY, SAMPLE, sampleAfter } from './sample.ts';

const golden = path.join(root, 'fixtures/golden/top');
const zone = process.env['TZ'];
/** The attributes of a screen without colour. */
const ATTRIBUTES = /\x1b\[(?:1|2|7|22|27)m/g;
const TABS = ['connections', 'channels', 'queues', 'exchanges', 'latencies', 'findings'];

let style: Style;

beforeAll(async () => {
  process.env['TZ'] = 'UTC';
  style = await loadStyle(false);
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** After the sample and a second of traffic, and these keys. */
function dashboard(...keys: readonly string[]): Dashboard {
  const shown = new Dashboard('127.0.0.1:15673', style);
  shown.update(SAMPLE);
  shown.update(sampleAfter(1));
  shown.lines(120, 24);
  for (const key of keys) shown.press(key);
  return shown;
}

/** Without attributes; what is selected begins with `>`. */
function plain(line: string): string {
  return line.replaceAll('\x1b[7m ', '>').replace(ATTRIBUTES, '').trimEnd();
}

function linesOf(shown: Dashboard, columns = 120, rows = 24): string[] {
  return shown.lines(columns, rows).map(plain);
}

/** First words of the rows, without head and keys. */
function rowsOf(shown: Dashboard): string[] {
  const lines = linesOf(shown);
  return lines
    .slice(7, -1)
    .filter((line) => line !== '')
    .map((line) => line.slice(1).split(/ {2,}/)[0]!.trim());
}

function selectedOf(shown: Dashboard): string | undefined {
  return linesOf(shown)
    .slice(7)
    .find((line) => line.startsWith('>'))
    ?.slice(1)
    .split(/ {2,}/)[0];
}

describe('the screen looks as it should', () => {
  it.each([80, 120])('at %d columns', (columns) => {
    const pages: string[] = [];
    for (const tab of TABS.keys()) {
      pages.push(...linesOf(dashboard(String(tab + 1)), columns));
      pages.push(...linesOf(dashboard(String(tab + 1), 'enter'), columns));
    }
    pages.push(...linesOf(dashboard('?'), columns, 30));
    const text = `${pages.join('\n')}\n`;
    const file = path.join(golden, `${columns}.txt`);
    if (process.env['UPDATE_GOLDEN']) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('with nothing to show', () => {
    const shown = new Dashboard('127.0.0.1:15673', style);
    shown.update(EMPTY);
    expect(linesOf(shown, 80, 10)).toEqual([
      ' amqp-spy top   127.0.0.1:15673                                        10:00:00',
      ' published      0 msg/s        0 B/s   no connections    no errors',
      ' delivered      0 msg/s        0 B/s   no channels       no warnings',
      '>1 Conns 0   2 Chans 0   3 Queues 0   4 Exch 0   5 Lat 0   6 Find 0',
      ' #▲  NAME  CLIENT   CHANS  PUB/s  DLV/s  IN B/s  OUT B/s      AGE   !  STATE',
      '',
      ' No connection yet. Clients that connect to the spy appear here.',
      '',
      '',
      ' q quit   ? help   / filter   < > sort   r reverse   Enter details   p pause',
    ]);
  });
});

describe('every line', () => {
  it('fits any terminal, as many lines as it has, and lets nothing through that the terminal would act upon', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 60 });
    const keys = fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6', 'enter', 'escape', '>', 'r', 'end', '?', '/'));
    const size = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(hostile, keys, size, (text, pressed, [columns, rows]) => {
        const shown = new Dashboard('127.0.0.1:15673', style);
        shown.update({
          ...SAMPLE,
          connections: [{ id: 1, name: text, blocked: text, client_product: text }],
          channels: [{ connection: 1, channel: 1, close_reason: text, consumers: [{ consumer_tag: text }] }],
          queues: [{ name: text, vhost: text }],
          exchanges: [{ name: text, type: text }],
          findings: [{ finding: 'x', severity: text, title: text, text, advice: text, connection: 1 }],
        });
        for (const key of [...pressed, ...text]) shown.press(key);
        const lines = shown.lines(columns, rows);
        expect(lines).toHaveLength(rows);
        for (const line of lines) {
          const seen = line.replace(ATTRIBUTES, '');
          expect(seen).not.toMatch(/\p{Cc}/u);
          expect(columnsOf(seen)).toBeLessThanOrEqual(columns);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stands for fields of any kind, as another version of the spy may send them', () => {
    const shown = new Dashboard('127.0.0.1:15673', style);
    shown.update({
      ...EMPTY,
      connections: [{ id: 1 }],
      channels: [{ connection: 9, channel: 3 }],
      queues: [{ name: 'q' }],
      exchanges: [{ name: '' }],
      latencies: [{ kind: 'new_kind', of: 'stream', name: 's' }],
      findings: [{ finding: 'x', severity: 'note', title: 'New' }],
    });
    for (const tab of TABS.keys()) {
      shown.press(String(tab + 1));
      expect(shown.lines(200, 24)).toHaveLength(24);
      shown.press('enter');
      expect(shown.lines(200, 24)).toHaveLength(24);
      shown.press('escape');
    }
  });
});

describe('tabs', () => {
  it('are chosen by number, Tab and arrows', () => {
    const chosen = (...keys: string[]) => linesOf(dashboard(...keys))[5]!.match(/>(\d)/)?.[1];
    expect(chosen()).toBe('1');
    expect(chosen('4')).toBe('4');
    expect(chosen('tab', 'right')).toBe('3');
    expect(chosen('back-tab')).toBe('6');
    expect(chosen('6', 'tab')).toBe('1');
    expect(chosen('7')).toBe('1');
  });
});

describe('rows', () => {
  it('are sorted by the column that says most, busiest or worst first', () => {
    expect(rowsOf(dashboard('3'))).toEqual(['invoices', 'orders.retry', '在庫', 'amq.gen-JzTY20BRgKO-HjmUJj0wLg']);
    expect(rowsOf(dashboard('6'))).toEqual(['error', 'warning', 'info']);
    expect(rowsOf(dashboard('1'))).toEqual(['#1', '#2', '#3', '#4', '#12']);
  });

  it('are sorted by the next column and back, and the other way round', () => {
    expect(rowsOf(dashboard('3', '>'))).toEqual(['invoices', 'orders.retry', '在庫', 'amq.gen-JzTY20BRgKO-HjmUJj0wLg']);
    expect(rowsOf(dashboard('3', '<'))).toEqual(['orders.retry', 'invoices', '在庫', 'amq.gen-JzTY20BRgKO-HjmUJj0wLg']);
    expect(rowsOf(dashboard('3', '<', '>', 'r')).at(-1)).toBe('invoices');
    expect(linesOf(dashboard('3', 'r'))[6]).toContain('DLV/s▲');
    expect(linesOf(dashboard('3', 's'))[6]).toContain('DELIVERED▼');
  });

  it('are filtered while the filter is typed', () => {
    const shown = dashboard('3', '/');
    for (const key of 'RET') shown.press(key);
    expect(rowsOf(shown)).toEqual(['orders.retry']);
    expect(linesOf(shown).at(-1)).toContain('1 of 4   Enter keeps it, Esc does not');
    shown.press('enter');
    expect(linesOf(shown).at(-1)).toMatch(/^ \/RET 1 of 4 {2}Esc clears/);
    shown.press('escape');
    expect(rowsOf(shown)).toHaveLength(4);
  });

  it('are filtered by any of their columns, those that do not fit included', () => {
    const shown = dashboard('1', '/');
    for (const key of 'billing') shown.press(key);
    expect(linesOf(shown, 80)[7]).toContain('invoice-worker');
    shown.press('backspace');
    for (const key of 'zzz') shown.press(key);
    expect(linesOf(shown, 80)[8]).toBe(" None of 5 matches 'billinzzz'.");
  });

  it('keep the filter as it was when editing it is called off', () => {
    const shown = dashboard('3', '/', 'o', 'r', 'd', 'enter', '/', 'x', 'escape');
    expect(rowsOf(shown)).toEqual(['orders.retry']);
    expect(rowsOf(dashboard('3', '/', 'o', 'r', 'd', 'ctrl-u', 'enter'))).toHaveLength(4);
  });

  it('of queues and exchanges that were deleted are left out', () => {
    const shown = dashboard('3');
    const deleted = ({ name }: { readonly name: string }) => ({ deleted: name === 'invoices' || name === 'unrouted' });
    shown.update({
      ...sampleAfter(2),
      queues: SAMPLE.queues.map((queue) => ({ ...queue, ...deleted(queue) })),
      exchanges: SAMPLE.exchanges.map((exchange) => ({ ...exchange, ...deleted(exchange) })),
    });
    expect(rowsOf(shown)).toEqual(['orders.retry', '在庫', 'amq.gen-JzTY20BRgKO-HjmUJj0wLg']);
    shown.press('4');
    expect(rowsOf(shown).sort()).toEqual(['(default)', 'orders']);
  });

  it('of what was closed more than a minute ago are shown when asked for', () => {
    expect(rowsOf(dashboard('a'))).toContain('#5');
    expect(rowsOf(dashboard('a', 'a'))).not.toContain('#5');
  });
});

describe('the selection', () => {
  it('moves by lines and pages, and not beyond', () => {
    expect(selectedOf(dashboard())).toBe('#1');
    expect(selectedOf(dashboard('up'))).toBe('#1');
    expect(selectedOf(dashboard('down', 'down'))).toBe('#3');
    expect(selectedOf(dashboard('end', 'down'))).toBe('#12');
    expect(selectedOf(dashboard('end', 'home'))).toBe('#1');
    expect(selectedOf(dashboard('page-down'))).toBe('#12');
  });

  it('stays with its row, and on the top line while that is selected', () => {
    expect(selectedOf(dashboard('3', 'down', 'r'))).toBe('orders.retry');
    expect(selectedOf(dashboard('3', 'r'))).not.toBe('invoices');
  });

  it('stays at its line when its row goes', () => {
    const shown = dashboard('down', 'down');
    shown.update({ ...sampleAfter(2), connections: SAMPLE.connections.filter(({ id }) => id !== 3) });
    expect(selectedOf(shown)).toBe('#4');
  });

  it('is scrolled to', () => {
    const shown = dashboard();
    const [first] = SAMPLE.connections;
    const connections = Array.from({ length: 100 }, (_, i) => ({ ...first!, id: i + 1 }));
    shown.update({ ...sampleAfter(2), connections });
    const visible = () =>
      linesOf(shown, 80, 24)
        .slice(7, -1)
        .map((line) => Number(line.match(/#(\d+)/)?.[1]));
    expect(visible()).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    shown.press('end');
    expect(visible().at(-1)).toBe(100);
    shown.press('page-up');
    expect(visible()[0]).toBe(84);
    shown.press('home');
    expect(visible()[0]).toBe(1);
  });
});

describe('the page about a row', () => {
  it('opens and closes', () => {
    const shown = dashboard('6', 'enter');
    expect(linesOf(shown)[1]).toContain("Published to an exchange that does not exist: 'ordres'");
    expect(linesOf(shown).join('\n')).toContain("Did you mean 'orders'?");
    shown.press('escape');
    expect(rowsOf(shown)).toHaveLength(3);
  });

  it('follows what becomes of the row', () => {
    const shown = dashboard('1', 'enter');
    shown.update({ ...sampleAfter(2), connections: [{ ...SAMPLE.connections[0]!, user: 'renamed' }] });
    expect(linesOf(shown).join('\n')).toContain('renamed');
  });

  it('stays as it was when the row goes', () => {
    const shown = dashboard('1', 'enter');
    const before = linesOf(shown).slice(1);
    shown.update({ ...sampleAfter(2), connections: SAMPLE.connections.slice(1) });
    expect(linesOf(shown).slice(1)).toEqual(before);
  });

  it('scrolls no farther than its end', () => {
    const shown = dashboard('1', 'enter', 'end');
    const end = linesOf(shown, 80, 10);
    shown.press('page-down');
    expect(linesOf(shown, 80, 10)).toEqual(end);
    shown.press('home');
    expect(linesOf(shown, 80, 10)[3]).toContain('state');
  });
});

describe('the program is asked', () => {
  it('to quit, to suspend, to draw anew, and to go on after a pause', () => {
    expect(dashboard().press('q')).toBe('quit');
    expect(dashboard('/').press('q')).toBeUndefined();
    expect(dashboard('/').press('ctrl-c')).toBe('quit');
    expect(dashboard('enter').press('ctrl-z')).toBe('suspend');
    expect(dashboard().press('ctrl-l')).toBe('redraw');
    expect(dashboard().press('p')).toBeUndefined();
    expect(dashboard('p').paused).toBe(true);
    expect(dashboard('p').press(' ')).toBe('refresh');
  });
});

describe('a spy that does not answer', () => {
  it('is told, and what it said last stays until it answers again', () => {
    const shown = dashboard();
    shown.fail('nothing listens on 127.0.0.1:15673');
    expect(linesOf(shown)[0]).toContain('no answer');
    expect(linesOf(shown).at(-1)).toBe(' nothing listens on 127.0.0.1:15673');
    expect(rowsOf(shown)).toHaveLength(5);
    shown.update(sampleAfter(3));
    expect(linesOf(shown)[0]).not.toContain('no answer');
  });
});

describe('bytes a second', () => {
  it('are what was carried since the moment before', () => {
    const rows = linesOf(dashboard('1')).slice(7);
    expect(rows[0]).toMatch(/146\.5K {4}40000/);
    expect(linesOf(dashboard())[2]).toContain('586 KiB/s');
  });

  it('of a connection that has just come are all that it carried', () => {
    const shown = new Dashboard('x', style);
    shown.update({ ...EMPTY });
    shown.update({
      ...EMPTY,
      time: sampleAfter(2).time,
      connections: [{ id: 1, from_client: { frames: 1, bytes: 2000 }, from_server: { frames: 1, bytes: 400 } }],
    });
    expect(linesOf(shown)[7]).toMatch(/1000 +200/);
  });
});

describe('an answer that lies', () => {
  it.each(['fast', {}, [], true, null])('with %j for a number is shown as if it said nothing there', (lie) => {
    const numbers = ['publish_rate', 'deliver_rate', 'published', 'delivered', 'unacked', 'message_count', 'p50'];
    const lies = Object.fromEntries([...numbers, 'bytes'].map((name) => [name, lie]));
    const carried = { from_client: lies, from_server: lies };
    const snapshot = JSON.parse(
      JSON.stringify({
        ...EMPTY,
        connections: [{ id: 1, name: 'liar', ...lies, ...carried }],
        channels: [{ connection: 1, channel: 1, connection_name: 'liar', ...lies }],
        exchanges: [{ name: 'liar', ...lies }],
        queues: [{ name: 'liar', ...lies }],
        latencies: [{ kind: 'time_in_queue', of: 'queue', name: 'liar', ...lies }],
      }),
    );
    const shown = new Dashboard('x', style);
    shown.update(snapshot);
    shown.update({ ...snapshot, time: sampleAfter(1).time });
    for (const tab of ['1', '2', '3', '4', '5']) {
      shown.press(tab);
      expect(linesOf(shown).join('\n')).toMatch(/published +0 msg\/s +0 B\/s.*liar/s);
      expect(linesOf(shown).join('\n')).not.toMatch(/NaN|undefined|\[object/);
    }
  });
});
