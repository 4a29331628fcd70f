/** Temporal's own Web UI in a real browser: what a person reads there is enough to act, and acting there works. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { findChromium, installChromium, openBrowser, openPage } from '../support/browser.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { type PhaseStatusView, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

const chromium = findChromium();
const reason = chromium === undefined ? ` (${installChromium})` : '';

(chromium === undefined ? describe.skip : describe)(`the Web UI${reason}`, () => {
  let server: OwnServer;
  let rig: Rig;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    server = await startOwnServer();
    rig = await startRig({ address: server.address });
    browser = await openBrowser(chromium ?? '');
    page = await openPage(browser);
    page.setDefaultTimeout(20_000);
  });
  afterAll(async () => {
    await browser?.close();
    await rig?.close();
    await server?.stop();
  });

  const open = async (workflowId: string): Promise<void> => {
    await page.goto(`${server.uiUrl}/namespaces/default/workflows/${workflowId}`);
    await page.waitForURL(/\/history$/);
    await page.getByRole('heading', { name: workflowId }).waitFor();
  };
  /** What a person reads there, and the input that is offered for copying. */
  const details = async (workflowId: string): Promise<{ readonly text: string; readonly input: string }> => {
    await open(workflowId);
    await page.getByText('User Metadata').first().click();
    await page.waitForURL(/\/user-metadata$/);
    // The UI renders Markdown in a frame of its own.
    const rendered = page.frameLocator('iframe[src*="content="]').last().locator('body');
    await rendered.getByText('In a terminal:').waitFor();
    return { text: await rendered.innerText(), input: await rendered.locator('pre').first().innerText() };
  };
  /** More Actions, Send a Signal, its name, the input, Submit. */
  const send = async (workflowId: string, signal: string, input: string): Promise<void> => {
    await open(workflowId);
    await page.getByRole('button', { name: 'More Actions' }).first().click();
    await page.getByRole('menuitem', { name: 'Send a Signal' }).first().click();
    const dialog = page.locator('dialog[open]', { hasText: 'Send a Signal' });
    await dialog.getByTestId('signal-select-button').click();
    await dialog.getByRole('option', { name: signal }).click();
    await dialog.locator('.cm-content').fill(input);
    // The editor formats what was typed when it loses the focus; the button moves away from under a click.
    await dialog.locator('.cm-content').blur();
    await page.waitForTimeout(300);
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog.waitFor({ state: 'hidden' }).catch(async () => {
      throw new Error(`The signal was not sent. The dialog says: ${await dialog.innerText()}`);
    });
  };

  it('shows what is asked and how to answer; a phase approved there with the input it shows goes on', async () => {
    const slug = rig.slug('seen');
    const phases = [
      { name: 'One', tasks: ['First'] },
      { name: 'Two', tasks: ['Second'] },
    ];
    const project = await rig.start(slug, { phases, approval: { project: 'none' } });
    const phaseId = `project.${slug}.phase.1`;
    const waiting = await rig.gate(rig.phase(slug, 1));

    const { text, input } = await details(phaseId);
    expect(JSON.parse(input)).toEqual({ by: 'your name', gateId: 'phase-1.1', headSha: waiting.headSha });
    expect(text).toContain(`phasewright approve ${slug} --phase 1`);
    for (const name of ['approve', 'reject'])
      expect(text).toContain(
        `temporal workflow signal --workflow-id ${phaseId} --name ${name} --input '{"by": `,
      );
    expect(await details(`project.${slug}`)).toMatchObject({ input, text: expect.stringContaining(phaseId) });

    await send(phaseId, 'approve', input.replace('your name', 'ann'));
    await rig.gate(rig.phase(slug, 2));
    const view = await rig.until<ProjectStatusView>(
      project,
      'the decision',
      (each) => each.decisions.length > 0,
    );
    expect(view.decisions).toMatchObject([
      { gateId: 'phase-1.1', action: 'approve', by: 'ann', headSha: waiting.headSha },
    ]);

    await send(`project.${slug}.phase.2`, 'reject', '{"by": "ann", "comment": "Name it better."}');
    const revised = await rig.until<PhaseStatusView>(
      rig.phase(slug, 2),
      'the revision',
      (each) => each.gate?.id === 'phase-2.2',
    );
    expect(revised.tasks).toHaveLength(2);
    await send(`project.${slug}.phase.2`, 'approve', '{}');
    expect(await project.result()).toMatchObject({ status: 'done' });
  });

  it('the list finds projects by their search attributes', async () => {
    const slug = rig.slug('listed');
    await rig.start(slug, { phases: [{ name: 'One', tasks: ['First'] }], approval: { project: 'none' } });
    await rig.until<ProjectStatusView>(rig.project(slug), 'the gate', (view) => view.condition === 'waiting');
    const where = encodeURIComponent(`PhasewrightProject="${slug}" AND PhasewrightStatus="waiting"`);
    await page.goto(`${server.uiUrl}/namespaces/default/workflows?query=${where}`);
    await page
      .getByRole('link', { name: `project.${slug}`, exact: true })
      .first()
      .waitFor();
    expect(await page.getByRole('link', { name: /^project\./ }).count()).toBe(1);
    await rig.phase(slug, 1).signal('approve', {});
    await rig.project(slug).result();
  });
});
