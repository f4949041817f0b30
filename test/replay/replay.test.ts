import { beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { type HistoryEvent, historyFromJson, type RecordedHistory } from './history-json.ts';
import { recordedHistories } from './recorded-history.ts';
import { SCENARIOS } from './scenarios.ts';

const histories = await recordedHistories();
let bundle: WorkflowBundle;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  bundle = await workflowBundle();
});

function replay(history: RecordedHistory): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJson(history));
}

const ACTIVITY = 'activityTaskScheduledEventAttributes';
const CHILD = 'startChildWorkflowExecutionInitiatedEventAttributes';

/** The history that other workflows would have left: the first step that they take has another name. */
function withAnotherStep(history: RecordedHistory): RecordedHistory {
  const at = history.events.findIndex((event) => ACTIVITY in event || CHILD in event);
  const rename = (event: HistoryEvent): HistoryEvent => ({
    ...event,
    ...renamed(event, ACTIVITY, 'activityType'),
    ...renamed(event, CHILD, 'workflowType'),
  });
  return { ...history, events: history.events.map((event, index) => (index === at ? rename(event) : event)) };
}

function renamed(event: HistoryEvent, attributes: string, type: string): object {
  const before = event[attributes];
  return typeof before === 'object' ? { [attributes]: { ...before, [type]: { name: 'anotherStep' } } } : {};
}

describe('the workflows of today', () => {
  it.each(Object.entries(histories))('go on with what began as %s', async (_name, history) => {
    await expect(replay(history)).resolves.toBeUndefined();
  });

  it.each(Object.entries(histories))('are told apart from others by %s', async (_name, history) => {
    const changed = withAnotherStep(history);
    expect(changed).not.toEqual(history);
    await expect(replay(changed)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});

describe('the recorded histories', () => {
  it('tell every story that is kept for replay', () => {
    for (const scenario of Object.keys(SCENARIOS))
      expect(Object.keys(histories).some((name) => name.endsWith(`-${scenario}.json`))).toBe(true);
  });

  it('tell nothing of the machine that they were recorded on', () => {
    expect(JSON.stringify(histories)).not.toMatch(/node_modules|\.ts:\d+|webpack-internal/);
    const identities = [...JSON.stringify(histories).matchAll(/"identity":"([^"]*)"/g)].map(([, identity]) => identity);
    expect(new Set(identities)).toEqual(new Set(['recorder']));
  });
});
