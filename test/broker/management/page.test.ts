// The management page in Chromium: it asks for a login, shows what there is, and runs nothing that comes from the broker.

import amqplib from 'amqplib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireCommand } from '../../rig/require-command.ts';
import { type EmbeddedSide, startEmbedded } from './pair.ts';

const EVIL = '<img src=x onerror="document.title=1">';

let embedded: EmbeddedSide;
let browser: Browser;
let connection: amqplib.ChannelModel;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  embedded = await startEmbedded();
  connection = await amqplib.connect(embedded.side.uri, { clientProperties: { connection_name: EVIL } });
  const channel = await connection.createChannel();
  await channel.assertQueue('orders', { arguments: { 'x-max-length': 5 } });
  await channel.assertQueue(EVIL);
  await channel.bindQueue('orders', 'amq.topic', EVIL);
  for (let i = 0; i < 3; i++) channel.sendToQueue('orders', Buffer.from('x'));
  await channel.consume(EVIL, () => {}, { consumerTag: 'eater' });
  browser = await chromium.launch({ executablePath: requireCommand('chromium'), args: ['--no-sandbox'] });
  const context = await browser.newContext({ httpCredentials: { username: 'guest', password: 'guest' } });
  page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${embedded.side.port}/`);
});

afterAll(async () => {
  await browser?.close();
  await connection?.close();
  await embedded?.stop();
});

const text = async (): Promise<string> => await page.innerText('#view');

async function show(view: string): Promise<void> {
  await page.click(`#tabs a[href="#/${view}"]`);
  await page.locator('#view h2', { hasText: new RegExp(`^${view}`, 'i') }).waitFor();
}

describe('the management page', () => {
  it('shows an overview', async () => {
    await page.waitForSelector('.tile');
    expect(await text()).toMatch(/Ready\s+3/);
    await page.locator('#who', { hasText: 'guest (administrator)' }).waitFor();
  });

  it('shows queues, and opens one with its consumers and bindings', async () => {
    await show('queues');
    expect(await text()).toContain('orders');
    await page.click('button:text-is("orders")');
    await page.waitForSelector('.detail');
    expect(await text()).toContain('x-max-length=5');
    expect(await text()).toContain('amq.topic');
  });

  it('filters by name', async () => {
    await page.fill('#filter', 'ORD');
    await page.locator('#view tbody .name', { hasText: EVIL }).waitFor({ state: 'detached' });
    expect(await page.locator('#view tbody .name').allInnerTexts()).toEqual([expect.stringContaining('orders')]);
    await page.fill('#filter', '');
  });

  it.each([
    ['connections', EVIL],
    ['channels', '(1)'],
    ['exchanges', 'amq.rabbitmq.trace'],
    ['bindings', 'amq.topic'],
  ])('shows %s', async (view, expected) => {
    await show(view);
    expect(await text()).toContain(expected);
  });

  it('shows names as they are, whatever is in them', async () => {
    await show('queues');
    expect(await text()).toContain(EVIL);
    expect(await page.title()).toBe('amqp-spy broker');
    expect(await page.locator('#view img').count()).toBe(0);
  });

  it('says so where the login is wrong', async () => {
    const context = await browser.newContext({ httpCredentials: { username: 'guest', password: 'wrong' } });
    const refused = await context.newPage();
    await refused.goto(`http://127.0.0.1:${embedded.side.port}/`);
    await refused.waitForSelector('#status.bad');
    expect(await refused.innerText('#status')).toContain('Login failed');
    await context.close();
  });

  it('breaks no rule of its own security policy', () => {
    expect(complaints).toEqual([]);
  });
});
